"""What a source must be before it may enter the corpus, beyond the types that decoding has checked. Pure."""

import datetime
import re
from collections.abc import Iterator, Mapping

import msgspec

from ragqa.corpus.sources import id_field, source_key
from ragqa.datatypes import Card, CardAliases, Language, Rule, Ruling, Source
from ragqa.errors import InvalidInput

MAX_ID_CHARS = 200
MAX_TEXT_CHARS = 100_000

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_ID_BREAKING = re.compile(r"[\s#/?]")
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"']+")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def validate(source: Source) -> None:
    """Check one source on its own. Raises InvalidInput, which names the field."""
    kind, source_id = source_key(source)
    _check_id(source_id, id_field(kind))
    for path, text in _strings(msgspec.to_builtins(source), ""):
        _check_text(text, path)
    match source:
        case Card():
            _check_card(source)
        case Ruling():
            _check_ruling(source)
        case Rule():
            _require_text(source.text, "text", f"rule {source_id!r} has no text in any language")
            _check_card_ids(source.card_ids)
        case CardAliases():
            _check_aliases(source.aliases)
            if not any(source.aliases.values()):
                raise InvalidInput(f"alias list of card {source_id!r} is empty; give one alias", field="aliases")


def check_iso_date(date: str | None, field: str) -> None:
    """Check a date that may be absent. Raises InvalidInput unless it is a real day written YYYY-MM-DD."""
    if date is None:
        return
    try:
        datetime.date.fromisoformat(date if _ISO_DATE.fullmatch(date) else "")
    except ValueError:
        raise InvalidInput(f"{field} {date!r} is not a date; write it as YYYY-MM-DD", field=field) from None


def _check_card(card: Card) -> None:
    _require_text(card.names, "names", f"card {card.card_id!r} has no name; give it one in en, ko or ja")
    for lang, name in card.names.items():
        if not name.strip():
            raise InvalidInput(f"names.{lang} is empty; leave the language out or fill it in", field=f"names.{lang}")
    _check_aliases(card.aliases)
    check_iso_date(card.valid_from, "valid_from")


def _check_ruling(ruling: Ruling) -> None:
    _require_text(ruling.question, "question", f"ruling {ruling.ruling_id!r} has no question in any language")
    _require_text(ruling.answer, "answer", f"ruling {ruling.ruling_id!r} has no answer in any language")
    check_iso_date(ruling.published, "published")
    check_iso_date(ruling.withdrawn, "withdrawn")
    _check_card_ids(ruling.card_ids)
    if ruling.source_url and not _WEB_ADDRESS.fullmatch(ruling.source_url):
        raise InvalidInput(f"source_url {ruling.source_url!r} is no http(s) address", field="source_url")
    if ruling.superseded_by is not None:
        _check_id(ruling.superseded_by, "superseded_by")
        if ruling.superseded_by == ruling.ruling_id:
            raise InvalidInput(f"ruling {ruling.ruling_id!r} cannot supersede itself", field="superseded_by")


def _check_card_ids(card_ids: list[str]) -> None:
    for position, card_id in enumerate(card_ids):
        _check_id(card_id, f"card_ids[{position}]")


def _check_aliases(aliases: Mapping[Language, list[str]]) -> None:
    for lang, names in aliases.items():
        for position, name in enumerate(names):
            if not name.strip():
                raise InvalidInput("an alias is empty; remove it", field=f"aliases.{lang}[{position}]")


def _check_id(value: str, field: str) -> None:
    if not value.strip():
        raise InvalidInput(f"{field} is blank; give it an id", field=field)
    if len(value) > MAX_ID_CHARS or _ID_BREAKING.search(value):
        rule = f"at most {MAX_ID_CHARS} characters, none of them a space, '#', '/' or '?'"
        raise InvalidInput(f"{field} {value[:50]!r} cannot be an id; use {rule}", field=field)


def _check_text(text: str, field: str) -> None:
    if len(text) > MAX_TEXT_CHARS:
        raise InvalidInput(f"{field} has {len(text)} characters; {MAX_TEXT_CHARS} are allowed", field=field)
    found = _CONTROL.search(text)
    if found:
        where = f"U+{ord(found[0]):04X} at character {found.start() + 1}"
        raise InvalidInput(f"{field} contains the control character {where}; remove it", field=field)


def _require_text(texts: Mapping[Language, str], field: str, message: str) -> None:
    if not any(text.strip() for text in texts.values()):
        raise InvalidInput(message, field=field)


def _strings(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield every string inside plain JSON values with its path; keys count as strings too."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _strings(item, f"{path}[{position}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            inner = f"{path}.{key}" if path else str(key)
            yield inner, str(key)
            yield from _strings(item, inner)
