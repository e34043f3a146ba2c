"""What holds for every route: health, documentation, request ids, CORS, compression, the stages of starting."""

import threading
from pathlib import Path
from typing import Any

import pytest
import structlog
from litestar.testing import TestClient

from ragqa.api.app import create_app
from ragqa.bootstrap import Service
from ragqa.config import Settings
from ragqa.errors import ModelError
from ragqa.protocols import Generator
from tests.integration.api_parts import (
    ScriptedGenerator,
    api_settings,
    problem,
    rulings_service,
    scripted_service,
    serving,
)

Client = TestClient[Any]


def test_alive_before_ready_and_ready_once_open(tmp_path: Path, generator: ScriptedGenerator) -> None:
    go_on = threading.Event()
    settings = api_settings(tmp_path)

    def slowly(_: Settings) -> Service:
        go_on.wait()
        return scripted_service(settings, generator)

    with TestClient(create_app(settings, open_service=slowly)) as client:
        assert client.get("/livez").json() == {"status": "alive"}
        response = client.get("/readyz")
        assert "starting" in problem(response, 503, "not-ready")["detail"]
        assert response.headers["retry-after"] == "1"
        problem(client.post("/v1/ask", json={"question": "Glimmerwick Moth?"}), 503, "not-ready")
        go_on.set()
        while (ready := client.get("/readyz")).status_code == 503:
            pass
    told = {"corpus_version": 0, "embedder": "hash", "generator": "scripted", "unembedded": 0}
    assert ready.json() == {"status": "ready", **told}


@pytest.mark.parametrize(
    ("error", "told"), [(ModelError("expert 3 is not 4-bit"), "expert 3 is not 4-bit"), (KeyError("x"), "KeyError")]
)
def test_a_service_that_cannot_start_stays_alive_and_says_why(tmp_path: Path, error: Exception, told: str) -> None:
    tried = threading.Event()

    def failing(_: Settings) -> Service:
        tried.set()
        raise error

    with TestClient(create_app(api_settings(tmp_path), open_service=failing)) as client:
        while "could not start" not in (detail := problem(client.get("/readyz"), 503, "not-ready")["detail"]):
            assert "starting" in detail
        assert told in detail
        assert client.get("/livez").status_code == 200


def test_while_the_generator_loads_what_a_ruling_settles_is_answered(
    tmp_path: Path, generator: ScriptedGenerator
) -> None:
    loaded = threading.Event()
    settings = api_settings(tmp_path, generator="transformers")
    opened = rulings_service(settings)

    def slowly(_: Settings) -> Generator:
        loaded.wait()
        return generator

    app = create_app(settings, open_service=lambda _: opened, load_generator=slowly)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        while "starting" in (detail := problem(client.get("/readyz"), 503, "not-ready")["detail"]):
            pass
        assert "the generator is loading" in detail
        settled = client.post("/v1/ask", json={"question": "May I settled?"}).json()
        assert (settled["verdict"], settled["basis"], settled["model"]) == ("yes", "official", "rulings")
        other = client.post("/v1/ask", json={"question": "May I anything else?"})
        assert "no ruling settles" in problem(other, 503, "not-ready")["detail"]
        assert other.headers["retry-after"] == "10"
        problem(client.post("/v1/evaluations", json={}), 503, "not-ready")
        loaded.set()
        while (ready := client.get("/readyz")).status_code == 503:
            pass
        assert ready.json()["generator"] == "scripted"
        assert client.post("/v1/ask", json={"question": "May I anything else?"}).json()["model"] == "scripted"


def test_a_generator_that_cannot_be_loaded_leaves_the_rulings_and_says_why(tmp_path: Path) -> None:
    settings = api_settings(tmp_path, generator="transformers")
    opened = rulings_service(settings)

    def failing(_: Settings) -> Generator:
        raise ModelError("expert 3 is not 4-bit")

    with TestClient(create_app(settings, open_service=lambda _: opened, load_generator=failing)) as client:
        while "could not be loaded" not in (detail := problem(client.get("/readyz"), 503, "not-ready")["detail"]):
            assert "starting" in detail or "loading" in detail
        assert "expert 3 is not 4-bit" in detail
        assert client.get("/livez").status_code == 200
        assert client.post("/v1/ask", json={"question": "May I settled?"}).json()["basis"] == "official"
        other = problem(client.post("/v1/ask", json={"question": "May I anything else?"}), 503, "not-ready")
        assert "expert 3 is not 4-bit" in other["detail"]


def test_a_generator_that_has_stopped_is_not_ready(tmp_path: Path, generator: ScriptedGenerator) -> None:
    with serving(scripted_service(api_settings(tmp_path), generator)) as client:
        generator.healthy = False
        assert "is not answering" in problem(client.get("/readyz"), 503, "not-ready")["detail"]


def test_a_generator_that_comes_after_the_end_is_closed(tmp_path: Path) -> None:
    loading, over = threading.Event(), threading.Event()
    closed = threading.Event()

    class Late(ScriptedGenerator):
        def close(self) -> None:
            closed.set()

    def slowly(_: Settings) -> Generator:
        loading.set()
        over.wait()
        return Late()

    settings = api_settings(tmp_path, generator="transformers")
    opened = rulings_service(settings)
    with TestClient(create_app(settings, open_service=lambda _: opened, load_generator=slowly)):
        loading.wait()
    over.set()
    assert closed.wait(60)


def test_the_service_is_closed_at_the_end(
    service: Service, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, generator: ScriptedGenerator
) -> None:
    other = scripted_service(api_settings(tmp_path / "other"), generator)
    closed: list[bool] = []
    monkeypatch.setattr(other, "close", lambda: closed.append(True))
    with serving(other):
        assert closed == []
    assert closed == [True]


def test_every_refusal_is_a_problem(client: Client) -> None:
    problem(client.get("/nowhere"), 404, "no-such-path")
    refused = client.put("/v1/ask", json={})
    problem(refused, 405, "method-not-allowed")
    assert "POST" in refused.headers["allow"]


def test_problem_types_lead_to_their_explanation(client: Client) -> None:
    kinds = client.get("/problems").json()
    for kind in kinds:
        assert client.get(f"/problems/{kind['name']}").json() == kind
    problem(client.get("/problems/none"), 404, "not-found")


def test_a_sound_request_id_is_kept_and_another_replaced(client: Client) -> None:
    assert client.get("/livez", headers={"X-Request-ID": "abc-1"}).headers["x-request-id"] == "abc-1"
    made = client.get("/livez", headers={"X-Request-ID": 'a"\\n{}'}).headers["x-request-id"]
    assert len(made) == 32


def test_the_request_log_tells_of_each_request_but_no_question(client: Client) -> None:
    with structlog.testing.capture_logs() as logs:
        client.get("/v1/search", params={"q": "secret question"}, headers={"X-Request-ID": "abc-1"})
        client.post("/v1/ask", json={"question": "secret question"})
    requests = [line for line in logs if line["event"] == "request"]
    assert [(line["method"], line["path"], line["status"]) for line in requests] == [
        ("GET", "/v1/search", 200),
        ("POST", "/v1/ask", 200),
    ]
    assert "secret" not in str(logs)


def test_cors_is_by_configuration(tmp_path: Path, client: Client, generator: ScriptedGenerator) -> None:
    origin = {"Origin": "https://shop.example"}
    assert "access-control-allow-origin" not in client.get("/livez", headers=origin).headers
    settings = api_settings(tmp_path / "cors", cors_origins=["https://shop.example"])
    with serving(scripted_service(settings, generator)) as shop:
        assert shop.get("/livez", headers=origin).headers["access-control-allow-origin"] == "https://shop.example"
        other = shop.get("/livez", headers={"Origin": "https://other.example"})
        assert other.headers.get("access-control-allow-origin") != "https://other.example"


@pytest.mark.parametrize(("accepted", "used"), [("gzip", "gzip"), ("br", "br"), ("gzip, deflate, br", "br")])
def test_large_answers_are_compressed(client: Client, accepted: str, used: str) -> None:
    response = client.get("/problems", headers={"Accept-Encoding": accepted})
    assert response.headers["content-encoding"] == used
    assert "rate-limited" in {kind["name"] for kind in response.json()}
    assert "content-encoding" not in client.get("/livez", headers={"Accept-Encoding": "gzip"}).headers


def test_the_documentation_needs_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "http" not in page.text.replace("http-equiv", "")
    for path in ("/docs/static/docs.js", "/docs/static/swagger-ui/swagger-ui-bundle.js"):
        assert client.get(path).status_code == 200
        assert path in page.text


def test_openapi_has_the_seed_question_and_says_what_is_refused(client: Client) -> None:
    openapi = client.get("/docs/openapi.json").json()
    ask = openapi["paths"]["/v1/ask"]["post"]
    examples = ask["requestBody"]["content"]["application/json"]["schema"]["examples"]
    assert any("하루 우라라" in example["question"] and "개기일식의 서" in example["question"] for example in examples)
    assert set(ask["responses"]["200"]["content"]) == {"application/json", "text/event-stream"}
    assert set(ask["responses"]["422"]["content"]) == {"application/problem+json"}
    schemas = openapi["components"]["schemas"]
    assert schemas["AskRequest"]["additionalProperties"] is False
    assert schemas["Answer"]["properties"]["citations"]["items"] == {"$ref": "#/components/schemas/Citation"}
    assert client.get("/docs/openapi.yaml").status_code == 200
