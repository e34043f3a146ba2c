"""What Prometheus reads at /metrics: what was answered, refused and how fast, and the state of queue, index, model.

deploy/grafana.json shows all of it.
"""

from collections.abc import Iterator

from litestar import Response, get
from litestar.di import NamedDependency
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from ragqa.api.admission import Admission
from ragqa.api.opening import Opening
from ragqa.bootstrap import Service
from ragqa.datatypes import Answer, Question
from ragqa.errors import NotReady
from ragqa.protocols import LoadReporting

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """The counters of one application; states are read when they are asked for."""

    def __init__(self, opening: Opening, admission: Admission) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.registry.register(_State(opening, admission))
        self._questions = self._counter("ragqa_questions", "Questions answered", "verdict", "basis", "lang")
        self._overruled = self._counter(
            "ragqa_overruled", "Generated verdicts that contradict what settles the question", "stated", "verdict"
        )
        self._asked_again = self._counter(
            "ragqa_asked_again", "Replies of a model that could not be read at first; `read`: but then", "outcome"
        )
        self._tokens = self._counter("ragqa_tokens", "Tokens that the model read and wrote, of answers", "kind")
        self._refusals = self._counter("ragqa_refusals", "Requests refused or failed, by problem type", "reason")
        self._stages = self._histogram("ragqa_stage_seconds", "Time of each stage of answering", "stage")
        self._requests = self._histogram(
            "ragqa_request_seconds", "Time until a response was complete", "method", "path", "status"
        )

    def answered(self, _: Question, answer: Answer) -> None:
        """Count an answer."""
        self._questions.labels(answer.verdict.value, answer.basis.value, answer.lang.value).inc()
        if answer.overruled is not None:
            self._overruled.labels(answer.overruled.value, answer.verdict.value).inc()
        if answer.asked_again:
            self._asked_again.labels(answer.unreadable.value if answer.unreadable else "read").inc()
        self._tokens.labels("prompt").inc(answer.usage.prompt_tokens)
        self._tokens.labels("completion").inc(answer.usage.completion_tokens)
        for stage, milliseconds in answer.timings.items():
            self._stages.labels(stage).observe(milliseconds / 1000)

    def requested(self, *, method: str, path: str, status: int, seconds: float, problem: str | None) -> None:
        """Count a request whose response is complete; `path` is the template, `problem` the name of its type."""
        self._requests.labels(method, path, str(status)).observe(seconds)
        if problem is not None:
            self._refusals.labels(problem).inc()

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(name, what, labels, registry=self.registry)

    def _histogram(self, name: str, what: str, *labels: str) -> Histogram:
        return Histogram(name, what, labels, registry=self.registry, buckets=_SECONDS)


@get("/metrics", include_in_schema=False, sync_to_thread=True)
def read_metrics(metrics: NamedDependency[Metrics]) -> Response[bytes]:
    """Return all of them in Prometheus' text format."""
    return Response(generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


class _State(Collector):
    """Reads, at each scrape, how things stand."""

    def __init__(self, opening: Opening, admission: Admission) -> None:
        self._opening = opening
        self._admission = admission

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges; those of the service only once it is open."""
        yield _gauge("ragqa_questions_running", "Questions being answered", self._admission.running)
        yield _gauge("ragqa_questions_waiting", "Questions that wait for their turn", self._admission.waiting)
        try:
            service = self._opening.service()
        except NotReady:
            yield _gauge("ragqa_open", "Whether the service is open", 0)
            return
        yield _gauge("ragqa_open", "Whether the service is open", 1)
        yield from _corpus(service)
        generator = service.parts.generator
        if isinstance(generator, LoadReporting):
            load = generator.load()
            yield _gauge("ragqa_generations_running", "Generations in the model's batch", load.running)
            yield _gauge("ragqa_generations_waiting", "Generations that wait for room in the batch", load.waiting)
            yield _gauge("ragqa_kv_tokens", "Tokens that fit into the KV cache", load.kv_tokens)
            yield _gauge("ragqa_kv_tokens_used", "Tokens of the KV cache that running generations hold", load.kv_used)

    def describe(self) -> list[Metric]:
        """Say nothing at registration: the service is not open then."""
        return []


def _corpus(service: Service) -> Iterator[Metric]:
    stored, indexed = service.store.corpus_version(), service.index.version
    yield _gauge("ragqa_corpus_version", "Number of the last committed change", stored)
    yield _gauge("ragqa_index_lag", "Changes that are stored but not searched yet", stored - indexed)


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value)
