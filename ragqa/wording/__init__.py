"""The fixed phrases in the asker's language, from gettext catalogues that are read as translators edit them.

The English phrase is the key. `ko.po` and `ja.po` hold the translations; nothing is compiled, and a phrase that a
catalogue lacks is said in English. `tests/unit/test_phrases.py` finds phrases without a translation, and
`make phrases` brings the catalogues up to date with the source.
"""

import io
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from ragqa.datatypes import Basis, Language, Verdict


def N_(phrase: str) -> str:
    """Mark a phrase for the catalogues where it is not said yet; the name is the one that gettext's tools look for."""
    return phrase


VERDICTS = {
    Verdict.YES: N_("Yes"),
    Verdict.NO: N_("No"),
    Verdict.CONDITIONAL: N_("It depends"),
    Verdict.UNKNOWN: N_("No answer"),
}
BASES = {
    Basis.OFFICIAL: N_("settled by an official ruling"),
    Basis.RULE: N_("follows from the rules and the card's effect"),
    Basis.REASONED: N_("the model's own reasoning, no ruling settles it"),
    Basis.INSUFFICIENT: N_("the corpus does not settle it"),
}


@lru_cache(maxsize=len(Language))
def phrases(lang: Language) -> NullTranslations:
    """Return the catalogue of a language; its `gettext` and `ngettext` say a phrase."""
    catalogue = resources.files(__name__) / f"{lang}.po"
    if not catalogue.is_file():
        return NullTranslations()
    compiled = io.BytesIO()
    with catalogue.open("rb") as file:
        write_mo(compiled, read_po(file, locale=lang))
    compiled.seek(0)
    return GNUTranslations(compiled)
