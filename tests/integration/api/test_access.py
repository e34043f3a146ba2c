"""Keys and scopes over HTTP: who may ask, change, evaluate and manage, with a key and without."""

from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from ragqa.api.access import scope_needed
from ragqa.api.app import create_app
from ragqa.bootstrap import Service
from ragqa.corpus.keys import Scope
from tests.integration.api_parts import ScriptedGenerator, api_settings, problem, scripted_service, serving

Client = TestClient[Any]
FOX = {"card_id": "1", "names": {"en": "Fox"}}
OPERATIONS: dict[Scope, tuple[str, str, Any]] = {
    Scope.ASK: ("POST", "/v1/ask", {"question": "May the fox jump?"}),
    Scope.MAINTAIN: ("PUT", "/v1/cards/1", FOX),
    Scope.EVALUATE: ("POST", "/v1/evaluations", {"test_set": "none"}),
    Scope.ADMIN: ("GET", "/v1/keys", None),
}
REFUSED = (401, 403)


def _status(client: Client, scope: Scope, headers: dict[str, str]) -> int:
    method, path, body = OPERATIONS[scope]
    return client.request(method, path, json=body, headers=headers).status_code


def _bearer(service: Service, *scopes: Scope) -> dict[str, str]:
    return {"Authorization": f"Bearer {service.store.keys.create('key', scopes)[1]}"}


@pytest.mark.parametrize(
    ("held", "allowed"),
    [
        (Scope.ASK, {Scope.ASK}),
        (Scope.MAINTAIN, {Scope.ASK, Scope.MAINTAIN}),
        (Scope.EVALUATE, {Scope.ASK, Scope.EVALUATE}),
        (Scope.ADMIN, set(Scope)),
    ],
)
def test_a_key_may_do_what_its_scope_says_and_no_more(
    client: Client, service: Service, held: Scope, allowed: set[Scope]
) -> None:
    headers = _bearer(service, held)
    assert {scope for scope in Scope if _status(client, scope, headers) not in REFUSED} == allowed
    for scope in set(Scope) - allowed:
        method, path, body = OPERATIONS[scope]
        told = problem(client.request(method, path, json=body, headers=headers), 403, "forbidden")
        assert f"scope {scope}" in told["detail"]


def test_without_a_key_asking_is_open_and_the_rest_is_not_once_there_is_one(client: Client, service: Service) -> None:
    assert _status(client, Scope.MAINTAIN, {}) == 201
    service.store.keys.create("first", [Scope.ASK])
    assert {scope for scope in Scope if _status(client, scope, {}) not in REFUSED} == {Scope.ASK}
    response = client.put("/v1/cards/1", json=FOX)
    assert "ragqa keys create NAME --scope maintain" in problem(response, 401, "unauthorized")["detail"]
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_keys_and_audit_are_never_open(tmp_path: Path, generator: ScriptedGenerator) -> None:
    with serving(scripted_service(api_settings(tmp_path, open_writes=True), generator)) as client:
        for path in ("/v1/keys", "/v1/audit"):
            problem(client.get(path), 401, "unauthorized")
        problem(client.post("/v1/keys", json={"name": "me", "scopes": ["admin"]}), 401, "unauthorized")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.9"},
        {"Forwarded": "for=203.0.113.9"},
        {"Host": "ragqa.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_only_the_machine_itself_writes_without_a_key(client: Client, headers: dict[str, str]) -> None:
    assert _status(client, Scope.MAINTAIN, {"Host": "localhost:8000", "Origin": "http://localhost:8000"}) == 201
    problem(client.put("/v1/cards/2", json={**FOX, "card_id": "2"}, headers=headers), 401, "unauthorized")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"host": "0.0.0.0"}, 401),
        ({"host": "shop.example"}, 401),
        ({"host": "0.0.0.0", "open_writes": True}, 201),
        ({"host": "::1"}, 201),
    ],
)
def test_a_server_that_others_reach_takes_keys_for_writes_unless_told_otherwise(
    tmp_path: Path, generator: ScriptedGenerator, changes: dict[str, Any], status: int
) -> None:
    with serving(scripted_service(api_settings(tmp_path, **changes), generator)) as client:
        assert client.put("/v1/cards/1", json=FOX).status_code == status


def test_asking_may_take_a_key(tmp_path: Path, generator: ScriptedGenerator) -> None:
    service = scripted_service(api_settings(tmp_path, open_asking=False), generator)
    with serving(service) as client:
        for path in ("/v1/cards/1", "/v1/search?q=fox", "/v1/evaluations"):
            problem(client.get(path), 401, "unauthorized")
        problem(client.post("/v1/ask", json={"question": "Fox?"}), 401, "unauthorized")
        headers = _bearer(service, Scope.ASK)
        assert client.get("/v1/search?q=fox", headers=headers).status_code == 200
        assert client.get("/livez").status_code == 200
        assert client.get("/docs/openapi.json").json()["paths"]["/v1/ask"]["post"]["security"] == [{"key": []}]


def test_a_key_of_ours_that_does_not_hold_is_refused_and_another_token_is_nobody(
    client: Client, service: Service
) -> None:
    headers = _bearer(service, Scope.ASK)
    [key] = service.store.keys.list_all()
    assert _status(client, Scope.ASK, headers) == 200
    service.store.keys.revoke(key.key_id)
    told = problem(client.post("/v1/ask", json={"question": "Fox?"}, headers=headers), 401, "unauthorized")
    assert "revoked" in told["detail"]
    assert _status(client, Scope.ASK, {"Authorization": "Bearer sk-anything"}) == 200


def test_keys_are_made_listed_rotated_and_revoked(client: Client, service: Service) -> None:
    admin = _bearer(service, Scope.ADMIN)
    made = client.post("/v1/keys", json={"name": "bot", "scopes": ["maintain"], "expires_in_days": 30}, headers=admin)
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    token, key_id = made.json()["token"], made.json()["key"]["key_id"]
    listed = client.get("/v1/keys", headers=admin)
    assert {key["name"] for key in listed.json()} == {"key", "bot"}
    assert token not in listed.text
    rotated = client.post(f"/v1/keys/{key_id}/rotate", headers=admin).json()
    assert _status(client, Scope.MAINTAIN, {"Authorization": f"Bearer {token}"}) == 401
    assert _status(client, Scope.MAINTAIN, {"Authorization": f"Bearer {rotated['token']}"}) == 201
    assert client.delete(f"/v1/keys/{rotated['key']['key_id']}", headers=admin).json()["revoked_at"]
    problem(client.delete(f"/v1/keys/{rotated['key']['key_id']}", headers=admin), 404, "not-found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "", "scopes": ["ask"]}, "name"),
        ({"name": "bot", "scopes": []}, "scopes"),
        ({"name": "bot", "scopes": ["root"]}, "scopes[0]"),
        ({"name": "bot", "scopes": ["ask"], "expires_in_days": 0}, "expires_in_days"),
    ],
)
def test_a_key_that_does_not_fit_is_told(client: Client, service: Service, body: dict[str, Any], field: str) -> None:
    told = problem(client.post("/v1/keys", json=body, headers=_bearer(service, Scope.ADMIN)), 422, "invalid-input")
    assert told["field"] == field


def test_the_audit_tells_who_changed_what_page_by_page(client: Client, service: Service) -> None:
    client.put("/v1/cards/1", json=FOX, headers={"X-Request-ID": "r-anonymous"})
    maintainer, admin = _bearer(service, Scope.MAINTAIN), _bearer(service, Scope.ADMIN)
    client.put("/v1/cards/1", json={**FOX, "kind": "monster"}, headers={**maintainer, "X-Request-ID": "r-keyed"})
    page = client.get("/v1/audit", params={"limit": 1}, headers=admin).json()
    [entry] = page["items"]
    key_id = maintainer["Authorization"].split("_")[1]
    assert (entry["author"], entry["key_id"], entry["request_id"]) == ("key", key_id, "r-keyed")
    assert (entry["kind"], entry["source_id"], entry["version_before"], entry["version_after"]) == ("card", "1", 1, 2)
    older = client.get("/v1/audit", params={"cursor": page["next_cursor"]}, headers=admin).json()
    assert [(entry["author"], entry["action"].split(" ")[0]) for entry in older["items"]] == [
        ("ragqa", "create"),
        ("ragqa", "create"),
        ("anonymous", "add"),
    ]
    assert older["items"][-1]["request_id"] == "r-anonymous"
    assert older["next_cursor"] is None


def _needed(app: Litestar) -> dict[tuple[str, str], Scope | None]:
    return {
        (method, route.path): scope_needed(handler, route.path)
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods - {"OPTIONS"}
    }


def test_every_handler_says_what_it_needs(tmp_path: Path) -> None:
    """Whatever is added: what changes something takes at least `maintain`, unless it is listed here."""
    needed = _needed(create_app(api_settings(tmp_path)))
    writing = {where: scope for where, scope in needed.items() if where[0] not in ("GET", "HEAD")}
    asking = ("/", "/v1/ask", "/v1/chat/completions")
    assert {where for where, scope in writing.items() if scope in (None, Scope.ASK) and where[1] not in asking} == set()
    assert {where[1] for where, scope in needed.items() if scope is None and where[1].startswith("/v1/")} == set()
    assert needed["GET", "/v1/audit"] is needed["POST", "/v1/keys"] is Scope.ADMIN
    assert needed["GET", "/v1/cards/{source_id:str}"] is Scope.ASK
    assert needed["GET", "/livez"] is None
