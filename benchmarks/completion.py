"""How fast and how soon card names are completed as somebody types, over a whole game's names.

    python -m benchmarks.completion [--data ../shared/data/yugioh] [--cards 300]

Cards and rulings come through the project's own importers. Names drawn at random are typed character by character at
the end of a question, in each of three languages, as they are and with one letter missing. Prints milliseconds of
processor time a keystroke, and the share of the cards that are among the first eight by then.
"""

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.shared_data import shared_sources
from ragqa.corpus.importers.jsonl import JsonlImporter
from ragqa.datatypes import Card, CardAliases, Language, Ruling
from ragqa.retrieval.graph import RulingGraph
from ragqa.retrieval.linking.corpus_names import CorpusNames
from ragqa.retrieval.linking.linker import NameLinker
from ragqa.retrieval.linking.ordinary import load_ordinary_words
from ragqa.retrieval.linking.scoring import load_weights

_BEFORE = {Language.EN: "Can I chain ", Language.KO: "상대가 ", Language.JA: "相手が "}
_SHOWN = 8
_TYPED = (3, 4, 6, 8, 12)


def whole_game_linker(data: Path) -> tuple[NameLinker, list[Card]]:
    """Return a linker over every card, alias and ruling, and the cards."""
    graph = RulingGraph()
    cards: list[Card] = []
    for source in shared_sources(data):
        if isinstance(source, Card):
            cards.append(source)
        elif isinstance(source, Ruling):
            graph.put(source.ruling_id, source.card_ids)
    aliases = [source for _, source in JsonlImporter().read(Path("corpus/aliases.jsonl"))]
    linker = NameLinker(
        CorpusNames(cards, [each for each in aliases if isinstance(each, CardAliases)]),
        ordinary=load_ordinary_words(),
        weights=load_weights(),
        graph=graph,
        nearness=lambda text, ruling_ids: {},
    )
    return linker, cards


def type_names(linker: NameLinker, cards: Sequence[Card], lang: Language, *, with_typo: bool) -> None:
    """Type the cards' names one after the other and print a line of what came of it."""
    draw = random.Random(1)
    milliseconds: list[float] = []
    shown: defaultdict[int, list[bool]] = defaultdict(list)
    for card in cards:
        name = card.names[lang]
        if with_typo and len(name) > 4:
            lost = draw.randrange(1, min(len(name), 6))
            name = name[:lost] + name[lost + 1 :]
        for length in range(1, min(len(name), 16) + 1):
            begun = time.thread_time()
            found = linker.complete(_BEFORE[lang] + name[:length], lang, _SHOWN)
            milliseconds.append((time.thread_time() - begun) * 1000)
            if length in _TYPED or length == len(name):
                shown[length if length in _TYPED else 99].append(any(each.card_id == card.card_id for each in found))
    p50, p99, most = np.percentile(milliseconds, (50, 99, 100))
    shares = "  ".join(f"{'all' if n == 99 else n}: {np.mean(shown[n]):.2f}" for n in sorted(shown))
    what = "one letter missing" if with_typo else "as it is"
    print(f"{lang} {what:18}  p50 {p50:5.2f} ms  p99 {p99:5.2f}  most {most:5.2f}   among the first 8 by {shares}")


def main() -> None:
    arguments = argparse.ArgumentParser(description="Time card-name completion.")
    arguments.add_argument("--data", type=Path, default=Path("../shared/data/yugioh"))
    arguments.add_argument("--cards", type=int, default=300, help="cards drawn a language")
    chosen = arguments.parse_args()
    linker, cards = whole_game_linker(chosen.data)
    print(f"{len(cards)} cards, {sum(len(card.names) for card in cards)} names")
    for lang in Language:
        named = [card for card in cards if card.names.get(lang)]
        drawn = random.Random(0).sample(named, chosen.cards)
        for with_typo in (False, True):
            type_names(linker, drawn, lang, with_typo=with_typo)


if __name__ == "__main__":
    main()
