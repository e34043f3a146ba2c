"""OpenTelemetry traces, where an endpoint is configured: a span for each request, in it one for each stage of `ask`."""

from opentelemetry import trace

from ragqa import __version__
from ragqa.config import Settings
from ragqa.errors import ConfigurationError


def start_tracing(settings: Settings) -> None:
    """Send spans to `settings.otlp_endpoint`; do nothing where that is not set. Raises ConfigurationError."""
    if settings.otlp_endpoint is None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ConfigurationError(
            "RAGQA_OTLP_ENDPOINT is set, but what sends the traces is not installed: pip install 'ragqa[otel]'"
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": "ragqa", "service.version": __version__}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.otlp_endpoint)))
    trace.set_tracer_provider(provider)
