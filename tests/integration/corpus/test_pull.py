"""Fetching over HTTP from a local server: retries, resumption, conditional requests, checksums, pace."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ragqa.corpus.pull import ATTEMPTS, Download, Pace, PublicSource, fetch, open_client, read_download
from ragqa.errors import SourceUnavailable
from tests.integration.corpus.http_parts import Served, broken_off, rest, serving, status, whole

BODY = b"".join(b"%05d\n" % number for number in range(20_000))
SHA256 = hashlib.sha256(BODY).hexdigest()
ETAG = '"v1"'


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> Iterator[Served]:
    with serving() as served:
        yield served


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with open_client() as opened:
        yield opened


def source(server: Served) -> PublicSource:
    return PublicSource(name="cards", url=f"{server.url}/cards.json", file="cards.json")


def run(server: Served, folder: Path, client: httpx.Client, clock: Clock) -> Download:
    return fetch(source(server), folder, client, Pace(clock=lambda: clock.now, sleep=clock.sleep))


def test_file_is_fetched_with_its_checksum_and_then_only_asked_after(
    server: Served, tmp_path: Path, client: httpx.Client, clock: Clock
) -> None:
    server.then(whole(BODY, ETag=ETAG, Last_Modified="Mon, 01 Jan 2024 00:00:00 GMT"), status(304))
    download = run(server, tmp_path, client, clock)
    assert (tmp_path / "cards.json").read_bytes() == BODY
    assert (download.sha256, download.size, download.etag) == (SHA256, len(BODY), ETAG)
    assert run(server, tmp_path, client, clock) == download == read_download(source(server), tmp_path)
    first, second = server.seen
    assert "if-none-match" not in first
    assert first["user-agent"].startswith("ragqa/")
    assert first["accept-encoding"] == "identity"
    assert second["if-none-match"] == ETAG
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cards.json", "cards.json.download.json"]


def test_without_etag_the_date_is_asked_after(
    server: Served, tmp_path: Path, client: httpx.Client, clock: Clock
) -> None:
    date = "Mon, 01 Jan 2024 00:00:00 GMT"
    server.then(whole(BODY, Last_Modified=date), status(304))
    run(server, tmp_path, client, clock)
    run(server, tmp_path, client, clock)
    assert server.seen[1]["if-modified-since"] == date


def test_changed_file_replaces_the_old_one(server: Served, tmp_path: Path, client: httpx.Client, clock: Clock) -> None:
    server.then(whole(BODY, ETag=ETAG), whole(b"new", ETag='"v2"'))
    run(server, tmp_path, client, clock)
    assert run(server, tmp_path, client, clock).etag == '"v2"'
    assert (tmp_path / "cards.json").read_bytes() == b"new"


def test_server_errors_are_waited_out_longer_each_time(
    server: Served, tmp_path: Path, client: httpx.Client, clock: Clock
) -> None:
    server.then(status(500), status(503), status(502), whole(BODY))
    assert run(server, tmp_path, client, clock).sha256 == SHA256
    waits = [seconds for seconds in clock.slept if seconds >= 1]
    assert len(waits) == 3
    assert 1 <= waits[0] <= 2 <= waits[1] <= 3 < 4 <= waits[2] <= 5


def test_retry_after_is_obeyed(server: Served, tmp_path: Path, client: httpx.Client, clock: Clock) -> None:
    server.then(status(429, Retry_After="17"), whole(BODY))
    run(server, tmp_path, client, clock)
    assert clock.slept == [17.0]


def test_body_that_breaks_off_is_continued_where_it_broke(
    server: Served, tmp_path: Path, client: httpx.Client, clock: Clock
) -> None:
    server.then(broken_off(BODY, 70_000, ETag=ETAG), rest(BODY, 70_000, ETag=ETAG))
    download = run(server, tmp_path, client, clock)
    assert (download.sha256, download.size) == (SHA256, len(BODY))
    assert (server.seen[1]["range"], server.seen[1]["if-range"]) == ("bytes=70000-", ETAG)


def test_a_later_run_continues_what_an_earlier_one_left(
    server: Served, tmp_path: Path, client: httpx.Client, clock: Clock
) -> None:
    server.then(broken_off(BODY, 70_000, ETag=ETAG), *[status(500)] * (ATTEMPTS - 1))
    with pytest.raises(SourceUnavailable, match=r"cards cannot be fetched from .*: the server answered 500; try later"):
        run(server, tmp_path, client, clock)
    assert not (tmp_path / "cards.json").exists()
    server.then(rest(BODY, 70_000, ETag=ETAG))
    assert run(server, tmp_path, client, clock).sha256 == SHA256
    assert len(server.seen) == ATTEMPTS + 1


def test_file_that_changed_meanwhile_begins_anew(
    server: Served, tmp_path: Path, client: httpx.Client, clock: Clock
) -> None:
    server.then(broken_off(b"old" * 30_000, 70_000, ETag='"v0"'), whole(BODY, ETag=ETAG))
    assert run(server, tmp_path, client, clock).sha256 == SHA256


def test_without_a_strong_validator_nothing_is_continued(
    server: Served, tmp_path: Path, client: httpx.Client, clock: Clock
) -> None:
    server.then(broken_off(BODY, 70_000, ETag='W/"v1"'), whole(BODY, ETag='W/"v1"'))
    assert run(server, tmp_path, client, clock).sha256 == SHA256
    assert "range" not in server.seen[1]


def test_range_not_satisfiable_begins_anew(server: Served, tmp_path: Path, client: httpx.Client, clock: Clock) -> None:
    server.then(broken_off(BODY, 70_000, ETag=ETAG), status(416), whole(BODY, ETag=ETAG))
    assert run(server, tmp_path, client, clock).sha256 == SHA256
    assert "range" not in server.seen[2]


def test_answer_for_another_range_begins_anew(
    server: Served, tmp_path: Path, client: httpx.Client, clock: Clock
) -> None:
    server.then(broken_off(BODY, 70_000, ETag=ETAG), rest(BODY, 60_000, ETag=ETAG), whole(BODY, ETag=ETAG))
    assert run(server, tmp_path, client, clock).sha256 == SHA256


def test_damaged_file_is_fetched_again_whole(
    server: Served, tmp_path: Path, client: httpx.Client, clock: Clock
) -> None:
    server.then(whole(BODY, ETag=ETAG), whole(BODY, ETag=ETAG))
    run(server, tmp_path, client, clock)
    damaged = bytearray(BODY)
    damaged[1000] ^= 1
    (tmp_path / "cards.json").write_bytes(damaged)
    assert run(server, tmp_path, client, clock).sha256 == SHA256
    assert "if-none-match" not in server.seen[1]
    assert (tmp_path / "cards.json").read_bytes() == BODY


def test_what_will_not_change_by_waiting_is_told_at_once(
    server: Served, tmp_path: Path, client: httpx.Client, clock: Clock
) -> None:
    server.then(status(404))
    with pytest.raises(SourceUnavailable, match="the server answered 404"):
        run(server, tmp_path, client, clock)
    assert clock.slept == []


def test_no_server_at_all(tmp_path: Path, client: httpx.Client, clock: Clock) -> None:
    with serving() as gone:
        pass
    with pytest.raises(SourceUnavailable):
        run(gone, tmp_path, client, clock)
    assert len([seconds for seconds in clock.slept if seconds > 0]) >= ATTEMPTS - 1


def test_requests_to_one_host_keep_their_distance() -> None:
    clock = Clock()
    pace = Pace(2.0, clock=lambda: clock.now, sleep=clock.sleep)
    pace.wait("http://a/1")
    pace.wait("http://b/1")
    assert clock.slept == []
    clock.now += 0.5
    pace.wait("http://a/2")
    assert clock.slept == [1.5]
    clock.now += 5
    pace.wait("http://a/3")
    assert clock.slept == [1.5]
