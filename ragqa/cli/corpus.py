"""`ragqa add`, `import`, `index` and `show`: the corpus as its maintainer sees it."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ragqa.cli.opening import opened_service, opened_store, progress_bar, read_settings
from ragqa.cli.options import JsonOption
from ragqa.cli.outcomes import print_json, print_result, reporting
from ragqa.errors import InvalidInput

if TYPE_CHECKING:
    from ragqa.bootstrap import Service
    from ragqa.maintain import ImportReport

KeepGoing = Annotated[bool, typer.Option("--keep-going", help="Import what is sound, and list what is not.")]
AcceptWithdrawals = Annotated[
    bool, typer.Option("--accept-withdrawals", help="Import even if unusually many rulings would be withdrawn.")
]


def add(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON or JSONL: cards, rulings, rules; - reads stdin.")],
    as_json: JsonOption = False,
) -> None:
    """Add or correct a card, a ruling or a rule; the next question uses it. All of the file or nothing."""
    with reporting(as_json):
        with _as_jsonl(file) as path:
            reports = _import([path], keep_going=False, accept_withdrawals=True)
        _tell(reports, as_json)


def import_(
    files: Annotated[list[Path], typer.Argument(help="Files in any known format; the content tells which.")],
    keep_going: KeepGoing = False,
    accept_withdrawals: AcceptWithdrawals = False,
    as_json: JsonOption = False,
) -> None:
    """Import files of cards, rulings and rules. Each file is all or nothing unless --keep-going."""
    with reporting(as_json):
        _tell(_import(files, keep_going=keep_going, accept_withdrawals=accept_withdrawals), as_json)


def pull(
    game: Annotated[str, typer.Argument(help="Whose public sources to fetch.")] = "yugioh",
    accept_withdrawals: AcceptWithdrawals = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch what changed in the public sources of a game, and import it; what is sound is taken."""
    with reporting(as_json):
        from ragqa.corpus.pull import Pace, open_client
        from ragqa.maintain.pulling import public_sources
        from ragqa.maintain.pulling import pull as pull_sources

        sources = public_sources(game)
        settings = read_settings()
        with opened_service(settings) as service, open_client() as client, progress_bar("pulling") as progress:
            pulled = pull_sources(
                sources,
                settings.home / "pulled",
                client=client,
                pace=Pace(),
                store=service.store,
                embedder=service.embedder,
                index=service.index,
                accept_withdrawals=accept_withdrawals,
                progress_of=lambda name: progress,
            )
            _embed_missing(service, [each.report for each in pulled if each.report is not None])
        if as_json:
            print_json(pulled)
            return
        for each in pulled:
            if each.report is None:
                print_result(f"{each.source.name}: unchanged")
        _tell({each.source.name: each.report for each in pulled if each.report is not None}, as_json)


def index(as_json: JsonOption = False) -> None:
    """Prepare the models, fill an empty corpus, build the indexes, and make the vectors that passages lack.

    Every other command but the last does so by itself; this one does it beforehand.
    """
    with reporting(as_json):
        with opened_service(read_settings(), what="building the index") as service:
            version = service.store.corpus_version()
            left = _embed_missing(service)
        if as_json:
            print_json({"corpus_version": version, "unembedded": left})
        else:
            print_result(f"The index is at corpus version {version}.")
            _tell_unembedded(left)


def show(
    source: Annotated[str, typer.Argument(metavar="CARD|RULING|RULE", help="An id, or a card's name or nickname.")],
    as_json: JsonOption = False,
) -> None:
    """Show a card, ruling or rule as it reads now, and how it came to read so."""
    with reporting(as_json):
        from ragqa.cli.lookup import find_history

        with opened_store(read_settings()) as store:
            kind, history = find_history(source, store)
        if as_json:
            from ragqa.api.versions import field_changes

            print_json({"kind": kind, "source": history[-1].source, "versions": field_changes(history)})
        else:
            from ragqa.cli.source_rendering import render_history

            print_result(render_history(kind, history))


def _import(files: list[Path], *, keep_going: bool, accept_withdrawals: bool) -> "dict[str, ImportReport]":
    """Import file after file, and return the reports by file name. Raises what the import raises."""
    from ragqa.corpus.importers import importer_for

    # Told before the models are loaded: a file that cannot be read, or is in no known format.
    for path in files:
        importer_for(path)
    with opened_service(read_settings()) as service:
        reports: dict[str, ImportReport] = {}
        for path in files:
            with progress_bar(f"importing {path.name}") as progress:
                reports[path.name] = service.import_file(
                    path, keep_going=keep_going, accept_withdrawals=accept_withdrawals, progress=progress
                )
        _embed_missing(service, list(reports.values()))
    return reports


def _embed_missing(service: "Service", reports: "Sequence[ImportReport]" = ()) -> int:
    """Make the vectors that passages lack until it is done or Ctrl-C; return how many still lack one."""
    try:
        with progress_bar("embedding; Ctrl-C leaves the rest for the next time") as progress:
            service.embed_missing(progress)
    except KeyboardInterrupt:
        pass  # each batch is stored when it is done
    left = service.unembedded
    for report in reports:
        report.unembedded = left
    return left


def _tell_unembedded(count: int) -> None:
    if count:
        print_result(
            f"{count} passages have no vector yet: names and words find them. "
            "`ragqa index` goes on with the vectors, and so does `ragqa serve` while it answers."
        )


def _tell(reports: "dict[str, ImportReport]", as_json: bool) -> None:
    if as_json:
        print_json(reports)
        return
    from ragqa.cli.source_rendering import render_import

    for name, report in reports.items():
        print_result(render_import(name, report))
    _tell_unembedded(max((report.unembedded for report in reports.values()), default=0))


@contextmanager
def _as_jsonl(file: str) -> Iterator[Path]:
    """Give a file of one JSON object, indented or not, of a list, or of JSONL, as a JSONL file. Raises InvalidInput."""
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise InvalidInput(f"cannot read {file}: {error.strerror}", field="file") from error
    if not raw.strip():
        raise InvalidInput(
            f"{'stdin' if file == '-' else file} is empty; give one card or ruling as JSON", field="file"
        )
    with TemporaryDirectory() as folder:
        path = Path(folder, "stdin" if file == "-" else Path(file).name).with_suffix(".jsonl")
        path.write_bytes(_one_a_line(raw))
        yield path


def _one_a_line(raw: bytes) -> bytes:
    try:
        decoded: object = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Several objects, or something broken: the importer tells which line.
        return raw
    return b"\n".join(map(msgspec.json.encode, decoded if isinstance(decoded, list) else [decoded]))
