"""Spans of a request and of the stages of an answer, and where they are sent."""

from typing import Any

import pytest
from litestar.testing import TestClient
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ragqa.api.tracing import start_tracing
from ragqa.config import Settings

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_the_stages_of_an_answer_are_spans_below_the_request_of_the_caller(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    client.post("/v1/ask", json={"question": "May it jump?"}, headers={"traceparent": CALLER})
    spans = {span.name: span for span in exporter.get_finished_spans()}
    request, ask = spans["POST /v1/ask"], spans["ask"]
    assert request.parent is not None and format(request.parent.span_id, "016x") == "b7ad6b7169203331"
    assert ask.parent is not None and ask.parent.span_id == request.context.span_id
    for stage in ("linking", "retrieval", "gate", "generation", "attribution"):
        parent = spans[stage].parent
        assert parent is not None and parent.span_id == ask.context.span_id
    assert ask.attributes is not None and ask.attributes["ragqa.verdict"] == "unknown"
    assert not any("jump" in str(span.attributes) for span in spans.values())


def test_nothing_is_traced_where_no_endpoint_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "set_tracer_provider", lambda _: pytest.fail("a provider was set"))
    start_tracing(Settings())


def test_spans_go_to_the_endpoint_that_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    providers: list[TracerProvider] = []
    monkeypatch.setattr(trace, "set_tracer_provider", providers.append)
    start_tracing(Settings(otlp_endpoint="http://127.0.0.1:9/v1/traces"))
    assert providers[0].resource.attributes["service.name"] == "ragqa"
    providers[0].shutdown()
