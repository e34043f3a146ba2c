"""POST /v1/ask and GET /v1/search over HTTP, with every way a question can be wrong."""

import json
from typing import Any

import pytest
from litestar.testing import TestClient

from ragqa.bootstrap import Service
from ragqa.datatypes import Language, Region, SourceKind
from ragqa.errors import GenerationFailed, Overloaded
from tests.integration.api_parts import ScriptedGenerator, events_of, problem
from tests.integration.corpus_parts import card

Client = TestClient[Any]
SSE = {"Accept": "text/event-stream"}


def test_an_answer_comes_as_json(client: Client, service: Service, generator: ScriptedGenerator) -> None:
    service.add(card("1", name="Glimmerwick Moth"))
    response = client.post(
        "/v1/ask", json={"question": "Glimmerwick Moth 써도 되나요?", "region": "ocg", "as_of": "2024-02-29"}
    )
    assert response.status_code == 200
    answer = response.json()
    assert (answer["verdict"], answer["basis"], answer["lang"]) == ("yes", "reasoned", "ko")
    assert [citation["passage_id"] for citation in answer["citations"]] == ["1#en1"]
    asked = generator.prompts[0].question
    assert (asked.lang, asked.region, asked.as_of) == (Language.KO, Region.OCG, "2024-02-29")


def test_a_card_put_is_used_by_the_very_next_question(client: Client) -> None:
    question = {"question": "Can Glimmerwick Moth be chained?"}
    assert client.post("/v1/ask", json=question).json()["linked_cards"] == []
    put = client.put(
        "/v1/cards/1", json={"card_id": "1", "names": {"en": "Glimmerwick Moth"}, "texts": {"en": "It jumps."}}
    )
    assert put.status_code == 201
    answer = client.post("/v1/ask", json=question).json()
    assert [linked["card_id"] for linked in answer["linked_cards"]] == ["1"]
    assert answer["corpus_version"] == put.json()["corpus_version"] == 1


def test_an_answer_comes_as_events_if_accept_prefers_them(
    client: Client, service: Service, generator: ScriptedGenerator
) -> None:
    service.add(card("1", name="Glimmerwick Moth"))
    response = client.post("/v1/ask", json={"question": "Glimmerwick Moth?"}, headers=SSE)
    assert response.headers["content-type"].startswith("text/event-stream")
    events = [(name, json.loads(fields)) for name, fields in events_of(response.text)]
    assert [name for name, _ in events] == ["card-linked", "passage", "token", "token", "answer"]
    assert events[0][1]["linking"]["cards"][0]["card_id"] == "1"
    assert events[1][1]["number"] == 1
    assert events[2][1] == {"text": "verdict: yes\n"}
    assert events[4][1]["answer"]["verdict"] == "yes"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/json"),
        ("application/json, text/event-stream;q=0.5", "application/json"),
        ("text/event-stream, application/json;q=0.5", "text/event-stream"),
    ],
)
def test_the_more_wanted_form_wins(client: Client, accept: str, content_type: str) -> None:
    response = client.post("/v1/ask", json={"question": "Glimmerwick Moth?"}, headers={"Accept": accept})
    assert response.headers["content-type"].split(";")[0] == content_type


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"question": ""}, "question"),
        ({"question": " \n\u3000"}, "question"),
        ({"question": "a" * 100_000}, "question"),
        ({"question": 5}, "question"),
        ({}, "question"),
        ({"question": "Glimmerwick Moth?", "lang": "fr"}, "lang"),
        ({"question": "Glimmerwick Moth?", "region": "moon"}, "region"),
        ({"question": "Glimmerwick Moth?", "as_of": "2024-02-30"}, "as_of"),
        ({"question": "Glimmerwick Moth?", "card_ids": ["1", 2]}, "card_ids[1]"),
        ({"question": "Glimmerwick Moth?", "card_ids": ["1"], "not_card_ids": ["1"]}, "card_ids"),
        ({"question": "Glimmerwick Moth?", "colour": "red"}, "colour"),
    ],
)
def test_a_question_that_does_not_fit_is_told_which_field(client: Client, body: dict[str, Any], field: str) -> None:
    assert problem(client.post("/v1/ask", json=body), 422, "invalid-input")["field"] == field


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b'{"question": "Glimmerwick Moth?"', 1),
        (b'{\n"question": "Glimmerwick Moth?",\n oops}', 3),
        (b'{\n"question": "\xff"}', 2),
        (b'{"question": "\\ud800"}', 1),
        (b'{"question": "Glimmerwick Moth?"} {}', 1),
    ],
)
def test_a_body_that_cannot_be_read_is_told_the_line(client: Client, body: bytes, line: int) -> None:
    response = client.post("/v1/ask", content=body, headers={"Content-Type": "application/json"})
    assert problem(response, 400, "malformed-body")["line"] == line


def test_an_empty_body_is_refused(client: Client) -> None:
    response = client.post("/v1/ask", headers={"Content-Type": "application/json"})
    assert "empty" in problem(response, 422, "invalid-input")["detail"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_another_content_type_is_refused(client: Client, content_type: str) -> None:
    response = client.post(
        "/v1/ask", content=b'{"question": "Glimmerwick Moth?"}', headers={"Content-Type": content_type}
    )
    assert "application/json" in problem(response, 415, "unsupported-media-type")["detail"]


def test_a_body_over_the_limit_is_refused(client: Client) -> None:
    problem(client.post("/v1/ask", json={"question": "a" * 300_000}), 413, "too-large")


def test_overload_says_when_to_come_back(client: Client, generator: ScriptedGenerator) -> None:
    generator.failure = Overloaded("the queue is full", retry_after=2.2)
    response = client.post("/v1/ask", json={"question": "Glimmerwick Moth?"})
    problem(response, 503, "overloaded")
    assert response.headers["retry-after"] == "3"


def test_an_error_during_a_stream_is_its_last_event(client: Client, generator: ScriptedGenerator) -> None:
    generator.failure = GenerationFailed("the generator ran out of memory")
    events = events_of(client.post("/v1/ask", json={"question": "Glimmerwick Moth?"}, headers=SSE).text)
    assert [name for name, _ in events] == ["card-linked", "error"]
    told = json.loads(events[-1][1])
    assert (told["type"], told["detail"]) == ("/problems/generation-failed", "the generator ran out of memory")


@pytest.mark.parametrize("headers", [{}, SSE])
def test_a_fault_of_ours_tells_nothing_but_its_request_id(
    client: Client, generator: ScriptedGenerator, headers: dict[str, str]
) -> None:
    generator.failure = KeyError("secret")
    response = client.post(
        "/v1/ask", json={"question": "Glimmerwick Moth?"}, headers={"X-Request-ID": "abc-1", **headers}
    )
    told = json.loads(events_of(response.text)[-1][1]) if headers else problem(response, 500, "internal")
    assert (told["type"], told["request_id"]) == ("/problems/internal", "abc-1")
    assert "secret" not in response.text


def test_search_gives_cards_and_passages(client: Client, service: Service) -> None:
    service.add(card("1", name="Glimmerwick Moth"))
    found = client.get("/v1/search", params={"q": "Glimmerwick Moth", "limit": 1}).json()
    assert found["linking"]["cards"][0]["card_id"] == "1"
    assert [scored["passage"]["passage_id"] for scored in found["passages"]] == ["1#en1"]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"q": " "}, "q"),
        ({}, "q"),
        ({"q": "Glimmerwick Moth", "limit": "0"}, "limit"),
        ({"q": "Glimmerwick Moth", "lang": "fr"}, "lang"),
    ],
)
def test_a_search_that_does_not_fit_is_told_which_parameter(client: Client, params: dict[str, str], field: str) -> None:
    assert problem(client.get("/v1/search", params=params), 422, "invalid-input")["field"] == field


def test_a_name_is_completed_from_what_is_typed(client: Client, service: Service) -> None:
    service.add(card("1", name="Glimmerwick Moth"))
    found = client.get("/v1/complete", params={"q": "may 🦋 glimm", "lang": "ko"}).json()["completions"]
    assert found == [
        {"card_id": "1", "name": "Glimmerwick Moth", "matched": "Glimmerwick Moth", "via": "name", "start": 6}
    ]
    assert client.get("/v1/complete", params={"q": ""}).json() == {"completions": []}
    long = client.get("/v1/complete", params={"q": "x" * 5000 + " glimm"}).json()["completions"]
    assert long[0]["start"] == 5001
    assert problem(client.get("/v1/complete", params={"q": "g", "limit": 0}), 422, "invalid-input")["field"] == "limit"


def test_search_finds_cards_by_what_an_effect_does_and_sees_changes(client: Client, service: Service) -> None:
    service.add(card("1", name="Glimmerwick Moth", text="Draw 2 cards."))
    service.add(card("2", name="Lantern Eel", text="Special Summon 1 monster from your Deck."))
    drawing = client.get("/v1/search", params={"effect": "draw"}).json()
    assert [(found["card_id"], found["text"]) for found in drawing["effects"]] == [("1", "Draw 2 cards.")]
    assert (drawing["passages"], drawing["linking"]["cards"]) == ([], [])
    summons = {"effect": "special_summon:deck,graveyard", "q": "Lantern Eel"}
    both = client.get("/v1/search", params=summons).json()
    assert [found["card_id"] for found in both["effects"]] == ["2"]
    assert both["linking"]["cards"][0]["card_id"] == "2"
    service.add(card("2", name="Lantern Eel", text="Draw 1 card."))
    service.remove(SourceKind.CARD, "1")
    changed = client.get("/v1/search", params={"effect": "draw"}).json()["effects"]
    assert [(found["card_id"], found["text"]) for found in changed] == [("2", "Draw 1 card.")]


@pytest.mark.parametrize("effect", ["", "draws", "draw:moon"])
def test_an_effect_that_is_none_is_told(client: Client, effect: str) -> None:
    told = problem(client.get("/v1/search", params={"effect": effect}), 422, "invalid-input")
    assert told["field"] == "effect"
