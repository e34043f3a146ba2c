"""Each arm changes what it names and nothing else."""

from collections.abc import Sequence
from pathlib import Path

import anyio
import msgspec
import pytest

from ragqa.corpus.store import SqlCorpusStore
from ragqa.datatypes import Linking, Question, ScoredPassage, Verdict
from ragqa.evaluation.controls import FICTIONAL_NAMES, Arm, Trial, trial_maker
from ragqa.evaluation.evidence import Evidence
from ragqa.evaluation.examples import Example
from ragqa.evaluation.measures import measure
from ragqa.evaluation.service import evaluate, run_evaluation
from ragqa.protocols import Settled
from ragqa.retrieval.retriever import RankingWeights
from tests.integration.evaluation_parts import CARDS, EN, EXAMPLES, RULINGS, FakeService, example, fake_service

Q1, Q2, Q3, Q4 = EXAMPLES[:4]


@pytest.fixture
def service(store: SqlCorpusStore, tmp_path: Path) -> FakeService:
    return fake_service(store, tmp_path)


def trial(service: FakeService, arm: Arm, of: Example, seed: int = 0) -> Trial:
    made = trial_maker(arm, service.store, seed)(of, service.parts)
    assert made is not None
    return made


def found(made: Trial) -> list[tuple[str, str]]:
    """Source and text of what the arm's retriever returns."""
    linking = made.parts.linker.link(made.question)
    passages = [scored.passage for scored in made.parts.retriever.retrieve(made.question, linking)]
    return [(passage.source_id, passage.text) for passage in passages]


def verdict(service: FakeService, arm: Arm, of: Example) -> Verdict:
    return evaluate(service, [of], test_set="one", arm=arm).rows[0].verdict


def test_normal_changes_nothing(service: FakeService) -> None:
    made = trial(service, Arm.NORMAL, Q1)
    assert made.parts is service.parts and made.example is Q1


def test_closed_book_shows_nothing_and_settles_nothing(service: FakeService) -> None:
    assert found(trial(service, Arm.CLOSED_BOOK, Q1)) == []
    assert verdict(service, Arm.CLOSED_BOOK, Q1) is Verdict.UNKNOWN


def test_oracle_puts_the_gold_first_and_links_the_gold_cards(service: FakeService) -> None:
    hard = example("hard", "the vulpine one over the canine one?", Verdict.YES, "r1", "c1 c2")
    made = trial(service, Arm.ORACLE, hard)
    sources = [source for source, _ in found(made)]
    assert sources[0] == "r1" and sources.count("r1") == 1
    assert set(made.parts.linker.link(made.question).card_ids) == {"c1", "c2"}
    assert verdict(service, Arm.NORMAL, hard) is Verdict.UNKNOWN
    assert verdict(service, Arm.ORACLE, hard) is Verdict.YES


def test_oracle_keeps_where_a_gold_card_was_seen_and_drops_the_others(service: FakeService) -> None:
    half = example("half", "Red Fox near a Grey Owl, over the canine one?", Verdict.YES, "r1", "c1 c2")
    cards = trial(service, Arm.ORACLE, half).parts.linker.link(half.as_question()).cards
    assert [(card.card_id, card.surface) for card in cards] == [("c1", "Red Fox"), ("c2", "")]


def test_no_gold_leaves_out_the_gold_and_its_near_duplicates(service: FakeService) -> None:
    sources = {source for source, _ in found(trial(service, Arm.NO_GOLD, Q1))}
    assert sources == {"c1", "c2", "c3", "r2", "r4"}
    assert verdict(service, Arm.NO_GOLD, Q1) is Verdict.UNKNOWN


def test_scrambled_rulings_are_other_rulings_and_the_same_with_the_same_seed(service: FakeService) -> None:
    plain, made = trial(service, Arm.NORMAL, Q1), trial(service, Arm.SCRAMBLED_RULINGS, Q1, seed=3)
    before, after = found(plain), found(made)
    assert len(before) == len(after)
    for (source, text), (other, other_text) in zip(before, after, strict=True):
        if source.startswith("r"):
            assert other != source and other.startswith("r")
        else:
            assert (source, text) == (other, other_text)
    assert after == found(trial(service, Arm.SCRAMBLED_RULINGS, Q1, seed=3))


def test_scrambled_cards_keep_their_name_and_lose_their_text(service: FakeService) -> None:
    texts = {card.card_id: card.texts[EN] for card in CARDS}
    after = found(trial(service, Arm.SCRAMBLED_CARDS, Q1))
    for source, text in after:
        if source in texts:
            assert text != texts[source] and text in texts.values()
    assert {source for source, _ in after} == {*texts, *(ruling.ruling_id for ruling in RULINGS)}
    assert verdict(service, Arm.SCRAMBLED_CARDS, Q1) is Verdict.YES


def test_insufficient_leaves_out_all_about_the_cards_and_expects_declining(service: FakeService) -> None:
    made = trial(service, Arm.INSUFFICIENT, Q1)
    assert {source for source, _ in found(made)} == {"c3", "r2"}
    assert made.example.verdict is Verdict.UNKNOWN and made.question.text == Q1.question
    assert trial_maker(Arm.INSUFFICIENT, service.store, 0)(Q4, service.parts) is None


def test_fictional_cards_replace_every_linked_name(service: FakeService) -> None:
    made = trial(service, Arm.FICTIONAL_CARDS, Q1)
    one, two = FICTIONAL_NAMES[EN][:2]
    assert made.question.text == f"can {one} hop over {two}"
    assert made.example.verdict is Verdict.UNKNOWN and made.example.card_ids == ()
    unlinked = example("q", "what is it", Verdict.YES)
    assert trial_maker(Arm.FICTIONAL_CARDS, service.store, 0)(unlinked, service.parts) is None


def test_with_withdrawn_puts_the_withdrawn_ruling_first_and_it_still_does_not_settle(service: FakeService) -> None:
    assert found(trial(service, Arm.WITH_WITHDRAWN, Q1))[0] == ("r3", "Old answer: no.")
    assert verdict(service, Arm.WITH_WITHDRAWN, Q1) is Verdict.YES


class PeekingGate:
    """Looks at every passage there is, whatever it is handed."""

    def __init__(self, service: FakeService) -> None:
        self._parts = service.parts

    def settle(self, question: Question, linking: Linking, passages: Sequence[ScoredPassage]) -> Settled | None:
        return self._parts.gate.settle(question, linking, self._parts.retriever.retrieve(question, linking))


def test_a_gate_that_looks_beyond_the_passages_is_held_to_what_is_shown(service: FakeService) -> None:
    peeking = service._replace(parts=msgspec.structs.replace(service.parts, gate=PeekingGate(service)))
    assert verdict(peeking, Arm.NORMAL, Q1) is Verdict.YES
    assert verdict(peeking, Arm.NO_GOLD, Q1) is Verdict.UNKNOWN
    assert verdict(peeking, Arm.CLOSED_BOOK, Q1) is Verdict.UNKNOWN


def test_arms_order_as_they_must(service: FakeService) -> None:
    scores = {
        arm: measure(evaluate(service, EXAMPLES, test_set="small", arm=arm)).answerable.score
        for arm in (Arm.ORACLE, Arm.NORMAL, Arm.SCRAMBLED_RULINGS, Arm.CLOSED_BOOK)
    }
    oracle, normal, scrambled, closed = (score or 0.0 for score in scores.values())
    assert oracle >= normal > scrambled
    assert closed == 0.0


def test_an_arm_run_leaves_out_what_it_has_nothing_to_ask(service: FakeService) -> None:
    ran = evaluate(service, EXAMPLES, test_set="small", arm=Arm.FICTIONAL_CARDS)
    assert [row.query_id for row in ran.rows] == ["q1", "q2", "q3", "q5", "q6"]
    assert {row.verdict for row in ran.rows} == {Verdict.UNKNOWN}


def test_a_ruling_that_is_handed_in_has_every_channel_of_the_retriever(service: FakeService) -> None:
    [gold, old] = Evidence(service.store).put_first(["r1", "r3"], Q1.as_question(), [])
    assert gold.channels.keys() == old.channels.keys() == {"dense", *RankingWeights.__struct_fields__}
    assert (gold.channels["invalid"], old.channels["invalid"]) == (0.0, 1.0)
    earlier = msgspec.structs.replace(Q1.as_question(), as_of="2025-01-01")
    assert Evidence(service.store).put_first(["r3"], earlier, [])[0].channels["invalid"] == 0.0


def test_a_ruling_that_was_found_keeps_its_channels_and_comes_once(service: FakeService) -> None:
    found = service.parts.retriever.retrieve(Q2.as_question(), Linking())
    scored = [msgspec.structs.replace(each, channels={"dense": 0.5}) for each in found]
    after = Evidence(service.store).put_first(["r4"], Q2.as_question(), scored)
    assert (after[0].passage.source_id, after[0].channels) == ("r4", {"dense": 0.5})
    assert sorted(each.passage.passage_id for each in after) == sorted(each.passage.passage_id for each in found)


def test_a_ruling_asked_alike_is_a_near_duplicate_of_the_gold(store: SqlCorpusStore) -> None:
    fake_service(store, Path())
    evidence = Evidence(store)
    assert evidence.gold_and_near(Q1) == {"r1", "r3"}
    assert evidence.gold_and_near(Q2) == {"r2"}
    assert evidence.about_cards(["c2"]) == {"c2", "r1", "r3", "r4"}


def test_running_in_an_event_loop_needs_no_second_one(service: FakeService) -> None:
    async def main() -> int:
        return len((await run_evaluation(EXAMPLES, service, test_set="small")).rows)

    assert anyio.run(main) == 6
