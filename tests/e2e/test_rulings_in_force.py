"""Which ruling may settle a question, by day and by region: through the real gate, the API and the shell."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import anyio
import msgspec
import pytest
from rich.console import Console

from ragqa.bootstrap import Service, open_service
from ragqa.cli.rendering import render_answer
from ragqa.config import Settings
from ragqa.datatypes import Answer, Basis, Language, Question, Region, RegionVerdict, Ruling, SourceKind, Verdict
from tests.e2e.injection_parts import write_small_corpus
from tests.integration.api_parts import serving

TEXT, RULING = "Can I activate Evenly Matched while Imperial Iron Wall is applying?", "ragqa-21187"
BOTH = (
    RegionVerdict(region=Region.OCG, verdict=Verdict.NO, source_id=RULING),
    RegionVerdict(region=Region.TCG, verdict=Verdict.YES, source_id="tcg"),
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Settings:
    folder = tmp_path_factory.mktemp("in-force")
    (folder / "home").mkdir()
    (folder / "home" / "models").symlink_to(models)
    write_small_corpus(folder / "corpus")
    return Settings.model_validate({"home": folder / "home", "corpus_dir": folder / "corpus"})


@pytest.fixture(scope="module")
def service(settings: Settings) -> Iterator[Service]:
    opened = open_service(settings)
    yield opened
    opened.close()


def asked(service: Service, region: Region | None = None, as_of: str | None = None) -> Answer:
    return anyio.run(service.ask, Question(text=TEXT, lang=Language.EN, region=region, as_of=as_of))


@contextmanager
def changed(service: Service, **fields: str) -> Iterator[None]:
    """Change the ruling, and put it back."""
    ruling = service.store.ruling(RULING)
    service.add(msgspec.structs.replace(ruling, **fields))
    try:
        yield
    finally:
        service.add(ruling)


@pytest.fixture
def tcg(service: Service) -> Iterator[None]:
    """The same question, ruled the other way for the TCG."""
    ruling = service.store.ruling(RULING)
    answer = {Language.EN: "Yes, you can activate it, and what would be banished stays where it is."}
    question = {Language.EN: ruling.question[Language.EN]}
    service.add(
        Ruling(
            ruling_id="tcg",
            lang=Language.EN,
            question=question,
            answer=answer,
            verdict=Verdict.YES,
            card_ids=ruling.card_ids,
            region=Region.TCG,
        )
    )
    yield
    service.remove(SourceKind.RULING, "tcg")


def test_a_withdrawn_ruling_settles_nothing_today_and_what_was_asked_of_its_time(service: Service) -> None:
    assert (asked(service).verdict, asked(service).basis) == (Verdict.NO, Basis.OFFICIAL)
    with changed(service, published="2019-05-01", withdrawn="2024-03-01"):
        today, then = asked(service), asked(service, as_of="2024-02-29")
        before, after = asked(service, as_of="2019-04-30"), asked(service, as_of="2024-03-01")
    assert (then.verdict, then.basis, then.citations[0].source_id) == (Verdict.NO, Basis.OFFICIAL, RULING)
    for declined in (today, before, after):
        assert (declined.verdict, declined.basis, declined.citations) == (Verdict.UNKNOWN, Basis.INSUFFICIENT, ())


def test_a_superseded_ruling_settles_nothing_today(service: Service) -> None:
    with changed(service, superseded_by="ragqa-9932"):
        declined = asked(service)
    assert (declined.verdict, declined.citations) == (Verdict.UNKNOWN, ())


@pytest.mark.usefixtures("tcg")
def test_both_verdicts_are_told_where_the_regions_differ_and_none_is_named(service: Service) -> None:
    given = asked(service)
    assert set(given.by_region) == set(BOTH)
    assert given.verdict in (Verdict.YES, Verdict.NO) and given.basis is Basis.OFFICIAL
    for region, verdict in ((Region.OCG, Verdict.NO), (Region.TCG, Verdict.YES)):
        there = asked(service, region=region)
        assert (there.verdict, there.by_region) == (verdict, ())


@pytest.mark.usefixtures("tcg")
def test_the_api_and_the_shell_show_both(service: Service, settings: Settings) -> None:
    with serving(open_service(settings)) as client:
        told = client.post("/v1/ask", json={"question": TEXT}).json()
        one = client.post("/v1/ask", json={"question": TEXT, "region": "tcg"}).json()
    assert {(each["region"], each["verdict"], each["source_id"]) for each in told["by_region"]} == {
        ("ocg", "no", RULING),
        ("tcg", "yes", "tcg"),
    }
    assert (one["verdict"], one["by_region"]) == ("yes", [])
    shown = StringIO()
    Console(width=100, file=shown).print(render_answer(asked(service)))
    lines = [" ".join(line.split()) for line in shown.getvalue().splitlines()]
    assert [line[2:] for line in lines if "CG ruling" in line] == [f"NO OCG ruling {RULING}", "YES TCG ruling tcg"]
