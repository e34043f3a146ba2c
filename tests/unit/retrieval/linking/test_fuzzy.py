"""Names with typing errors."""

import pytest

from ragqa.datatypes import Language
from ragqa.retrieval.linking.fuzzy import FuzzyNames
from ragqa.retrieval.linking.names import name_form

NAMES = {
    Language.EN: ["Chaos Hunter", "Doppelwarrior", "Virtual World Kyubi - Shenshen"],
    Language.KO: ["배너티 데블", "패러렐 기어"],
    Language.JA: ["レッド・デーモンズ・ドラゴン"],
}
FORMS = [
    made
    for lang, names in NAMES.items()
    for name in names
    if (made := name_form(name, lang, name, is_alias=False)) is not None
]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("chaoshuntr", "Chaos Hunter"),
        ("dopplewarrior", "Doppelwarrior"),
        ("shenshn", "Virtual World Kyubi - Shenshen"),
        ("배너티대블", "배너티 데블"),
        ("れっどでもんず", "レッド・デーモンズ・ドラゴン"),
    ],
)
def test_a_letter_wrong_still_finds_the_name(typed: str, meant: str) -> None:
    hits = FuzzyNames(FORMS).search(typed, 0.7)
    assert {run.form.text for run, _ in hits} == {meant}


def test_similarity_counts_letters_not_syllables() -> None:
    # 배너티대블 and 배너티데블 differ in one of eleven letters.
    (hit,) = FuzzyNames(FORMS).search("배너티대블", 0.8)
    assert hit[1] == pytest.approx(10 / 11)


def test_nothing_near_finds_nothing_and_forms_can_go() -> None:
    names = FuzzyNames(FORMS)
    assert names.search("completelydifferent", 0.7) == []
    names.discard(FORMS[0])
    assert names.search("chaoshuntr", 0.7) == []
