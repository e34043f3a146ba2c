"""Writes that are sent again with the same Idempotency-Key."""

import json
from typing import Any

import pytest
from litestar.testing import TestClient

from ragqa.bootstrap import Service
from ragqa.corpus.keys import Scope
from tests.integration.api_parts import problem

Client = TestClient[Any]
FOX = {"card_id": "1", "names": {"en": "Fox"}}
CAT = {"card_id": "1", "names": {"en": "Cat"}}
KEY = {"Idempotency-Key": "5f0c"}


def test_a_write_sent_again_is_done_once_and_answered_the_same(client: Client, service: Service) -> None:
    first = client.put("/v1/cards/1", json=FOX, headers=KEY)
    assert "idempotent-replayed" not in first.headers
    client.put("/v1/cards/1", json=CAT)
    again = client.put("/v1/cards/1", json=FOX, headers=KEY)
    assert (again.status_code, again.json(), again.headers["etag"]) == (201, first.json(), first.headers["etag"])
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert client.get("/v1/cards/1").json()["names"] == {"en": "Cat"}


def test_an_import_sent_again_tells_what_the_first_one_did(client: Client) -> None:
    headers = {**KEY, "Content-Type": "application/jsonl"}
    body = json.dumps(FOX).encode()
    assert client.post("/v1/import", content=body, headers=headers).json()["added"] == {"card": 1}
    assert client.post("/v1/import", content=body, headers=headers).json()["added"] == {"card": 1}
    assert client.post("/v1/import", content=body, headers=headers | {"Idempotency-Key": "b"}).json()["added"] == {}


def test_a_removal_sent_again_is_no_404(client: Client) -> None:
    client.put("/v1/cards/1", json=FOX)
    assert client.delete("/v1/cards/1", headers=KEY).status_code == 200
    assert client.delete("/v1/cards/1", headers=KEY).status_code == 200
    problem(client.delete("/v1/cards/1"), 404, "not-found")


@pytest.mark.parametrize(
    ("path", "body", "more"),
    [("/v1/cards/1", CAT, {}), ("/v1/cards/2", FOX, {}), ("/v1/cards/1", FOX, {"If-Match": "*"})],
)
def test_another_write_under_the_same_key_is_refused(
    client: Client, path: str, body: dict[str, Any], more: dict[str, str]
) -> None:
    client.put("/v1/cards/1", json=FOX, headers=KEY)
    refused = problem(client.put(path, json=body, headers=KEY | more), 422, "invalid-input")
    assert refused["field"] == "Idempotency-Key"
    assert client.get("/v1/cards/1").json()["names"] == {"en": "Fox"}


def test_what_was_refused_may_be_tried_again(client: Client) -> None:
    problem(client.put("/v1/cards/1", json={**FOX, "names": {}}, headers=KEY), 422, "invalid-input")
    assert client.put("/v1/cards/1", json=FOX, headers=KEY).status_code == 201


def test_keys_of_other_callers_do_not_meet(client: Client, service: Service) -> None:
    callers = [
        {"Authorization": f"Bearer {service.store.keys.create(name, [Scope.MAINTAIN])[1]}"} for name in ("momo", "nini")
    ]
    assert [client.put("/v1/cards/1", json=FOX, headers=KEY | caller).status_code for caller in callers] == [201, 200]
    problem(client.put("/v1/cards/1", json=FOX, headers=KEY), 401, "unauthorized")


@pytest.mark.parametrize("key", ["", "a b", "x" * 201])
def test_a_key_that_does_not_fit_is_told(client: Client, key: str) -> None:
    told = problem(client.put("/v1/cards/1", json=FOX, headers={"Idempotency-Key": key}), 422, "invalid-input")
    assert told["field"] == "Idempotency-Key"


def test_the_answer_that_holds_a_token_is_not_kept(client: Client, service: Service) -> None:
    admin = {"Authorization": f"Bearer {service.store.keys.create('root', [Scope.ADMIN])[1]}"}
    body = {"name": "bot", "scopes": ["ask"]}
    tokens = {client.post("/v1/keys", json=body, headers=KEY | admin).json()["token"] for _ in range(2)}
    assert len(tokens) == 2
