"""The evaluations page without a browser: starting, watching, reading and comparing runs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from ragqa.bootstrap import Service
from ragqa.corpus.keys import Scope
from tests.integration.api_parts import events_of

Client = TestClient[Any]
PIECE = {"X-Requested-With": "fetch"}


@pytest.fixture
def service(service: Service) -> Service:
    folder: Path = service.settings.corpus_dir
    folder.mkdir()
    rows = [
        {"query_id": "q1", "lang": "en", "question": "Moth?", "verdict": "yes", "split": "dev"},
        {"query_id": "q2", "lang": "en", "question": "Is it red?", "verdict": "unknown", "split": "test"},
    ]
    (folder / "testset.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "cards.jsonl").write_text('{"card_id": "1", "names": {"en": "Moth"}}\n')
    return service


def finished(client: Client, form: dict[str, str]) -> str:
    """Start a run, watch it to its end, and return its page's path."""
    started = client.post("/evaluations", data=form)
    assert started.status_code == 200, started.text
    path = started.url.path
    events = events_of(client.get(f"{path}/events").text)
    assert {name for name, _ in events} <= {"piece", "over"} and events[-1][0] == "over"
    return path


def test_only_test_sets_and_their_splits_are_offered(client: Client) -> None:
    page = client.get("/evaluations").text
    assert re.findall(r'<option value="(testset[^"]*|cards)">', page) == ["testset", "testset/dev", "testset/test"]
    assert "Nothing was measured yet." in page


def test_a_run_shows_its_figures_with_intervals_and_is_listed(client: Client) -> None:
    path = finished(client, {"questions": "testset/dev", "arm": "closed-book"})
    page = client.get(path, headers=PIECE).text
    # The scripted generator says yes without a passage to cite, so the one question is declined: Wilson of 0 in 1.
    assert "<html" not in page and "0.0–79.3 % · 0/1" in page
    assert "control: without any passage" in page and "MCC" in page
    assert f'href="{path}"' in client.get("/evaluations").text


def test_two_runs_are_compared_and_one_alone_is_not(client: Client) -> None:
    paths = [finished(client, {"questions": "testset"}) for _ in range(2)]
    runs = [path.rsplit("/", 1)[1] for path in paths]
    page = client.get("/evaluations/compare", params={"run": runs})
    assert page.status_code == 200 and "+0.000" in page.text
    alone = client.get("/evaluations/compare", params={"run": runs[0]})
    assert alone.status_code == 422 and "choose two runs" in alone.text


@pytest.mark.parametrize("form", [{"questions": "nothing"}, {"questions": "../testset"}, {"arm": "moon"}])
def test_what_cannot_be_started_is_told(client: Client, form: dict[str, str]) -> None:
    told = client.post("/evaluations", data={"questions": "testset", **form}, headers=PIECE)
    assert told.status_code == 422 and 'role="alert"' in told.text
    assert client.get("/evaluations/runs/none").status_code == 404


def test_a_run_that_is_over_cannot_be_stopped(client: Client) -> None:
    path = finished(client, {"questions": "testset"})
    assert client.post(f"{path}/cancel").status_code == 409


def test_starting_takes_a_key_that_may_evaluate(client: Client, service: Service) -> None:
    _, player = service.store.keys.create("player", [Scope.ASK])
    for token, status in (("", 401), (player, 403)):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        assert client.post("/evaluations", data={"questions": "testset"}, headers=headers).status_code == status
