"""The examples in the API's documentation: the question that the project began with, and what settles it."""

from ragqa.api.schemas import AskRequest
from ragqa.datatypes import Card, Language, Region, Ruling, Verdict

SEED_QUESTION = "하루 우라라의 효과를 개기일식의 서의 발동에 체인하여 발동할 수 있나요?"
SEED_QUESTION_EN = "Can Ash Blossom & Joyous Spring be chained to Book of Eclipse?"


def seed_requests() -> dict[str, AskRequest]:
    """Return the question by language."""
    return {
        "ko": AskRequest(question=SEED_QUESTION),
        "en": AskRequest(question=SEED_QUESTION_EN, region=Region.OCG),
    }


def example_card() -> Card:
    """Return a card as a maintainer writes it."""
    return Card(
        card_id="14558127",
        konami_id=12950,
        names={Language.EN: "Ash Blossom & Joyous Spring", Language.KO: "하루 우라라", Language.JA: "灰流うらら"},
        aliases={Language.EN: ["Ash"], Language.KO: ["우라라"], Language.JA: ["うらら"]},
        kind="monster",
        texts={
            Language.EN: "From the hand, in reply to an effect that would add a card from the Deck to the hand, "
            "Special Summon from the Deck or send a card from the Deck to the GY: discard it and negate that effect."
        },
        source="maintainer",
    )


def example_ruling() -> Ruling:
    """Return a ruling as a maintainer writes it."""
    return Ruling(
        ruling_id="qa-23793",
        official_id=23793,
        lang=Language.EN,
        question={Language.EN: SEED_QUESTION_EN},
        answer={Language.EN: "Yes. Book of Eclipse may make the opponent draw, and a draw adds from the Deck."},
        verdict=Verdict.YES,
        card_ids=["14558127", "45282603"],
        region=Region.OCG,
        source="maintainer",
    )
