"""Evaluations over HTTP, on a test set of two questions."""

import json
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from ragqa.bootstrap import Service
from tests.integration.api_parts import ScriptedGenerator, problem, serving
from tests.integration.corpus_parts import card

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


def test_one_at_a_time_and_the_server_ends_it_resumable(service: Service, generator: ScriptedGenerator) -> None:
    generator.held = True
    with serving(service) as client:
        started = client.post("/v1/evaluations", json={}).json()
        generator.running.acquire()
        problem(client.post("/v1/evaluations", json={}), 409, "conflict")
    header = json.loads((service.settings.home / "runs" / started["run_id"] / "run.json").read_text())
    assert header["status"] == "stopped"


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
    problem(client.get("/v1/evaluations/none"), 404, "not-found")
    problem(client.get("/v1/evaluations/..%2Fx"), 404, "no-such-path")
