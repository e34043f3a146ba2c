"""The API's description: OpenAPI as JSON and YAML, and Swagger UI served from the package, without a CDN."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from litestar import Litestar, Request, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin, YamlRenderPlugin
from litestar.openapi.spec import Components, License, OpenAPIType, Parameter, Schema, SecurityScheme, Tag
from litestar.plugins import OpenAPISchemaPlugin
from litestar.static_files import create_static_files_router
from litestar.typing import FieldDefinition

from ragqa import __version__
from ragqa.api.access import scope_needed
from ragqa.api.access_routes import NewKey
from ragqa.api.evaluation_routes import StartEvaluation
from ragqa.api.idempotency import HEADER, PATTERN, REPEATABLE
from ragqa.api.schemas import AskRequest
from ragqa.corpus.keys import Scope
from ragqa.datatypes import Card, Condition, Rule, Ruling

if TYPE_CHECKING:
    from litestar._openapi.schema_generation import SchemaCreator

KEY = "key"
IDEMPOTENCY_KEY = Parameter(
    name=HEADER,
    param_in="header",
    description="sent again within a day, the same write is answered the same and done once",
    schema=Schema(type=OpenAPIType.STRING, pattern=f"^{PATTERN}$"),
)
STATIC = Path(__file__).parent / "static"


class BundledSwagger(OpenAPIRenderPlugin):
    """Swagger UI with files of our own; Litestar's plugin takes them from a CDN."""

    def __init__(self) -> None:
        super().__init__(path="/")
        self._page = (STATIC / "docs.html").read_bytes()

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the page, which fetches the schema by itself."""
        return self._page


class VariadicTuples(OpenAPISchemaPlugin):
    """Describes `tuple[X, ...]` as an array of X; Litestar says an array of X or anything."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        """Take tuples of any length."""
        return field_definition.origin is tuple and field_definition.args[-1:] == (Ellipsis,)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: "SchemaCreator") -> Schema:
        """Describe an array of one kind of item."""
        items = schema_creator.for_field_definition(field_definition.inner_types[0])
        return Schema(type=OpenAPIType.ARRAY, items=items)


def close_schemas(app: Litestar) -> None:
    """Say in OpenAPI that fields we do not know are refused, which Litestar does not read from msgspec's structs."""
    schemas = app.openapi_schema.components.schemas or {}
    for struct in (AskRequest, Card, Ruling, Rule, Condition, StartEvaluation, NewKey):
        schemas[struct.__name__].additional_properties = False


def describe_access(app: Litestar, *, open_asking: bool) -> None:
    """Say in OpenAPI of each operation whether it takes a key; the guard reads the same from the handlers."""
    paths = app.openapi_schema.paths or {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            needed = scope_needed(handler, route.path)
            open_to_all = needed is None or (needed is Scope.ASK and open_asking)
            for method in handler.http_methods:
                item = paths.get(route.path_format)
                operation = getattr(item, method.lower(), None)
                if operation is None:
                    continue
                operation.security = [{KEY: []}, {}] if open_to_all else [{KEY: []}]
                if method != "GET" and needed in REPEATABLE:
                    operation.parameters = [*(operation.parameters or []), IDEMPOTENCY_KEY]


def openapi_config() -> OpenAPIConfig:
    """Describe the API at /docs, /docs/openapi.json and /docs/openapi.yaml."""
    return OpenAPIConfig(
        title="ragqa",
        version=__version__,
        summary="Grounded answers to card-game rules questions",
        description=(
            "Ask rules questions in Korean, English or Japanese; every answer carries citations that can be checked. "
            "Errors are problem+json (RFC 9457); `/problems` lists and explains their types."
        ),
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        path="/docs",
        render_plugins=[BundledSwagger(), JsonRenderPlugin(), YamlRenderPlugin()],
        components=Components(
            security_schemes={
                KEY: SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="a key of `ragqa keys create`, with scopes ask, maintain, evaluate, admin",
                )
            }
        ),
        use_handler_docstrings=True,
        tags=[
            Tag(name="ask", description="questions and search"),
            Tag(name="chat", description="the same for programs that speak the OpenAI API"),
            Tag(name="corpus", description="cards, rulings and rules: read, change, import"),
            Tag(name="evaluations", description="accuracy on a ruling test set"),
            Tag(name="access", description="keys, and who changed what"),
            Tag(name="health", description="for orchestrators"),
            Tag(name="problems", description="what each problem type means"),
        ],
    )


def static_files() -> Router:
    """Serve the files of the documentation page."""
    return create_static_files_router(path="/docs/static", directories=[STATIC], include_in_schema=False)
