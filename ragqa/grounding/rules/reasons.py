"""Why a rule answers as it does, in the asker's language."""

from collections.abc import Mapping

from ragqa.datatypes import Language
from ragqa.wording import N_, phrases

_QUOTED = {Language.EN: '"{}"', Language.KO: '"{}"', Language.JA: "「{}」"}
# `{actor}` and `{against}` stand for names of cards.
_REASONS = {
    "includes": N_(
        "{actor} may be used in response to an effect that includes such a part, and the text of {against} includes "
        "one."
    ),
    "includes-draw": N_(
        "Drawing counts as adding a card from the Deck to the hand, so {actor} may respond to {against}, whose text "
        "includes a draw."
    ),
    "includes-not": N_(
        "{actor} needs an effect that includes one of the parts it names; the text of {against} includes none of them."
    ),
    "other-kind": N_(
        "{actor} responds only to the kinds of activation that its text names; the activation of {against} is of "
        "another kind."
    ),
    "too-slow": N_("{actor} is Spell Speed 1, and nothing of Spell Speed 1 can be chained to an activation."),
    "counter-trap": N_(
        "{against} is a Counter Trap (Spell Speed 3); only another Counter Trap can be chained to it, and {actor} is "
        "none."
    ),
    "not-targeted": N_("{actor} targets, and the text of {against} says that it cannot be targeted by card effects."),
    "link-face-down": N_("{against} is a Link Monster, which cannot be turned face-down."),
    "targets": N_("The text of {actor} chooses its target when it is activated."),
    "targets-not": N_("The text of {actor} does not name a target at activation, so it does not target."),
    "not-in-damage-step": N_(
        "In the Damage Step only Counter Traps, effects that change ATK or DEF, effects that negate an activation and "
        "effects whose text fits that step can be activated; {actor} is none of these."
    ),
}


def reason(
    key: str, actor: Mapping[Language, str], against: Mapping[Language, str] | None = None
) -> dict[Language, str]:
    """Fill in the names of the cards, each language with its own name where there is one."""
    return {
        lang: phrases(lang).gettext(_REASONS[key]).format(actor=_name(actor, lang), against=_name(against or {}, lang))
        for lang in Language
    }


def _name(names: Mapping[Language, str], lang: Language) -> str:
    name = next((names[each] for each in (lang, *Language) if names.get(each)), "")
    return _QUOTED[lang].format(name) if name else ""
