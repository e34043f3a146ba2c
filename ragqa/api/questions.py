"""From what a client asks to a `Question`, or to a problem that names the field. Pure."""

from ragqa.api.schemas import AskRequest
from ragqa.corpus.validation import check_iso_date
from ragqa.datatypes import Language, Question
from ragqa.errors import InvalidInput
from ragqa.text import detect_language


def to_question(request: AskRequest, *, max_chars: int) -> Question:
    """Check what types cannot say, and tell the language where it is not given. Raises InvalidInput."""
    check_text(request.question, "question", max_chars=max_chars)
    check_iso_date(request.as_of, "as_of")
    both = sorted(set(request.card_ids) & set(request.not_card_ids))
    if both:
        raise InvalidInput(f"card {both[0]!r} is in card_ids and in not_card_ids; it can be in one", field="card_ids")
    return Question(
        text=request.question,
        game=request.game,
        lang=request.lang or detect_language(request.question),
        region=request.region,
        as_of=request.as_of,
        card_ids=request.card_ids,
        not_card_ids=request.not_card_ids,
    )


def search_question(text: str, lang: Language | None, *, max_chars: int) -> Question:
    """Make a question of search words. Raises InvalidInput."""
    check_text(text, "q", max_chars=max_chars)
    return Question(text=text, lang=lang or detect_language(text))


def check_text(text: str, field: str, *, max_chars: int) -> None:
    """Raise InvalidInput for a text that is blank or longer than the service reads."""
    if not text.strip():
        raise InvalidInput(f"{field} is blank; type a question", field=field)
    if len(text) > max_chars:
        raise InvalidInput(f"{field} has {len(text)} characters; {max_chars} are read at most", field=field)
