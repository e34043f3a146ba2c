"""Evaluations over HTTP, on a test set of two questions."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from ragqa.bootstrap import Service
from ragqa.evaluation.runs import load_header, write_header
from tests.integration.api_parts import ScriptedGenerator, events_of, problem, serving
from tests.integration.corpus_parts import card
from tests.unit.evaluation.row_parts import run as small_run

Client = TestClient[Any]


@pytest.fixture
def service(service: Service) -> Service:
    folder: Path = service.settings.corpus_dir
    folder.mkdir()
    rows = [
        {
            "query_id": "q1",
            "lang": "en",
            "question": "Glimmerwick Moth?",
            "verdict": "yes",
            "ruling_ids": ["r1"],
            "split": "dev",
        },
        {"query_id": "q2", "lang": "en", "question": "Is Glimmerwick Moth red?", "verdict": "unknown", "split": "test"},
    ]
    (folder / "testset.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    service.add(card("1", name="Glimmerwick Moth"))
    return service


def test_an_evaluation_runs_beside_and_ends_with_its_measures(client: Client) -> None:
    assert client.get("/v1/evaluations").json() == []
    started = client.post("/v1/evaluations", json={"seed": 7})
    assert started.status_code == 202
    run = started.json()
    assert (run["test_set"], run["questions"], run["seed"], run["arm"]) == ("testset", 2, 7, "normal")
    where = started.headers["location"]
    assert where == f"/v1/evaluations/{run['run_id']}"
    while (found := client.get(where).json())["run"]["status"] == "running" or found["measures"] is None:
        pass
    assert (found["run"]["status"], found["asked"]) == ("finished", 2)
    assert found["measures"]["errors"] == 0
    # The scripted generator says yes to both: one is right, the one to be declined is wrong.
    assert (found["measures"]["all"]["correct"]["count"], found["measures"]["all"]["wrong"]["count"]) == (1, 1)
    assert [header["run_id"] for header in client.get("/v1/evaluations").json()] == [run["run_id"]]


def test_a_split_can_be_chosen(client: Client) -> None:
    run = client.post("/v1/evaluations", json={"split": "dev"}).json()
    assert (run["test_set"], run["questions"]) == ("testset-dev", 1)


def test_a_run_is_watched_to_its_end(client: Client) -> None:
    run_id = client.post("/v1/evaluations", json={}).json()["run_id"]
    watched = client.get(f"/v1/evaluations/{run_id}/events")
    assert watched.headers["content-type"].startswith("text/event-stream")
    *progress, (last, data) = events_of(watched.text)
    asked = [json.loads(told)["asked"] for name, told in progress if name == "progress"]
    assert len(asked) == len(progress) and asked == sorted(asked)
    ended = json.loads(data)
    assert (last, ended["run"]["status"], ended["asked"], ended["measures"]["errors"]) == (
        "evaluation",
        "finished",
        2,
        0,
    )
    # Of a run that is over only its end is told.
    assert events_of(client.get(f"/v1/evaluations/{run_id}/events").text) == [(last, data)]


def test_others_wait_their_turn_and_can_be_cancelled(client: Client, generator: ScriptedGenerator) -> None:
    generator.held = True
    first, second, third = (client.post("/v1/evaluations", json={}).json()["run_id"] for _ in range(3))
    generator.running.acquire()
    assert [header["status"] for header in client.get("/v1/evaluations").json()].count("waiting") == 2

    cancelled = client.post(f"/v1/evaluations/{second}/cancel")
    assert (cancelled.status_code, cancelled.json()["run"]["status"]) == (200, "stopped")
    assert problem(client.post(f"/v1/evaluations/{second}/cancel"), 409, "conflict")["detail"].startswith(
        f"run '{second}' is stopped"
    )
    generator.held = False
    assert client.post(f"/v1/evaluations/{first}/cancel").json()["run"]["status"] == "stopped"
    # The one that is left takes its turn.
    _, data = events_of(client.get(f"/v1/evaluations/{third}/events").text)[-1]
    assert json.loads(data)["run"]["status"] == "finished"
    problem(client.post("/v1/evaluations/none/cancel"), 404, "not-found")


def test_the_servers_end_leaves_runs_resumable(service: Service, generator: ScriptedGenerator) -> None:
    generator.held = True
    with serving(service) as client:
        run_ids = [client.post("/v1/evaluations", json={}).json()["run_id"] for _ in range(2)]
        generator.running.acquire()
    assert [load_header(service.settings.home, run_id).status for run_id in run_ids] == ["stopped", "stopped"]


def test_a_run_whose_server_was_killed_is_told_as_stopped(service: Service) -> None:
    home = service.settings.home
    write_header(home, msgspec.structs.replace(small_run([]).header, run_id="killed", status="running"))
    with serving(service) as client:
        assert client.get("/v1/evaluations/killed").json()["run"]["status"] == "stopped"


def test_a_finished_run_has_a_page_and_runs_are_compared(client: Client) -> None:
    run_ids = [client.post("/v1/evaluations", json={"arm": arm}).json()["run_id"] for arm in ("normal", "oracle")]
    for run_id in run_ids:
        client.get(f"/v1/evaluations/{run_id}/events")
    page = client.get(f"/v1/evaluations/{run_ids[0]}/report")
    assert page.headers["content-type"].startswith("text/html") and run_ids[0] in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]

    [compared] = client.get("/v1/comparisons", params={"run": run_ids}).json()["comparisons"]
    assert [compared[which]["run_id"] for which in ("first", "second")] == run_ids
    assert "the control arms differ: normal and oracle" in compared["warnings"]
    several = client.get("/v1/comparisons/report", params={"run": [*run_ids, run_ids[0]]})
    assert f"2 runs against {run_ids[0]}" in several.text


def test_what_cannot_be_compared_is_told(client: Client) -> None:
    run_ids = [client.post("/v1/evaluations", json={"split": split}).json()["run_id"] for split in ("dev", "test")]
    for run_id in run_ids:
        client.get(f"/v1/evaluations/{run_id}/events")
    for path in ("/v1/comparisons", "/v1/comparisons/report"):
        told = problem(client.get(path, params={"run": run_ids}), 422, "invalid-input")["detail"]
        assert "only runs of the same questions can be compared" in told
        problem(client.get(path, params={"run": [run_ids[0], "none"]}), 404, "not-found")
        assert problem(client.get(path, params={"run": run_ids[:1]}), 422, "invalid-input")["field"] == "run"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"test_set": "none"}, "test_set"),
        ({"test_set": "../secrets"}, "test_set"),
        ({"split": "train"}, "split"),
        ({"arm": "leg"}, "arm"),
        ({"parallel": 0}, "parallel"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_does_not_fit_is_told(client: Client, body: dict[str, Any], field: str) -> None:
    assert problem(client.post("/v1/evaluations", json=body), 422, "invalid-input")["field"] == field


def test_a_run_that_is_not_there(client: Client) -> None:
    for path in ("", "/events", "/report"):
        problem(client.get(f"/v1/evaluations/none{path}"), 404, "not-found")
    problem(client.get("/v1/evaluations/..%2Fx"), 404, "no-such-path")
