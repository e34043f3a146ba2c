"""Every phrase that the source says is in the catalogues, and is the same phrase in each language."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

import ragqa
from ragqa.datatypes import Basis, Language, Verdict
from ragqa.wording import BASES, VERDICTS, phrases

ROOT = Path(ragqa.__file__).parent
_METHODS = [("**.py", "python"), ("**.j2", "jinja2")]
_KEYWORDS = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
_PLACES = re.compile(r"\{\w*\}|%\(\w+\)s")


def said() -> Iterator[str]:
    for _, _, message, _, _ in extract_from_dir(
        ROOT, _METHODS, {"**.j2": {"newstyle_gettext": "true"}}, keywords=_KEYWORDS
    ):
        yield message if isinstance(message, str) else message[0]


@pytest.mark.parametrize("lang", [Language.KO, Language.JA])
def test_every_phrase_is_translated_with_the_same_places_for_names_and_numbers(lang: Language) -> None:
    untranslated, broken = [], []
    for phrase in sorted(set(said())):
        catalogue = phrases(lang)
        translated = next(
            (t for t in (catalogue.gettext(phrase), catalogue.ngettext(phrase, "", 1)) if t != phrase), ""
        )
        if not translated:
            untranslated.append(phrase)
        if sorted(_PLACES.findall(translated)) != sorted(_PLACES.findall(phrase)) and translated:
            broken.append(phrase)
    assert (untranslated, broken) == ([], [])


def test_verdicts_and_bases_are_said_in_each_language() -> None:
    assert [phrases(lang).gettext(VERDICTS[Verdict.CONDITIONAL]) for lang in Language] == [
        "It depends",
        "경우에 따라 다름",
        "場合による",
    ]
    assert set(VERDICTS) == set(Verdict) and set(BASES) == set(Basis)
    assert phrases(Language.JA).gettext(BASES[Basis.OFFICIAL]) == "公式裁定による回答"


def test_a_phrase_that_no_catalogue_has_is_said_in_english() -> None:
    assert phrases(Language.KO).gettext("Glimmerwick") == "Glimmerwick"
