"""What people are told when something goes wrong, in the language of the page."""

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
_AT_WORK = {
    "invalid-input": N_("That does not fit. Nothing was changed."),
    "malformed-body": N_("That cannot be read. Nothing was changed."),
    "too-large": N_("That is too large for one import. Split it."),
    "too-slow": N_("It came too slowly. Try again over a better connection."),
    "unauthorized": N_("This takes a key. Enter yours below."),
    "forbidden": N_("Your key does not allow this."),
    "not-found": N_("There is nothing of that id."),
    "duplicate-source": N_("Something of that id is there already. Open it to change it."),
    "stale-write": N_("Somebody changed this in the meantime. Nothing was saved."),
    "suspicious-withdrawals": N_("This would withdraw many rulings at once. Check it, then allow it below."),
    "conflict": N_("That does not fit what is there now."),
    "rate-limited": N_("That was a lot at once. Wait a moment and try again."),
    "overloaded": N_("Another change is being written. Wait a moment and try again."),
    "not-ready": N_("The service is still starting. Try again in a moment."),
}
_BLANK = N_("Type a question first.")
_ANY = N_("Something went wrong here. Ask again; if it stays, tell whoever runs this service the number below.")
_ANY_AT_WORK = N_("Something went wrong here. If it stays, tell whoever runs this service the number below.")


def work_words(problem: Problem) -> str:
    """Return the phrase for a problem of those who look after the corpus; the pages translate it."""
    return _AT_WORK.get(problem.name, _ANY_AT_WORK)


def problem_words(problem: Problem) -> str:
    """Return the phrase for a player's problem; the pages translate it."""
    if problem.field == "question" and "blank" in problem.detail:
        return _BLANK
    return _BY_KIND.get(problem.type.rpartition("/")[2], _ANY)
