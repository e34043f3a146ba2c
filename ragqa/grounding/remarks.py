"""What is said, in the asker's language, where a question is declined for a reason that can be named."""

from ragqa.datatypes import FalsePremise, Language, Linking, SheetFault
from ragqa.wording import N_, phrases

_PREMISE = N_('"{claim}": the text of {card} says nothing of the kind. It says: "{text}"')
_UNKNOWN = N_("No card is known here by these words: {words}.")
_NEAREST = N_("The nearest names to {words}: {names}.")
_UNREADABLE = {
    SheetFault.NO_VERDICT: N_("The model was asked twice and stated no verdict."),
    SheetFault.NO_CITATION: N_("The model was asked twice and gave no reason that cites one of the passages."),
}


def premise_remark(premise: FalsePremise, card_text: str, lang: Language) -> str:
    """Say what the question takes for granted, and what the card's text says instead."""
    say = phrases(lang).gettext
    return say(_PREMISE).format(claim=premise.claim, card=premise.name, text=" ".join(card_text.split()))


def unreadable_remark(fault: SheetFault, lang: Language) -> str:
    """Say why nothing could be made of what a model wrote."""
    return phrases(lang).gettext(_UNREADABLE[fault])


def unknown_remark(linking: Linking, lang: Language) -> str:
    """Say which words name no card for sure, and the names nearest to each; empty where there are none."""
    if not linking.unlinked:
        return ""
    say = phrases(lang).gettext
    words = ", ".join(f"“{span.surface}”" for span in linking.unlinked)
    said = [say(_UNKNOWN).format(words=words)]
    for span in linking.unlinked:
        if span.candidates:
            names = ", ".join(candidate.name for candidate in span.candidates)
            said.append(say(_NEAREST).format(words=f"“{span.surface}”", names=names))
    return " ".join(said)
