"""The question that ragqa began with, on a corpus without a single ruling: only the card texts and the rules speak."""

import json
from collections.abc import Iterator
from pathlib import Path

import anyio
import msgspec
import pytest

from ragqa.ask import ask
from ragqa.bootstrap import Service, open_service
from ragqa.config import Settings
from ragqa.datatypes import Answer, Basis, Language, Question, Verdict

STARTER = Path(__file__).parents[2] / "corpus"
ASH, ECLIPSE = "14558127", "35480699"
EN, KO, JA = Language.EN, Language.KO, Language.JA
SEED = [
    (EN, "Can I chain Ash Blossom & Joyous Spring to Book of Eclipse?", "draws 1 card"),
    (KO, "하루 우라라를 개기일식의 서에 체인할 수 있나요?", "드로우한다"),
    (JA, "「灰流うらら」を「皆既日蝕の書」にチェーンできますか？", "ドローする"),
]
DRAWS = {
    EN: ", then the opponent draws 1 card for each monster turned up this way",
    KO: ", 그 후 그렇게 앞면이 된 수만큼 상대가 드로우한다",
    JA: "、その後、それで表になった数だけ相手がドローする",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("seed")
    (folder / "home").mkdir()
    (folder / "home" / "models").symlink_to(models)
    (folder / "corpus").mkdir()
    rules = [line for line in (STARTER / "rules.jsonl").read_text("utf-8").splitlines() if "draw" in line.lower()]
    cards = [json.loads(line) for line in (STARTER / "cards.jsonl").read_text("utf-8").splitlines()]
    kept = [json.dumps(row, ensure_ascii=False) for row in cards if row["card_id"] in (ASH, ECLIPSE)]
    (folder / "corpus" / "cards.jsonl").write_text("\n".join(kept) + "\n", "utf-8")
    (folder / "corpus" / "rules.jsonl").write_text("\n".join(rules) + "\n", "utf-8")
    opened = open_service(Settings.model_validate({"home": folder / "home", "corpus_dir": folder / "corpus"}))
    yield opened
    opened.close()


def answer(service: Service, text: str, lang: Language) -> Answer:
    return anyio.run(ask, Question(text=text, lang=lang), service.parts)


@pytest.mark.parametrize(("lang", "text", "drawn"), SEED)
def test_without_any_ruling_it_is_yes_by_rule_citing_the_draw_and_the_rule(
    service: Service, lang: Language, text: str, drawn: str
) -> None:
    assert list(service.store.rulings()) == []
    given = answer(service, text, lang)
    assert (given.verdict, given.basis) == (Verdict.YES, Basis.RULE)
    quotes = {citation.source_id: citation.quote for citation in given.citations}
    assert set(quotes) == {ECLIPSE, "ygo-rule-draw-vs-add"}
    assert drawn in quotes[ECLIPSE]


@pytest.mark.parametrize(("lang", "text", "_drawn"), SEED)
def test_with_the_draw_cut_out_of_the_card_it_is_not_yes(
    service: Service, lang: Language, text: str, _drawn: str
) -> None:
    card = service.store.card(ECLIPSE)
    cut = {each: card.texts[each].replace(words, "") for each, words in DRAWS.items()}
    assert all(cut[each] != card.texts[each] for each in Language)
    service.add(msgspec.structs.replace(card, texts=cut))
    try:
        given = answer(service, text, lang)
    finally:
        service.add(card)
    assert given.verdict in (Verdict.NO, Verdict.UNKNOWN)
    assert given.verdict is not Verdict.NO or given.basis is Basis.RULE
