"""yaml-yugi cards in all languages: one JSON object, a JSON list, or YAML documents."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import yaml

from ragqa.corpus.importers.card_fields import given, passcode_text, plain, plain_texts, with_pendulum
from ragqa.corpus.importers.known_cards import NO_CARDS, KnownCards
from ragqa.corpus.importers.records import (
    MAX_OBJECT_BYTES,
    Item,
    json_items,
    json_object,
    json_paths,
    sources_of,
)
from ragqa.corpus.importers.streams import opened
from ragqa.datatypes import Card, Language
from ragqa.errors import InvalidInput

SOURCE = "yaml-yugi"
_YAML_KEYS = re.compile(rb"(?m)^konami_id:.*$")
_DOCUMENT_END = (b"---", b"...")
Translations = dict[str, str | None]


class YugiCard(msgspec.Struct, kw_only=True):
    """A card as yaml-yugi writes it; `password` is the passcode."""

    konami_id: int | None
    password: int | None
    name: Translations
    text: Translations | None = None
    pendulum_effect: Translations | None = None
    card_type: str
    property: str | None = None
    monster_type_line: str | None = None
    attribute: str | None = None
    level: int | None = None
    rank: int | None = None
    link_arrows: list[str] | None = None
    atk: int | str | None = None
    defence: int | str | None = msgspec.field(name="def", default=None)
    pendulum_scale: int | None = None
    materials: str | None = None
    series: list[str] | None = None
    limit_regulation: dict[str, str | None] | None = None
    yugipedia_page_id: int | None = None


class YamlYugiImporter:
    """Reads cards one by one, from JSON as from YAML."""

    name = "yaml-yugi JSON or YAML"

    def __init__(self, cards: KnownCards = NO_CARDS) -> None:
        self._cards = cards

    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by the keys of the first card."""
        return _prefix(head) is not None or _YAML_KEYS.search(head) is not None

    def read(self, path: Path) -> Iterator[Item]:
        """Yield each card with its position in the file."""
        return sources_of(path, _records(path), YugiCard, lambda record: [self._card(record)])

    def _card(self, record: YugiCard) -> Card:
        texts, pendulum = record.text or {}, record.pendulum_effect or {}
        return Card(
            card_id=self._cards.card_id(record.password, record.konami_id) or _page_id(record),
            passcode=passcode_text(record.password) if record.password else None,
            konami_id=record.konami_id,
            names=plain_texts({lang: record.name.get(lang) or "" for lang in Language}),
            kind=_kind(record),
            facts=_facts(record),
            texts=plain_texts(
                {
                    lang: with_pendulum(plain(texts.get(lang) or ""), plain(pendulum.get(lang) or ""), lang)
                    for lang in Language
                }
            ),
            source=SOURCE,
        )


def _prefix(head: bytes) -> str | None:
    """Return the ijson prefix of the cards, None if it is not yaml-yugi JSON."""
    paths = json_paths(head)
    for prefix in ("", "item."):
        if {f"{prefix}konami_id", f"{prefix}password", f"{prefix}name"} <= paths:
            return prefix.rstrip(".")
    return None


def _records(path: Path) -> Iterator[tuple[int, object]]:
    with opened(path) as file:
        prefix = _prefix(file.read(65_536))
    match prefix:
        case None:
            yield from _yaml_documents(path)
        case "":
            yield from json_object(path)
        case _:
            yield from json_items(path, prefix)


def _yaml_documents(path: Path) -> Iterator[tuple[int, object]]:
    """Yield each YAML document, numbered from 1, or what is wrong with it."""
    document: list[bytes] = []
    number, first_line, size = 1, 1, 0
    with opened(path) as file:
        for line, raw in enumerate(file, start=1):
            if raw.rstrip() in _DOCUMENT_END:
                if any(each.strip() for each in document):
                    yield number, _parsed(document, first_line)
                    number += 1
                document, first_line, size = [], line + 1, 0
                continue
            document.append(raw)
            size += len(raw)
            if size > MAX_OBJECT_BYTES:
                raise InvalidInput(f"a YAML document of more than {MAX_OBJECT_BYTES} bytes begins at line {first_line}")
    if any(each.strip() for each in document):
        yield number, _parsed(document, first_line)


def _parsed(document: list[bytes], first_line: int) -> object:
    try:
        return yaml.load(b"".join(document), Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = first_line + (error.problem_mark.line if error.problem_mark else 0)
        return InvalidInput(f"not YAML at line {line}: {error.problem}")
    except yaml.YAMLError as error:
        return InvalidInput(f"not YAML: {error}")


def _page_id(record: YugiCard) -> str:
    if record.yugipedia_page_id is None:
        raise InvalidInput("password, konami_id and yugipedia_page_id are all empty; give one", field="password")
    return f"yugipedia{record.yugipedia_page_id}"


def _kind(record: YugiCard) -> str:
    return "token" if "Token" in (record.monster_type_line or "") else record.card_type.lower()


def _facts(record: YugiCard) -> dict[str, object]:
    return given(
        type_line=record.monster_type_line or record.property,
        attribute=record.attribute,
        level=record.level,
        rank=record.rank,
        link=len(record.link_arrows) if record.link_arrows else None,
        link_arrows=record.link_arrows,
        atk=record.atk,
        **{"def": record.defence},
        pendulum_scale=record.pendulum_scale,
        materials=record.materials,
        series=record.series,
        limit_regulation=record.limit_regulation,
    )
