"""`ragqa effects` and `ragqa categories`: what card texts say, as facts."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragqa.cli.opening import opened_store, progress_bar, read_settings
from ragqa.cli.options import JsonOption
from ragqa.cli.outcomes import print_json, print_result, reporting
from ragqa.datatypes import Card, Language
from ragqa.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from ragqa.corpus.store import SqlCorpusStore


def effects(
    facts: Annotated[
        str,
        typer.Argument(metavar="FACTS", help='Facts of one effect, such as "special_summon:deck type:quick -targets".'),
    ],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="How many cards.")] = 10,
    lang: Annotated[Language, typer.Option(help="Language of the texts, where a card has one.")] = Language.EN,
    as_json: JsonOption = False,
) -> None:
    """List cards by what one of their effects does; docs/effects.md has all words."""
    with reporting(as_json):
        from ragqa.grounding.effects import EffectFacts, read_query

        query = read_query(facts)
        with opened_store(read_settings()) as store, progress_bar("reading card texts"):
            found = EffectFacts(store).find(query, lang, limit)
        if as_json:
            print_json(found)
        for each in [] if as_json else found:
            number = f" ({each.number})" if each.number else ""
            print_result(f"{each.card_id}  {each.name}{number}\n    {' '.join(each.text.split())}")


def categories(
    file: Annotated[Path, typer.Argument(metavar="FILE.cdb", help="A card database with category bits.")],
    listed: Annotated[bool, typer.Option("--list", help="Name the cards on which they disagree.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare a card database's category bits with the facts read from card texts, the corpus's own where known."""
    with reporting(as_json):
        from ragqa.grounding.effects.categories import compare_categories

        with opened_store(read_settings(), may_be_empty=True) as store, progress_bar("reading card texts"):
            compared = compare_categories(_with_bits(file, store))
        if as_json:
            print_json(compared)
        for each in [] if as_json else compared:
            share = "      -" if each.share is None else f"{each.share:7.1%}"
            print_result(f"{each.bits:#010x}  {each.category:30} {share}  {each.both} of {each.cards}")
            for named in each.only_bits if listed else ():
                print_result(f"    only the bits: {named}")
            for named in each.only_text if listed else ():
                print_result(f"    only the text: {named}")


def _with_bits(file: Path, store: "SqlCorpusStore") -> Iterator[tuple[Card, int]]:
    """Yield the cards of a database with their bits. Raises InvalidInput if it is none, or damaged."""
    from ragqa.corpus.importers.edopro import EdoproImporter

    importer = EdoproImporter()
    if not file.is_file():
        raise InvalidInput(f"{file} is no file", field="file")
    for _, item in importer.read(file):
        if isinstance(item, InvalidInput):
            raise item
        if isinstance(item, Card) and isinstance(bits := item.facts.get("category"), int):
            yield _known(item, store), bits


def _known(card: Card, store: "SqlCorpusStore") -> Card:
    try:
        return store.card(card.card_id)
    except NotFound:
        return card
