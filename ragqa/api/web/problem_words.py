"""What a player is told when something goes wrong, in the language of the page."""

from ragqa.api.problems import Problem
from ragqa.wording import N_

_BY_KIND = {
    "invalid-input": N_("That does not fit. Check the question and the date."),
    "malformed-body": N_("That does not fit. Check the question and the date."),
    "too-large": N_("That is too long. Ask a shorter question."),
    "unauthorized": N_("This service answers only with a key. Enter yours below."),
    "forbidden": N_("Your key does not allow this."),
    "rate-limited": N_("That was a lot of questions. Wait a moment and ask again."),
    "overloaded": N_("Many people are asking right now. Wait a moment and ask again."),
    "not-ready": N_("The service is still starting. Try again in a moment."),
    "deadline-exceeded": N_("The answer took too long. Ask again, or a shorter question."),
    "generation-failed": N_("The answer broke off. Ask again."),
}
_BLANK = N_("Type a question first.")
_ANY = N_("Something went wrong here. Ask again; if it stays, tell whoever runs this service the number below.")


def problem_words(problem: Problem) -> str:
    """Return the phrase for a problem; the pages translate it."""
    if problem.field == "question" and "blank" in problem.detail:
        return _BLANK
    return _BY_KIND.get(problem.type.rpartition("/")[2], _ANY)
