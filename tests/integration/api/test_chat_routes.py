"""POST /v1/chat/completions and GET /v1/models over HTTP, with every way a chat can be wrong."""

import json
from typing import Any

import pytest
from litestar.testing import TestClient

from ragqa.bootstrap import Service
from ragqa.datatypes import Language, Region
from ragqa.errors import GenerationFailed, Overloaded
from tests.integration.api_parts import ScriptedGenerator
from tests.integration.corpus_parts import card

Client = TestClient[Any]
PATH = "/v1/chat/completions"


def chat(text: object, **more: object) -> dict[str, Any]:
    return {"model": "ragqa", "messages": [{"role": "user", "content": text}], **more}


def test_the_last_message_of_the_user_is_the_question(client: Client, generator: ScriptedGenerator) -> None:
    body = {
        "model": "ragqa",
        "temperature": 0.7,
        "messages": [
            {"role": "system", "content": "You are a pirate."},
            {"role": "user", "content": "Can Ash be chained?"},
            {"role": "assistant", "content": "Yes."},
            {
                "role": "user",
                "content": [{"type": "text", "text": "우라라를"}, {"type": "text", "text": "써도 되나요?"}],
            },
        ],
        "ragqa": {"region": "ocg", "as_of": "2024-02-29"},
    }
    assert client.post(PATH, json=body).status_code == 200
    asked = generator.prompts[0].question
    assert (asked.text, asked.lang) == ("우라라를\n써도 되나요?", Language.KO)
    assert (asked.region, asked.as_of) == (Region.OCG, "2024-02-29")


def test_the_whole_answer_comes_with_the_message(client: Client, service: Service) -> None:
    service.add(card("1", name="Glimmerwick Moth"))
    done = client.post(PATH, json=chat("May Glimmerwick Moth jump?")).json()
    [choice] = done["choices"]
    assert choice["message"]["content"].startswith("**Yes** · the model's own reasoning")
    assert "It may. [1]" in choice["message"]["content"]
    assert (choice["finish_reason"], done["object"], done["model"]) == ("stop", "chat.completion", "ragqa")
    assert done["ragqa"]["citations"][0]["passage_id"] == "1#en1"
    assert done["usage"] == {"prompt_tokens": 30, "completion_tokens": 9, "total_tokens": 39}


def test_a_stream_holds_back_what_is_not_checked_and_ends_with_done(client: Client, service: Service) -> None:
    service.add(card("1", name="Glimmerwick Moth"))
    body = chat("May Glimmerwick Moth jump?", stream=True, stream_options={"include_usage": True})
    response = client.post(PATH, json=body)
    assert response.headers["content-type"].startswith("text/event-stream")
    payloads = [line[6:] for line in response.text.splitlines() if line.startswith("data: ")]
    assert payloads.pop() == "[DONE]"
    first, *pieces, last, usage = map(json.loads, payloads)
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    text = "".join(piece["choices"][0]["delta"]["content"] for piece in pieces)
    assert text == client.post(PATH, json=chat("May Glimmerwick Moth jump?")).json()["choices"][0]["message"]["content"]
    assert "verdict: yes" not in text
    assert last["choices"][0]["finish_reason"] == "stop" and last["ragqa"]["verdict"] == "yes"
    assert usage["choices"] == [] and usage["usage"]["total_tokens"] == 39
    assert len({chunk["id"] for chunk in (first, *pieces, last, usage)}) == 1


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        (chat(""), 400, "messages"),
        (chat("a" * 2000), 400, "messages"),
        ({"model": "ragqa", "messages": []}, 400, "messages"),
        ({"model": "ragqa", "messages": [{"role": "assistant", "content": "Yes."}]}, 400, "messages"),
        (chat([{"type": "image_url", "image_url": {"url": "x"}}]), 400, "messages[0].content[0].type"),
        (chat("May it jump?", n=2), 400, "n"),
        (chat("May it jump?", ragqa={"lang": "fr"}), 400, "ragqa.lang"),
        (chat("May it jump?", ragqa={"unheard": 1}), 400, "ragqa.unheard"),
        ({"model": "gpt-5", "messages": [{"role": "user", "content": "May it jump?"}]}, 404, None),
    ],
)
def test_what_does_not_fit_is_told_in_the_shape_of_openai(
    client: Client, body: dict[str, Any], status: int, param: str | None
) -> None:
    response = client.post(PATH, json=body)
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (status, param), error
    assert error["type"] == ("not_found_error" if status == 404 else "invalid_request_error")
    assert error["code"] == ("model_not_found" if status == 404 else "invalid-input")


def test_what_cannot_be_read_is_told_in_the_shape_of_openai(client: Client) -> None:
    response = client.post(PATH, content=b"{", headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "malformed-body")


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (Overloaded("full", retry_after=3), 503, "overloaded"),
        (GenerationFailed("the model stopped"), 502, "generation-failed"),
        (RuntimeError("secret"), 500, "internal"),
    ],
)
def test_failures_keep_their_status_and_code(
    client: Client, generator: ScriptedGenerator, failure: Exception, status: int, code: str
) -> None:
    generator.failure = failure
    response = client.post(PATH, json=chat("May it jump?"))
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert response.headers.get("Retry-After") == ("3" if status == 503 else None)
    assert "secret" not in response.text
    streamed = client.post(PATH, json=chat("May it jump?", stream=True)).text.split("event: error")[1]
    assert json.loads(streamed.split("data: ")[1])["error"]["code"] == code


def test_there_is_one_model(client: Client) -> None:
    [listed] = client.get("/v1/models").json()["data"]
    assert listed["id"] == "ragqa"
    assert client.get("/v1/models/ragqa").json() == listed
    assert client.get("/v1/models/gpt-5").json()["error"]["code"] == "model_not_found"
