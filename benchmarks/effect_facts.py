"""Compare effect facts: language against language, against the category bits of a card database, against supplements.

    python -m benchmarks.effect_facts [FOLDER] [--list]      default: ../shared/data

`--list` names the cards that disagree, a few for each fact.
"""

import json
import re
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import combinations
from pathlib import Path

from statsmodels.stats.proportion import proportion_confint

from benchmarks.sound_rules import cards_of, rows
from ragqa.datatypes import Card, Language
from ragqa.grounding.effects import Deed, Effect, EffectType, Zone, read_effects
from ragqa.grounding.effects.categories import compare_categories

Fact = Callable[[list[Effect]], bool]
Compared = dict[str, list[tuple[bool, str]]]


def does(deed: Deed, zone: Zone | None = None) -> Fact:
    return lambda effects: any(effect.does(deed, zone) for effect in effects)


FACTS: dict[str, Fact] = {
    "adds from the Deck": does(Deed.ADD_TO_HAND, Zone.DECK),
    "adds from the GY": does(Deed.ADD_TO_HAND, Zone.GRAVEYARD),
    "draws": does(Deed.DRAW),
    "Special Summons": lambda effects: does(Deed.SPECIAL_SUMMON)(effects) or does(Deed.TOKEN)(effects),
    "Special Summons from the Deck": does(Deed.SPECIAL_SUMMON, Zone.DECK),
    "Special Summons from the GY": does(Deed.SPECIAL_SUMMON, Zone.GRAVEYARD),
    "sends from the Deck to the GY": does(Deed.SEND_TO_GRAVEYARD, Zone.DECK),
    "destroys": does(Deed.DESTROY),
    "banishes": does(Deed.BANISH),
    "negates an activation": does(Deed.NEGATE_ACTIVATION),
    "negates an effect": does(Deed.NEGATE_EFFECT),
    "returns to the hand": does(Deed.RETURN_TO_HAND),
    "returns to the Deck": does(Deed.RETURN_TO_DECK),
    "takes control": does(Deed.TAKE_CONTROL),
    "changes ATK or DEF": does(Deed.CHANGE_STATS),
    "damages": does(Deed.DAMAGE),
    "targets": lambda effects: any(effect.targets for effect in effects),
    "has a quick effect": lambda effects: any(effect.type is EffectType.QUICK for effect in effects),
}
TYPES = (
    (EffectType.QUICK, "誘発即時効果です"),
    (EffectType.TRIGGER, "誘発効果です"),
    (EffectType.IGNITION, "起動効果です"),
    (EffectType.CONTINUOUS, "永続効果です"),
)
NOT_TARGETING = re.compile("対象を取る効果ではありません|対象を取らない効果です")
TARGETING = re.compile("対象に取る効果です|対象を取る効果です")


def report(name: str, compared: Compared, listed: bool) -> None:
    print(name)
    for fact, each in compared.items():
        right = sum(same for same, _ in each)
        low, high = proportion_confint(right, len(each), method="wilson")
        print(f"  {fact:32} agree {right:6}/{len(each):6} = {right / len(each):.2%} ({low:.2%} to {high:.2%})")
        for _, card in [item for item in each if not item[0]][: 12 if listed else 0]:
            print(f"      {card}")


def languages(cards: Iterable[Card], listed: bool) -> None:
    compared: dict[tuple[Language, Language], Compared] = {
        pair: defaultdict(list) for pair in combinations(Language, 2)
    }
    for card in cards:
        read = {lang: read_effects(card, lang) for lang in Language if card.texts.get(lang)}
        for (one, other), into in compared.items():
            if read.get(one) and read.get(other):
                for fact, holds in FACTS.items():
                    values = holds(read[one]), holds(read[other])
                    if any(values):
                        into[fact].append((values[0] == values[1], f"{card.card_id} {card.names.get(Language.EN)}"))
    for (one, other), each in compared.items():
        report(f"{one} against {other}, cards where one of them says so", each, listed)


def categories(cards: dict[str, Card], folder: Path, listed: bool) -> None:
    for path in sorted(folder.glob("*.cdb")):
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
            rows = connection.execute("select id, category from datas where category > 0").fetchall()
        known = [(cards[f"{number:08d}"], bits) for number, bits in rows if f"{number:08d}" in cards]
        print(f"{path.name}: category bits against texts, where one says so")
        for each in compare_categories((card, bits) for card, bits in known if Language.JA in card.texts):
            print(f"  {each.category:32} both {each.both:6}/{each.cards:6} = {each.share or 0:.2%}")
            for named in [*each.only_bits, *each.only_text][: 12 if listed else 0]:
                print(f"      {named}")


def supplements(cards: dict[str, Card], path: Path, listed: bool) -> None:
    for lang in (Language.JA, Language.KO):
        compared: Compared = defaultdict(list)
        for row in rows(path):
            card = cards.get(row["card_id"])
            if card is None or lang not in card.texts:
                continue
            effects = {e.number: e for e in read_effects(card, lang) if e.numbered and not e.pendulum}
            for number, lines in row["effects"].items():
                effect = effects.get(int(number)) if number.isdigit() else None
                if effect and effect.number:
                    supplement(compared, card, effect, "".join(lines))
        report(f"official supplements (ja) against {lang} texts, numbered effects", compared, listed)


def supplement(compared: Compared, card: Card, effect: Effect, said: str) -> None:
    name = f"{card.card_id} ({effect.number}) {card.names.get(Language.EN)}"
    stated = next((kind for kind, words in TYPES if words in said), None)
    if stated and card.kind == "monster" and "分類されない" not in said:
        flip = effect.type is EffectType.FLIP and stated is EffectType.TRIGGER
        compared["effect type"].append((effect.type is stated or flip, f"{name}: {effect.type} for {stated}"))
    no, yes = bool(NOT_TARGETING.search(said)), bool(TARGETING.search(said))
    if no != yes and effect.activated:
        compared["targets"].append((effect.targets == yes, name))


def main() -> None:
    given = [each for each in sys.argv[1:] if not each.startswith("--")]
    folder = Path(given[0] if given else "../shared/data")
    if not (folder / "yugioh" / "cards.jsonl.gz").exists():
        print(json.dumps(str(folder)), "has no development data; nothing measured.")
        return
    cards = cards_of(folder / "yugioh")
    listed = "--list" in sys.argv
    languages(cards.values(), listed)
    categories(cards, folder / "samples", listed)
    supplements(cards, folder / "yugioh" / "card_faq.jsonl.gz", listed)


if __name__ == "__main__":
    main()
