"""The application: routes, errors and the service, put together for one process."""

from collections.abc import Callable

from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.types import ControllerRouterHandler

from ragqa import bootstrap, models
from ragqa.api import health
from ragqa.api.access import Access, authorize
from ragqa.api.access_routes import KeyController, read_audit
from ragqa.api.admission import Admission
from ragqa.api.ask_routes import ask, search
from ragqa.api.bodies import StrictRequest
from ragqa.api.chat.routes import chat_router
from ragqa.api.comparison_routes import compare_evaluations, read_comparison
from ragqa.api.completion_routes import complete
from ragqa.api.corpus_routes import CardController, RuleController, RulingController
from ragqa.api.documentation import VariadicTuples, close_schemas, describe_access, openapi_config, static_files
from ragqa.api.evaluation_routes import (
    cancel_evaluation,
    list_evaluations,
    read_evaluation,
    read_report,
    start_evaluation,
    watch_evaluation,
)
from ragqa.api.evaluations import Evaluations
from ragqa.api.idempotency import Idempotency
from ragqa.api.import_routes import import_corpus
from ragqa.api.limits import Limits
from ragqa.api.mcp.server import McpOverHttp
from ragqa.api.mcp.tools import Tools
from ragqa.api.metrics import Metrics, read_metrics
from ragqa.api.opening import Opening
from ragqa.api.pace import BodyPace
from ragqa.api.problems import problem_response
from ragqa.api.request_log import HEADER, RequestLog, answer_log
from ragqa.api.web.routes import web_routes
from ragqa.bootstrap import Service
from ragqa.config import Settings
from ragqa.protocols import Generator


def create_app(
    settings: Settings | None = None,
    *,
    open_service: Callable[[Settings], Service] = bootstrap.open_for_rulings,
    load_generator: Callable[[Settings], Generator] = models.load_generator,
) -> Litestar:
    """Return the application; its service is opened when the server starts, beside the first requests."""
    settings = settings or Settings()
    opening = Opening(settings, open_service, load_generator)
    admission = Admission(
        parallel=settings.parallel_questions, waiting=settings.waiting_questions, deadline=settings.question_deadline
    )
    metrics = Metrics(opening, admission)
    opening.on_answer += [metrics.answered, answer_log(questions_too=settings.log_questions)]
    mcp = McpOverHttp(Tools(settings, admission, opening.service), settings)
    evaluations = Evaluations(settings.home)
    given = {"settings": settings, "metrics": metrics, "admission": admission, "evaluations": evaluations}
    app = Litestar(
        route_handlers=[*_routes(settings), mcp.route()],
        dependencies={
            "service": Provide(opening.service, sync_to_thread=False),
            "complete_service": Provide(opening.complete_service, sync_to_thread=False),
            **{name: _provide(value) for name, value in given.items()},
        },
        lifespan=[opening.lifespan, evaluations.lifespan, mcp.lifespan],
        request_class=StrictRequest,
        request_max_body_size=settings.max_body_bytes,
        exception_handlers={HTTPException: problem_response, Exception: problem_response},
        guards=[authorize],
        middleware=_middleware(settings, opening, metrics),
        cors_config=_cors(settings),
        compression_config=CompressionConfig(backend="brotli", minimum_size=1000, gzip_compress_level=6),
        openapi_config=openapi_config(),
        plugins=[VariadicTuples()],
        logging_config=None,
    )
    close_schemas(app)
    describe_access(app, open_asking=settings.open_asking)
    app.state.opening = opening
    return app


def _routes(settings: Settings) -> list[ControllerRouterHandler]:
    imports = Router("/", route_handlers=[import_corpus], request_max_body_size=settings.max_import_bytes)
    return [
        *(health.livez, health.readyz, health.problem_kinds, health.problem_kind),
        *(ask, search, complete, chat_router(), read_metrics, imports, static_files()),
        *(CardController, RulingController, RuleController),
        *(list_evaluations, read_evaluation, start_evaluation, watch_evaluation, cancel_evaluation, read_report),
        *(compare_evaluations, read_comparison),
        *web_routes(settings),
        *(KeyController, read_audit),
    ]


def _middleware(settings: Settings, opening: Opening, metrics: Metrics) -> list[ASGIMiddleware]:
    """Return them from the outside in: logged is also what another one refuses, and limits know who calls."""
    return [
        *(RequestLog(metrics), BodyPace(settings.body_seconds)),
        *(Access(settings, opening), Limits(settings), Idempotency(opening)),
    ]


def _cors(settings: Settings) -> CORSConfig | None:
    if not settings.cors_origins:
        return None
    return CORSConfig(allow_origins=settings.cors_origins, expose_headers=["ETag", HEADER, "Retry-After"])


def _provide(value: object) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
