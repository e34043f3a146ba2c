"""Cards, rulings and rules over HTTP: versions, preconditions, history."""

from typing import Any

import pytest
from litestar.testing import TestClient

from ragqa.bootstrap import Service
from ragqa.datatypes import SourceKind
from tests.integration.api_parts import problem

Client = TestClient[Any]
FOX = {"card_id": "1", "names": {"en": "Fox"}, "texts": {"en": "It jumps."}}
CAT = {**FOX, "names": {"en": "Cat"}}
RULING = {
    "ruling_id": "qa-1",
    "lang": "en",
    "question": {"en": "May Fox jump?"},
    "answer": {"en": "Yes."},
    "verdict": "yes",
    "card_ids": ["1"],
}
RULE = {"rule_id": "chains", "heading": {"en": "Chains"}, "text": {"en": "They resolve backwards."}}


@pytest.mark.parametrize(
    ("path", "body"), [("/v1/cards/1", FOX), ("/v1/rulings/qa-1", RULING), ("/v1/rules/chains", RULE)]
)
def test_what_is_put_is_what_is_read_until_it_is_deleted(client: Client, path: str, body: dict[str, Any]) -> None:
    put = client.put(path, json=body)
    assert (put.status_code, put.headers["etag"]) == (201, '"1"')
    assert (put.json()["version"], put.json()["corpus_version"]) == (1, 1)
    read = client.get(path)
    assert (read.status_code, read.headers["etag"]) == (200, '"1"')
    assert {field: read.json()[field] for field in body} == body
    deleted = client.delete(path)
    assert (deleted.status_code, deleted.json()["corpus_version"]) == (200, 2)
    problem(client.get(path), 404, "not-found")
    problem(client.delete(path), 404, "not-found")


def test_a_replacement_is_200_and_moves_the_version(client: Client) -> None:
    client.put("/v1/cards/1", json=FOX)
    replaced = client.put("/v1/cards/1", json=CAT)
    assert (replaced.status_code, replaced.headers["etag"], replaced.json()["corpus_version"]) == (200, '"2"', 2)


def test_putting_the_same_again_keeps_the_version(client: Client) -> None:
    client.put("/v1/cards/1", json=FOX)
    client.put("/v1/rules/chains", json=RULE)
    again = client.put("/v1/cards/1", json=FOX)
    assert (again.status_code, again.headers["etag"], again.json()["corpus_version"]) == (200, '"1"', 2)


def test_a_lost_update_is_refused(client: Client) -> None:
    tag = client.put("/v1/cards/1", json=FOX).headers["etag"]
    assert client.put("/v1/cards/1", json=CAT, headers={"If-Match": tag}).status_code == 200
    stale = client.put("/v1/cards/1", json=FOX, headers={"If-Match": tag})
    assert "read it again" in problem(stale, 412, "stale-write")["detail"]
    assert client.get("/v1/cards/1").json()["names"] == {"en": "Cat"}
    problem(client.delete("/v1/cards/1", headers={"If-Match": tag}), 412, "stale-write")
    assert client.delete("/v1/cards/1", headers={"If-Match": '"2"'}).status_code == 200


@pytest.mark.parametrize(
    ("if_match", "status"), [('"1"', 200), ('"7", "1"', 200), ("*", 200), ('W/"1"', 412), ('"7"', 412), ("1", 412)]
)
def test_if_match_compares_strongly(client: Client, if_match: str, status: int) -> None:
    client.put("/v1/cards/1", json=FOX)
    assert client.put("/v1/cards/1", json=CAT, headers={"If-Match": if_match}).status_code == status


def test_if_match_on_what_is_not_there_is_refused(client: Client) -> None:
    problem(client.put("/v1/cards/1", json=FOX, headers={"If-Match": "*"}), 412, "stale-write")
    problem(client.delete("/v1/cards/1", headers={"If-Match": '"1"'}), 412, "stale-write")


def test_create_only_never_replaces(client: Client) -> None:
    only = {"If-None-Match": "*"}
    assert client.put("/v1/cards/1", json=FOX, headers=only).status_code == 201
    problem(client.put("/v1/cards/1", json=CAT, headers=only), 409, "duplicate-source")
    assert client.get("/v1/cards/1").json()["names"] == {"en": "Fox"}
    bad = client.put("/v1/cards/1", json=CAT, headers={"If-None-Match": '"1"'})
    assert problem(bad, 422, "invalid-input")["field"] == "If-None-Match"


def test_a_version_known_already_is_not_sent_again(client: Client) -> None:
    client.put("/v1/cards/1", json=FOX)
    same = client.get("/v1/cards/1", headers={"If-None-Match": 'W/"1"'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", '"1"')
    assert client.get("/v1/cards/1", headers={"If-None-Match": '"2"'}).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"card_id": "1", "names": {}}, "names"),
        ({"card_id": "1"}, "names"),
        ({"card_id": "1", "names": {"fr": "Renard"}}, "names.fr"),
        ({"card_id": "2", "names": {"en": "Fox"}}, "card_id"),
        ({**FOX, "konami_id": "12"}, "konami_id"),
        ({**FOX, "colour": "red"}, "colour"),
        ({**FOX, "valid_from": "yesterday"}, "valid_from"),
    ],
)
def test_a_card_that_does_not_fit_is_told_which_field(
    client: Client, service: Service, body: dict[str, Any], field: str
) -> None:
    assert problem(client.put("/v1/cards/1", json=body), 422, "invalid-input")["field"] == field
    assert service.store.corpus_version() == 0


def test_history_tells_what_each_version_changed(client: Client) -> None:
    client.put("/v1/cards/1", json=FOX)
    client.put("/v1/cards/1", json={**CAT, "aliases": {"en": ["Kitty"]}})
    client.delete("/v1/cards/1")
    versions = client.get("/v1/cards/1/history").json()
    assert [(version["version"], version["deleted"]) for version in versions] == [(1, False), (2, False), (3, True)]
    assert versions[1]["changes"] == [
        {"field": "aliases.en", "before": None, "after": ["Kitty"]},
        {"field": "names.en", "before": "Fox", "after": "Cat"},
    ]
    assert {"field": "names.en", "before": "Cat", "after": None} in versions[2]["changes"]
    problem(client.get("/v1/cards/2/history"), 404, "not-found")


def test_kinds_do_not_meet(client: Client, service: Service) -> None:
    client.put("/v1/cards/1", json=FOX)
    problem(client.get("/v1/rulings/1"), 404, "not-found")
    assert service.store.count(SourceKind.RULING) == 0


def test_lists_come_page_by_page_in_a_stable_order(client: Client) -> None:
    for card_id in ("3", "1", "2", "10"):
        client.put(f"/v1/cards/{card_id}", json={**FOX, "card_id": card_id})
    seen, cursor = [], None
    while True:
        page = client.get("/v1/cards", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [[item["card_id"] for item in page["items"]]]
        if (cursor := page["next_cursor"]) is None:
            break
        # What comes before the cursor meanwhile changes nothing of what comes after it.
        client.delete("/v1/cards/1")
    assert [ids for ids in seen if ids] == [["1", "10"], ["2", "3"]]
    assert client.get("/v1/rulings").json() == client.get("/v1/rules").json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("query", "field"),
    [("cursor=%21", "cursor"), ("cursor=MQ", "cursor"), ("limit=0", "limit"), ("limit=201", "limit")],
)
def test_a_page_that_does_not_fit_is_told(client: Client, query: str, field: str) -> None:
    assert problem(client.get(f"/v1/cards?{query}"), 422, "invalid-input")["field"] == field
