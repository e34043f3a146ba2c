"""Settings: one typed object, read once at start from `RAGQA_*` variables and an optional `ragqa.toml`."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource


class Settings(BaseSettings):
    """Everything that can be set. Environment wins over `ragqa.toml`, which wins over the defaults here."""

    model_config = SettingsConfigDict(env_prefix="RAGQA_", toml_file="ragqa.toml", extra="forbid", frozen=True)

    home: Path = Field(Path(".ragqa"), description="folder of the database, snapshots, prepared models and runs")
    database_url: str | None = Field(None, description="SQLAlchemy URL; default: SQLite in `home`")
    corpus_dir: Path = Field(Path("corpus"), description="starter corpus, imported into an empty database")

    embedder: str = Field("bundled", description="'bundled', or a sentence-transformers folder or model name")
    embedder_batch: int | None = Field(None, ge=1, description="texts encoded at once; default: 32, on a GPU 128")
    device: str = Field("auto", description="torch device of embedder and generator: auto, cpu, cuda")

    generator: Literal["rulings", "transformers", "openai"] = "rulings"
    model: str | None = Field(None, description="folder or name of the causal LM of the transformers generator")
    model_revision: str | None = None
    quantization: Literal["nf4", "none"] = "nf4"
    max_new_tokens: int = Field(400, ge=16)
    kv_tokens: int | None = Field(
        None, ge=256, description="tokens of KV cache for all answers under way; default: what the GPU has room for"
    )
    min_reasoned_probability: float = Field(
        0.9, gt=0, le=1, description="least probability a model must give its own verdict where no ruling settles it"
    )
    openai_base_url: str | None = Field(None, description="OpenAI-compatible endpoint of the openai generator")
    openai_api_key: str | None = None

    context_passages: int = Field(8, ge=1, le=50, description="passages that reach the prompt")
    candidate_passages: int = Field(100, ge=5, description="passages each retrieval channel proposes")
    reranker: str | None = Field(None, description="optional cross-encoder folder or name")
    support_model: str | None = Field(
        None, description="optional cross-encoder for entailment that checks a model's sentences against passages"
    )
    min_support: float = Field(
        0.5, ge=0, le=1, description="least probability that a passage supports a sentence; what is below is dropped"
    )
    max_risk: float = Field(0.01, gt=0, lt=1, description="share of answers that may be wrong before abstaining")

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    allowed_hosts: list[str] = Field(
        [],
        description="host names, without port, under which /mcp answers; default: this machine's own while `host` is "
        "a loopback address, else any",
    )
    open_asking: bool = Field(True, description="whether asking and reading need no key")
    open_writes: bool = Field(
        False,
        description="whether writing needs no key, whoever calls; without it only this machine itself may, while "
        "`host` is a loopback address and no key was made",
    )
    questions_a_minute_by_address: int = Field(300, ge=0, description="of callers without a key; 0: no limit")
    questions_a_minute_by_key: int = Field(1200, ge=0, description="0: no limit")
    requests_a_minute_by_address: int = Field(6000, ge=0, description="other than questions; 0: no limit")
    requests_a_minute_by_key: int = Field(12_000, ge=0, description="other than questions; 0: no limit")
    limits_storage: str = Field("async+memory://", description="where they are counted; see the docs of `limits`")
    trusted_proxies: list[str] = Field(
        [], description="addresses or networks of proxies whose X-Forwarded-For is believed, or ['*']"
    )
    max_body_bytes: int = Field(10_000_000, ge=1000)
    max_import_bytes: int = Field(1_000_000_000, ge=1000, description="largest body of POST /v1/import")
    max_question_chars: int = Field(4000, ge=10)
    parallel_questions: int = Field(64, ge=1, description="questions answered at the same time")
    waiting_questions: int = Field(256, ge=0, description="questions that may wait for their turn; more get a 503")
    body_seconds: float = Field(20, gt=0, description="seconds for a body, plus one for every 10 kB that came")
    question_deadline: float = Field(120, gt=0, description="seconds until a question is given up")
    heartbeat: float = Field(10, gt=0, description="seconds of silence before an event stream gets a comment")
    drain_seconds: float = Field(
        2, ge=0, description="seconds after SIGTERM in which /readyz says no before connections are refused"
    )
    graceful_seconds: int = Field(60, ge=0, description="seconds that answers under way get when the service stops")
    log_questions: bool = Field(False, description="write the questions into the log, word for word")
    otlp_endpoint: str | None = Field(
        None, description="where OpenTelemetry traces go, such as http://localhost:4318/v1/traces; needs ragqa[otel]"
    )
    cors_origins: list[str] = Field([], description="origins that browsers may call the API from, or ['*']")

    @property
    def resolved_database_url(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.home / 'ragqa.db'}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then environment, then the TOML file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)
