"""A card or a ruling as a form and back: what is often edited has a field, the rest is JSON beside it."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from litestar.datastructures import FormMultiDict

from ragqa.corpus.importers.jsonl import misfit
from ragqa.corpus.sources import SOURCE_TYPES, id_field
from ragqa.corpus.validation import validate
from ragqa.datatypes import Language, Source, SourceKind
from ragqa.errors import InvalidInput

EDITED = (SourceKind.CARD, SourceKind.RULING)
FURTHER = "further"
_TEXTS = {SourceKind.CARD: ("names", "texts"), SourceKind.RULING: ("question", "answer")}
_LINES = {SourceKind.CARD: ("aliases",), SourceKind.RULING: ()}
_VALUES = {
    SourceKind.CARD: ("kind", "valid_from"),
    SourceKind.RULING: (
        *("lang", "verdict", "region", "published", "withdrawn", "superseded_by", "source_url", "note"),
    ),
}
_IDS = {SourceKind.CARD: (), SourceKind.RULING: ("card_ids",)}


class SourceForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the form shows: `fields` by name, such as `texts.en`; `further` holds every other field as JSON."""

    kind: SourceKind
    source_id: str
    fields: Mapping[str, str]
    further: str

    def value(self, name: str) -> str:
        """Return what a field shows."""
        return self.fields.get(name, "")


def form_of(source: Source, kind: SourceKind) -> SourceForm:
    """Fill in the form of a card or a ruling."""
    rest: dict[str, Any] = msgspec.to_builtins(source)
    fields: dict[str, str] = {}
    for name in (*_TEXTS[kind], *_LINES[kind]):
        for lang, text in rest.pop(name, {}).items():
            fields[f"{name}.{lang}"] = text if isinstance(text, str) else "\n".join(text)
    for name in _VALUES[kind]:
        fields[name] = rest.pop(name, "") or ""
    for name in _IDS[kind]:
        fields[name] = " ".join(rest.pop(name, []))
    source_id = str(rest.pop(id_field(kind)))
    return SourceForm(kind=kind, source_id=source_id, fields=fields, further=_json(rest))


def empty_form(kind: SourceKind) -> SourceForm:
    """Return the form of what is to be added."""
    return SourceForm(kind=kind, source_id="", fields={}, further="{}")


def sent_form(kind: SourceKind, sent: FormMultiDict) -> SourceForm:
    """Return the form as it was filled in, sound or not."""
    texts = {name: value for name, value in sent.multi_items() if isinstance(value, str)}
    fields = {name: texts[name] for name in _names(kind) if name in texts}
    source_id = texts.get(id_field(kind), "").strip()
    return SourceForm(kind=kind, source_id=source_id, fields=fields, further=texts.get(FURTHER, "{}"))


def source_of(form: SourceForm) -> Source:
    """Read a form. Raises InvalidInput, which names the field."""
    found: dict[str, Any] = {**_further(form.further), id_field(form.kind): form.source_id}
    for name in _names(form.kind):
        value = _value(name, form.value(name))
        if not value:
            continue
        outer, _, lang = name.partition(".")
        if lang:
            found.setdefault(outer, {})[lang] = value
        else:
            found[outer] = value
    for name in _TEXTS[form.kind]:
        found.setdefault(name, {})
    return read_source(form.kind, found)


def read_source(kind: SourceKind, found: object) -> Source:
    """Check the fields of a card or a ruling. Raises InvalidInput, which names the field."""
    try:
        source: Source = msgspec.convert(found, SOURCE_TYPES[kind])
    except msgspec.ValidationError as error:
        raise misfit(str(error)) from None
    validate(source)
    return source


def _names(kind: SourceKind) -> Iterator[str]:
    yield from (f"{name}.{lang}" for name in (*_TEXTS[kind], *_LINES[kind]) for lang in Language)
    yield from (*_VALUES[kind], *_IDS[kind])


def _value(name: str, text: str) -> Any:  # noqa: ANN401 - JSON
    text = text.replace("\r\n", "\n").strip()
    if name.startswith("aliases."):
        return [line.strip() for line in text.split("\n") if line.strip()]
    return text.replace(",", " ").split() if name == "card_ids" else text


def _further(text: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text.strip() or "{}")
    except (msgspec.DecodeError, UnicodeError) as error:
        raise InvalidInput(f"the further fields are not JSON: {error}", field=FURTHER) from None
    if not isinstance(found, dict):
        raise InvalidInput("the further fields are one JSON object, such as {}", field=FURTHER)
    return found


def _json(found: object) -> str:
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
