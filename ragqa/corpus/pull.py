"""Fetching the public sources over HTTP: resumed where it broke off, and only if they changed."""

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from ragqa import __version__
from ragqa.errors import SourceUnavailable

ATTEMPTS = 6
SECONDS_BETWEEN_REQUESTS = 1.0
_TIMEOUT = httpx.Timeout(30.0)
_RANGE_NOT_SATISFIABLE, _TOO_MANY_REQUESTS = 416, 429


class PublicSource(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a public project keeps; `lists_all_rulings` where a ruling that is missing from it is withdrawn."""

    name: str
    url: str
    file: str
    lists_all_rulings: bool = False


SOURCES: dict[str, tuple[PublicSource, ...]] = {
    # Cards come first: rulings and supplements name them by number.
    "yugioh": (
        PublicSource(
            name="cards", url="https://dawnbrandbots.github.io/yaml-yugi/cards.json", file="yaml-yugi-cards.json"
        ),
        PublicSource(
            name="rulings",
            url="https://codeload.github.com/db-ygoresources-com/yugioh-qa-history/tar.gz/refs/heads/main",
            file="yugioh-qa-history.tar.gz",
            lists_all_rulings=True,
        ),
        PublicSource(
            name="card supplements",
            url="https://codeload.github.com/db-ygoresources-com/yugioh-faq-history/tar.gz/refs/heads/main",
            file="yugioh-faq-history.tar.gz",
        ),
    ),
}


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a fetched file; kept beside it. `imported` is the SHA-256 that the corpus has taken over."""

    url: str
    sha256: str
    size: int
    etag: str | None = None
    last_modified: str | None = None
    imported: str | None = None


class _TryAgain(Exception):
    """The server asks to come back, after `seconds` if it said so."""

    def __init__(self, message: str, seconds: float | None = None) -> None:
        super().__init__(message)
        self.seconds = seconds


class Pace:
    """Leaves a pause between two requests to one host, however often they are retried."""

    def __init__(
        self,
        seconds: float = SECONDS_BETWEEN_REQUESTS,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._last: dict[str, float] = {}
        self.sleep = sleep

    def wait(self, url: str) -> None:
        """Wait until the host of the URL may be asked again."""
        host = urlsplit(url).netloc
        remaining = self._last.get(host, float("-inf")) + self._seconds - self._clock()
        if remaining > 0:
            self.sleep(remaining)
        self._last[host] = self._clock()


def open_client() -> httpx.Client:
    """Return the client that `fetch` is to use; the caller closes it."""
    # Unpacked bytes could be neither resumed nor compared in length.
    headers = {"User-Agent": f"ragqa/{__version__}", "Accept-Encoding": "identity"}
    return httpx.Client(headers=headers, timeout=_TIMEOUT, follow_redirects=True)


def fetch(source: PublicSource, folder: Path, client: httpx.Client, pace: Pace) -> Download:
    """Bring `folder/source.file` up to date and return what is known of it.

    A file that is unchanged is not sent again, one that broke off is continued. Raises SourceUnavailable.
    """
    folder.mkdir(parents=True, exist_ok=True)
    retrying = Retrying(
        retry=retry_if_exception_type((httpx.TransportError, _TryAgain)),
        wait=_wait,
        stop=stop_after_attempt(ATTEMPTS),
        sleep=pace.sleep,
        reraise=True,
    )
    try:
        return retrying(_fetch_once, source, folder, client, pace)
    except (httpx.HTTPError, _TryAgain) as error:
        raise SourceUnavailable(f"{source.name} cannot be fetched from {source.url}: {error}; try later") from error


def read_download(source: PublicSource, folder: Path) -> Download | None:
    """Return what is known of a file fetched earlier; None if it is absent, damaged or of another URL."""
    try:
        known = msgspec.json.decode(_record_path(source, folder).read_bytes(), type=Download)
        intact = known.url == source.url and sha256(folder / source.file) == known.sha256
    except (OSError, msgspec.DecodeError):
        return None
    return known if intact else None


def write_download(source: PublicSource, folder: Path, download: Download) -> None:
    """Remember what is known of a fetched file."""
    _record_path(source, folder).write_bytes(msgspec.json.encode(download))


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch_once(source: PublicSource, folder: Path, client: httpx.Client, pace: Pace) -> Download:
    known = read_download(source, folder)
    part = folder / f"{source.file}.part"
    validator = part.with_suffix(".validator")
    pace.wait(source.url)
    with client.stream("GET", source.url, headers=_headers(known, part, validator)) as response:
        if response.status_code == httpx.codes.NOT_MODIFIED and known:
            part.unlink(missing_ok=True)
            return known
        _check(response, part)
        if response.status_code == httpx.codes.OK:
            validator.write_text(response.headers.get("ETag") or response.headers.get("Last-Modified") or "")
        with part.open("ab" if response.status_code == httpx.codes.PARTIAL_CONTENT else "wb") as file:
            for piece in response.iter_raw():
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        download = Download(
            url=source.url,
            sha256=sha256(part),
            size=part.stat().st_size,
            etag=response.headers.get("ETag"),
            last_modified=response.headers.get("Last-Modified"),
            imported=known.imported if known else None,
        )
    part.replace(folder / source.file)
    validator.unlink(missing_ok=True)
    write_download(source, folder, download)
    return download


def _headers(known: Download | None, part: Path, validator: Path) -> dict[str, str]:
    headers: dict[str, str] = {}
    begun = part.stat().st_size if part.exists() else 0
    version = validator.read_text() if validator.exists() else ""
    # A weak validator does not promise the same bytes.
    if begun and version and not version.startswith("W/"):
        headers |= {"Range": f"bytes={begun}-", "If-Range": version}
    elif known and known.etag:
        headers["If-None-Match"] = known.etag
    elif known and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


def _check(response: httpx.Response, part: Path) -> None:
    """Let a body pass that can be written as it is. Raises _TryAgain, httpx.HTTPStatusError."""
    status = response.status_code
    if status == _RANGE_NOT_SATISFIABLE:
        part.unlink(missing_ok=True)
        raise _TryAgain("what was fetched before is no part of the file any more")
    if status == _TOO_MANY_REQUESTS or response.is_server_error:
        raise _TryAgain(f"the server answered {status}", _retry_after(response))
    if status == httpx.codes.PARTIAL_CONTENT:
        begun = part.stat().st_size
        if not response.headers.get("Content-Range", "").startswith(f"bytes {begun}-"):
            part.unlink()
            raise _TryAgain("the server continued at another place than it was asked to")
    elif status != httpx.codes.OK:
        raise httpx.HTTPStatusError(f"the server answered {status}", request=response.request, response=response)


def _retry_after(response: httpx.Response) -> float | None:
    seconds = response.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdecimal() else None


def _wait(state: RetryCallState) -> float:
    """Wait as long as the server asked, else twice as long each time, with some chance in it."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _TryAgain) and error.seconds is not None:
        return error.seconds
    return wait_exponential_jitter(initial=1, max=60)(state)


def _record_path(source: PublicSource, folder: Path) -> Path:
    return folder / f"{source.file}.download.json"
