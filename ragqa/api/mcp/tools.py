"""The tools: what each takes and gives, as msgspec structs, from which the protocol's JSON schemas are made."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import anyio
import msgspec
from msgspec import Meta

from ragqa.api.admission import Admission
from ragqa.api.ask_routes import answer_in_turn
from ragqa.api.chat.text import message_text
from ragqa.api.questions import search_question, to_question
from ragqa.api.schemas import AskRequest
from ragqa.bootstrap import Service
from ragqa.config import Settings
from ragqa.datatypes import Answer, Card, Language, Linking, Ruling


class CardSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names or nicknames of cards, as players write them."""

    query: Annotated[str, Meta(description="one or more names, in en, ko or ja; nicknames and typos are understood")]
    lang: Annotated[Language | None, Meta(description="language of the names; default: told from the query")] = None


class CardId(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which card."""

    card_id: Annotated[str, Meta(description="a card_id of search_cards or of an answer's linked_cards")]


class RulingId(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which ruling."""

    ruling_id: Annotated[str, Meta(description="the source_id of an answer's citation whose kind is ruling")]


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """One tool; `call` raises the errors of `ragqa.errors`, `tell` says the result to a model that reads only text."""

    name: str
    description: str
    takes: type[msgspec.Struct]
    gives: type[msgspec.Struct]
    call: Callable[[Any], Awaitable[Any]]
    tell: Callable[[Any], str]


class Tools:
    """The tools over one service, which may still be opening when they are listed."""

    def __init__(self, settings: Settings, admission: Admission, service: Callable[[], Service]) -> None:
        self._settings = settings
        self._admission = admission
        self._service = service

    def all(self) -> dict[str, Tool]:
        """Return every tool by its name."""
        tools = (
            Tool(
                name="ask",
                description="Answer a Yu-Gi-Oh rules question from official rulings and card texts: verdict (yes, no, "
                "conditional, unknown), basis, explanation with numbered citations. unknown means nothing settles it.",
                takes=AskRequest,
                gives=Answer,
                call=self._ask,
                tell=message_text,
            ),
            Tool(
                name="search_cards",
                description="Find which cards names, nicknames or misspelt names mean, with their card_ids; names "
                "that nothing is sure about come with the nearest candidates.",
                takes=CardSearch,
                gives=Linking,
                call=self._search_cards,
                tell=_json,
            ),
            Tool(
                name="get_card",
                description="Read one card: names, text and facts in the languages there are.",
                takes=CardId,
                gives=Card,
                call=self._get_card,
                tell=_json,
            ),
            Tool(
                name="get_ruling",
                description="Read one official ruling: question, answer, verdict, cards, and whether it still holds.",
                takes=RulingId,
                gives=Ruling,
                call=self._get_ruling,
                tell=_json,
            ),
        )
        return {tool.name: tool for tool in tools}

    async def _ask(self, request: AskRequest) -> Answer:
        question = to_question(request, max_chars=self._settings.max_question_chars)
        return await answer_in_turn(question, self._service(), self._admission)

    async def _search_cards(self, search: CardSearch) -> Linking:
        question = search_question(search.query, search.lang, max_chars=self._settings.max_question_chars)
        return await anyio.to_thread.run_sync(self._service().parts.linker.link, question)

    async def _get_card(self, wanted: CardId) -> Card:
        return await anyio.to_thread.run_sync(self._service().store.card, wanted.card_id)

    async def _get_ruling(self, wanted: RulingId) -> Ruling:
        return await anyio.to_thread.run_sync(self._service().store.ruling, wanted.ruling_id)


def json_schema(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the JSON schema of a struct with an object at its root, as the protocol wants it."""
    schema = msgspec.json.schema(struct)
    definitions = schema["$defs"]
    root: dict[str, Any] = definitions[struct.__name__]
    return {**root, "$defs": definitions}


def _json(result: object) -> str:
    return msgspec.json.encode(result).decode()
