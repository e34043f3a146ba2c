"""POST /v1/import: all or nothing, line by line."""

import json
from pathlib import Path
from typing import Any

import httpx
from litestar.testing import TestClient

from ragqa.bootstrap import Service
from ragqa.datatypes import SourceKind
from tests.integration.api_parts import ScriptedGenerator, api_settings, events_of, problem, scripted_service, serving
from tests.integration.corpus_parts import ruling

Client = TestClient[Any]
JSONL = {"Content-Type": "application/jsonl"}


def _cards(count: int) -> list[str]:
    return [json.dumps({"card_id": str(number), "names": {"en": f"Fox {number}"}}) for number in range(1, count + 1)]


def _import(client: Client, lines: list[str], **params: str) -> httpx.Response:
    return client.post("/v1/import", content="\n".join(lines).encode(), headers=JSONL, params=params)


def test_an_import_counts_what_it_did_by_kind(client: Client) -> None:
    lines = [*_cards(2), '{"rule_id": "chains", "heading": {"en": "Chains"}, "text": {"en": "Backwards."}}']
    report = _import(client, lines).json()
    assert (report["added"], report["refused"], report["corpus_version"]) == ({"card": 2, "rule": 1}, 0, 1)
    assert _import(client, lines).json()["unchanged"] == {"card": 2, "rule": 1}


def test_a_malformed_line_7_of_10_names_the_line_and_nothing_is_imported(client: Client, service: Service) -> None:
    lines = _cards(10)
    lines[6] = '{"card_id": "7", '
    assert problem(_import(client, lines), 422, "invalid-input")["line"] == 7
    assert service.store.count(SourceKind.CARD) == 0


def test_a_line_that_does_not_fit_names_its_field(client: Client) -> None:
    told = problem(_import(client, [*_cards(1), '{"card_id": "2", "names": {}}']), 422, "invalid-input")
    assert (told["line"], told["field"]) == (2, "names")


def test_with_keep_going_the_sound_lines_are_imported(client: Client, service: Service) -> None:
    lines = _cards(10)
    lines[6] = "\xff"
    report = _import(client, lines, keep_going="true").json()
    assert (report["added"], report["refused"]) == ({"card": 9}, 1)
    assert report["refusals"][0]["line"] == 7
    assert service.store.count(SourceKind.CARD) == 9


def test_many_withdrawals_at_once_have_to_be_accepted(client: Client, service: Service) -> None:
    for number in range(21):
        service.add(ruling(f"qa-{number}"))
    lines = [
        json.dumps(
            {
                "ruling_id": f"qa-{number}",
                "lang": "en",
                "question": {"en": "?"},
                "answer": {"en": "No."},
                "withdrawn": "2025-01-01",
                "source": "qa",
            }
        )
        for number in range(21)
    ]
    problem(_import(client, lines), 409, "suspicious-withdrawals")
    assert _import(client, lines, accept_withdrawals="true").json()["changed"] == {"ruling": 21}


def test_an_empty_import_is_refused(client: Client) -> None:
    problem(_import(client, []), 400, "malformed-body")


def test_another_content_type_is_refused(client: Client) -> None:
    response = client.post("/v1/import", content=b"<xml/>", headers={"Content-Type": "application/xml"})
    problem(response, 415, "unsupported-media-type")


def test_an_import_may_be_larger_than_other_bodies_up_to_its_own_limit(
    tmp_path: Path, generator: ScriptedGenerator
) -> None:
    settings = api_settings(tmp_path, max_body_bytes=1000, max_import_bytes=3000)
    with serving(scripted_service(settings, generator)) as client:
        assert _import(client, _cards(40)).status_code == 200
        problem(_import(client, _cards(100)), 413, "too-large")


def test_an_import_tells_how_far_it_is_and_its_result_or_what_was_wrong(client: Client) -> None:
    events = {**JSONL, "Accept": "text/event-stream"}
    body = "\n".join(
        json.dumps({"card_id": str(number), "names": {"en": f"Fox {number}"}, "texts": {"en": "It jumps."}})
        for number in range(300)
    )
    told = events_of(client.post("/v1/import", content=body.encode(), headers=events).text)
    assert told[-1][0] == "result" and json.loads(told[-1][1])["added"] == {"card": 300}
    assert {name for name, _ in told[:-1]} <= {"progress"}
    wrong = events_of(client.post("/v1/import", content=b"{", headers=events).text)
    assert [name for name, _ in wrong] == ["error"] and json.loads(wrong[0][1])["line"] == 1
    problem(client.post("/v1/import", content=b"", headers=events), 400, "malformed-body")
