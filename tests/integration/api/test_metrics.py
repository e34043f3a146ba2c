"""GET /metrics, and that what the dashboard asks for is there."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog
from litestar.testing import TestClient

from ragqa.api.request_log import answer_log
from ragqa.bootstrap import Service
from ragqa.datatypes import Language, Question, Verdict
from ragqa.errors import Overloaded
from ragqa.protocols import Delta, GeneratorLoad, Prompt
from tests.integration.api_parts import (
    RulingGateOfOne,
    ScriptedGenerator,
    api_settings,
    scripted_service,
    serving,
)
from tests.integration.corpus_parts import card, ruling
from tests.unit.cli.parts import YES

Client = TestClient[Any]
DASHBOARD = Path(__file__).parents[3] / "deploy" / "grafana.json"


class Loaded(ScriptedGenerator):
    def load(self) -> GeneratorLoad:
        return GeneratorLoad(running=3, waiting=5, kv_tokens=40_000, kv_used=1234)


def metrics(client: Client) -> dict[str, float]:
    """Every sample by its name and labels, as Prometheus writes them."""
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    lines = [line for line in response.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_answers_are_counted_by_verdict_basis_and_language(client: Client, service: Service) -> None:
    service.add(card("1", name="Glimmerwick Moth"))
    for path, body in (
        ("/v1/ask", {"question": "May Glimmerwick Moth jump?"}),
        ("/v1/chat/completions", {"model": "ragqa", "messages": [{"role": "user", "content": "May it jump?"}]}),
    ):
        assert client.post(path, json=body).status_code == 200
    found = metrics(client)
    assert found['ragqa_questions_total{basis="reasoned",lang="en",verdict="yes"}'] == 1
    assert found['ragqa_questions_total{basis="insufficient",lang="en",verdict="unknown"}'] == 1
    assert found['ragqa_tokens_total{kind="completion"}'] == 18
    for stage in ("linking", "retrieval", "gate", "generation", "attribution", "total"):
        assert found[f'ragqa_stage_seconds_count{{stage="{stage}"}}'] == 2
    assert found['ragqa_request_seconds_count{method="POST",path="/v1/ask",status="200"}'] == 1


def test_refusals_are_counted_by_reason_in_every_form(client: Client, generator: ScriptedGenerator) -> None:
    generator.failure = Overloaded("full")
    question = {"question": "May it jump?"}
    chat = {"model": "ragqa", "stream": True, "messages": [{"role": "user", "content": "May it jump?"}]}
    client.post("/v1/ask", json=question)
    client.post("/v1/ask", json=question, headers={"Accept": "text/event-stream"})
    client.post("/v1/chat/completions", json=chat)
    client.post("/v1/ask", json={"question": ""})
    found = metrics(client)
    assert found['ragqa_refusals_total{reason="overloaded"}'] == 3
    assert found['ragqa_refusals_total{reason="invalid-input"}'] == 1


def test_the_state_of_index_and_model_is_read_at_the_scrape(service: Service) -> None:
    msgspec.structs.force_setattr(service.parts, "generator", Loaded())
    with serving(service) as client:
        before = metrics(client)
        service.add(card("1", name="Glimmerwick Moth"))
        service.index.version -= 1
        after = metrics(client)
    assert (before["ragqa_open"], before["ragqa_index_lag"], after["ragqa_index_lag"]) == (1, 0, 1)
    assert after["ragqa_corpus_version"] == before["ragqa_corpus_version"] + 1
    assert (after["ragqa_kv_tokens"], after["ragqa_kv_tokens_used"]) == (40_000, 1234)
    assert (after["ragqa_generations_running"], after["ragqa_generations_waiting"]) == (3, 5)
    assert (after["ragqa_questions_running"], after["ragqa_questions_waiting"]) == (0, 0)


def test_every_query_of_the_dashboard_names_metrics_that_exist(service: Service) -> None:
    msgspec.structs.force_setattr(service.parts, "generator", Loaded())
    with serving(service) as client:
        told = client.get("/metrics").text
    families = re.findall(r"# TYPE (\S+) (\S+)", told)
    known = {name for name, _ in families} | {
        f"{name}{suffix}" for name, kind in families if kind == "histogram" for suffix in ("_bucket", "_sum", "_count")
    }
    queries = [target["expr"] for panel in json.loads(DASHBOARD.read_text())["panels"] for target in panel["targets"]]
    asked = {name for query in queries for name in re.findall(r"\b(?:ragqa|process)_\w+", query)}
    assert asked <= known, asked - known
    own = {name for name, _ in families if name.startswith("ragqa_") and not name.endswith("_created")}
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}
    assert own <= shown | {"ragqa_corpus_version"}, own - shown


def test_a_question_is_logged_only_if_that_is_configured() -> None:
    question = Question(text="secret?", lang=Language.EN)
    with structlog.testing.capture_logs() as logged:
        answer_log(questions_too=False)(question, YES)
        answer_log(questions_too=True)(question, YES)
    assert [line.get("question") for line in logged] == [None, "secret?"]
    assert (logged[0]["verdict"], logged[0]["cards"]) == ("yes", ["14558127"])


class Contradicts(ScriptedGenerator):
    """Says no whatever settles the question."""

    async def stream(self, prompt: Prompt) -> AsyncIterator[Delta]:
        yield Delta(text="verdict: no\nIt may not. [1]", verdict_probabilities={Verdict.NO: 0.95})


def test_a_generator_that_contradicts_a_ruling_is_counted_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = scripted_service(api_settings(tmp_path), Contradicts())
    service.parts = msgspec.structs.replace(service.parts, gate=RulingGateOfOne())
    service.add(ruling("settled"))
    with serving(service) as client:
        for _ in range(2):
            answer = client.post("/v1/ask", json={"question": "May I settled?"}).json()
            assert (answer["verdict"], answer["overruled"]) == ("yes", "no")
        assert metrics(client)['ragqa_overruled_total{stated="no",verdict="yes"}'] == 2
    assert caplog.text.count("the generator says no where settled#en1 settles yes") == 2
