"""Measure the sound rules on every official ruling they apply to, and on players' questions.

    python -m benchmarks.sound_rules [FOLDER] [--wrong]      default: ../shared/data/yugioh

The question of a ruling is its title, its cards are the names in brackets, its verdict is read from the answer.
Rules about one card are measured on the official per-card supplements as well, which state those facts.
"""

import gzip
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from statsmodels.stats.proportion import proportion_confint

from ragqa.corpus.importers.compiled import CompiledCards
from ragqa.corpus.verdict_reading import read_verdict
from ragqa.datatypes import Card, Language, LinkedCard, Linking, Question, Verdict
from ragqa.grounding.rules import Ask, AskedFacts, ask_of, sound_rules, unmeasured_rules
from ragqa.text import name_key

Row = dict[str, Any]
Case = tuple[str, AskedFacts, Verdict | None, str]
BRACKETS = {Language.JA: re.compile("「([^「」]*)」"), Language.EN: re.compile('"((?:[^"]|(?<=\\w) "\\w+")*?)"')}


def rows(path: Path) -> Iterator[Row]:
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    with opened as lines:
        yield from map(json.loads, lines)


def cards_of(folder: Path) -> dict[str, Card]:
    found = [source for _, source in CompiledCards().read(folder / "cards.jsonl.gz")]
    return {card.card_id: card for card in found if isinstance(card, Card)}


def links(title: str, lang: Language, names: dict[Language, dict[str, str]]) -> Linking:
    """Link the bracketed names of an official title; a name that is no card stays unlinked."""
    linked = []
    for match in BRACKETS[lang].finditer(title):
        card_id = names[lang].get(name_key(match[1]))
        if card_id:
            linked.append(
                LinkedCard(
                    card_id=card_id,
                    name=match[1],
                    start=match.start(),
                    end=match.end(),
                    surface=match[1],
                    score=1.0,
                    via="name",
                )
            )
    return Linking(cards=tuple(linked))


def official(folder: Path, cards: dict[str, Card]) -> Iterator[Case]:
    names: dict[Language, dict[str, str]] = {lang: {} for lang in Language}
    for card in cards.values():
        for lang, name in card.names.items():
            names[lang].setdefault(name_key(name), card.card_id)
    for row in rows(folder / "rulings.jsonl.gz"):
        lang = Language(row["lang"])
        if lang not in BRACKETS:
            continue
        linking = links(row["title"], lang, names)
        if not linking.cards:
            continue
        question = Question(text=row["title"], lang=lang)
        asked = ask_of(question, linking, [cards[card_id] for card_id in linking.card_ids])
        if asked:
            verdict = read_verdict(row["answer"], row["title"], lang).verdict
            state = "" if row["status"] == "current" else " (withdrawn)"
            yield f"{row['id']}{state}", asked, verdict, f"{row['title']} => {row['answer'][:150]}"


def players(folder: Path, cards: dict[str, Card]) -> Iterator[Case]:
    """Players' questions with the words that name each card taken from the gold card ids where a name occurs."""
    aliases = {row["card_id"]: row["aliases"] for row in rows(Path("corpus/aliases.jsonl"))}
    for row in rows(folder / "players-dev.jsonl"):
        lang = Language(row["lang"])
        found: list[LinkedCard] = []
        text = row["question"].casefold()
        for card_id in row["card_ids"]:
            card = cards.get(card_id)
            forms = [n for n in (card.names if card else {}).values()]
            forms += [a for each in aliases.get(card_id, {}).values() for a in each]
            for form in sorted(forms, key=len, reverse=True):
                at = text.find(form.casefold())
                if at >= 0:
                    found.append(
                        LinkedCard(
                            card_id=card_id,
                            name=form,
                            start=at,
                            end=at + len(form),
                            surface=form,
                            score=1.0,
                            via="name",
                        )
                    )
                    break
        found.sort(key=lambda each: each.start)
        linking = Linking(cards=tuple(found))
        if len(found) != len(row["card_ids"]) or not found:
            continue
        asked = ask_of(Question(text=row["question"], lang=lang), linking, [cards[c] for c in linking.card_ids])
        if asked:
            verdict = None if row["verdict"] == "unanswerable" else Verdict(row["verdict"])
            yield row["id"], asked, verdict, row["question"]


_PREMISES = (
    (
        Ask.CHAIN,
        re.compile(
            "「(?P<y>[^「」]*)」(?P<ye>[^「」、]{0,12}?(?:効果)?)(?:の発動)?にチェーンして、?(?:自分が|相手が|手札の|自分の)*「(?P<x>[^「」]*)」"
            "(?P<xe>の[^「」、]{0,12})?(?:を|が)(?:発動|チェーン|使用)(?:した|している|して|された)"
        ),
    ),
    (
        Ask.TARGET_WITH,
        re.compile(
            "「(?P<y>[^「」]*)」を対象(?:として|に|とした)、?「(?P<x>[^「」]*)」(?P<xe>の[^「」、]{0,12})?(?P<ye>)(?:を|が)発動(?:した|している|して)"
        ),
    ),
)


def premises(folder: Path, cards: dict[str, Card]) -> Iterator[Case]:
    """Official questions that take for granted that X was chained to Y, or targeted it: then that is possible."""
    names = {name_key(card.names[Language.JA]): card for card in cards.values() if Language.JA in card.names}
    for row in rows(folder / "rulings.jsonl.gz"):
        for ask, pattern in _PREMISES if row["lang"] == "ja" else ():
            for match in pattern.finditer(row["title"] + row["question"]):
                actor, against = names.get(name_key(match["x"])), names.get(name_key(match["y"]))
                if actor and against and actor is not against and "無効" not in match[0]:
                    asked = AskedFacts(
                        text=match[0],
                        lang=Language.JA,
                        ask=ask,
                        actor=actor,
                        against=against,
                        actor_is_card=actor.kind != "monster" and not match["xe"],
                        against_is_card=against.kind != "monster" and "効果" not in match["ye"],
                    )
                    yield row["id"], asked, Verdict.YES, match[0]


_FACTS = (
    (Ask.TARGETS, Verdict.NO, re.compile("対象を取る効果ではありません|対象を取らない効果です")),
    (Ask.TARGETS, Verdict.YES, re.compile("対象を取る効果です|対象に取る効果です")),
    (Ask.DAMAGE_STEP, Verdict.NO, re.compile("ダメージステップ(?:中)?には発動(?:できません|する事はできません)")),
    (
        Ask.DAMAGE_STEP,
        Verdict.YES,
        re.compile("ダメージステップ(?:中)?(?:で|に)も発動(?:できます|する事ができます|します)"),
    ),
)


def supplements(folder: Path, cards: dict[str, Card]) -> Iterator[Case]:
    """What the official per-card supplements say of numbered effects: targeting and the Damage Step."""
    for row in rows(folder / "card_faq.jsonl.gz"):
        card = cards.get(row["card_id"])
        for number, lines in row["effects"].items():
            if card is None or not number.isdigit() or number == "0":
                continue
            said = "".join(lines)
            for ask in (Ask.TARGETS, Ask.DAMAGE_STEP):
                verdicts = {verdict for each, verdict, pattern in _FACTS if each is ask and pattern.search(said)}
                if len(verdicts) == 1:
                    asked = AskedFacts(text="", lang=Language.JA, ask=ask, actor=card, actor_number=int(number))
                    yield row["id"], asked, verdicts.pop(), f"({number}) {card.names.get(Language.JA)}: {said[:90]}"


def measure(name: str, cases: Iterator[Case], show_wrong: bool) -> None:
    outcomes: dict[str, list[tuple[bool | None, str]]] = defaultdict(list)
    total = readable = 0
    for case_id, asked, verdict, text in cases:
        total += 1
        readable += verdict is not None
        for rule in (*sound_rules(), *unmeasured_rules()):
            made = rule.apply(asked)
            if made:
                right = None if verdict is None else made.verdict is verdict
                outcomes[rule.name].append((right, f"{case_id} said {made.verdict} for {verdict}: {text}"))
    print(f"{name}: {total} questions of a known form, {readable} with a verdict")
    for rule_name, made_all in sorted(outcomes.items()):
        judged = [right for right, _ in made_all if right is not None]
        low, high = proportion_confint(sum(judged), len(judged), method="wilson") if judged else (0.0, 1.0)
        print(
            f"  {rule_name:20} applied {len(made_all):5} with a verdict {len(judged):5} right {sum(judged):5} wrong "
            f"{len(judged) - sum(judged):3} precision {sum(judged) / max(1, len(judged)):.2%} ({low:.2%} to {high:.2%})"
        )
        for right, text in made_all if show_wrong else ():
            if right is not True:
                print(f"      {'WRONG' if right is False else 'unread'} {text}")


def main() -> None:
    given = [each for each in sys.argv[1:] if not each.startswith("--")]
    folder = Path(given[0] if given else "../shared/data/yugioh")
    if not (folder / "cards.jsonl.gz").exists():
        print(f"{folder} has no development data; nothing measured.")
        return
    cards = cards_of(folder)
    show = "--wrong" in sys.argv
    measure("official rulings", official(folder, cards), show)
    measure("players-dev", players(folder, cards), show)
    measure("premises of official questions", premises(folder, cards), show)
    measure("per-card supplements", supplements(folder, cards), show)


if __name__ == "__main__":
    main()
