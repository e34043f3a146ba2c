"""Limits a minute by key and by address."""

from pathlib import Path

import pytest

from ragqa.api.app import create_app
from ragqa.api.limits import counted_address
from ragqa.corpus.keys import Scope
from ragqa.errors import ConfigurationError
from tests.integration.api_parts import ScriptedGenerator, api_settings, problem, scripted_service, serving

QUESTION = {"question": "May the fox jump?"}


def test_too_many_questions_are_told_when_to_come_back_and_reading_goes_on(
    tmp_path: Path, generator: ScriptedGenerator
) -> None:
    service = scripted_service(api_settings(tmp_path, questions_a_minute_by_address=2), generator)
    with serving(service) as client:
        answered = [client.post("/v1/ask", json=QUESTION) for _ in range(3)]
        # Where the minute turned in between, the third one opened the next; a fourth and fifth are then over it.
        answered += [client.post("/v1/ask", json=QUESTION) for _ in range(2) if answered[-1].status_code == 200]
        refused = answered[-1]
        assert "2 questions a minute" in problem(refused, 429, "rate-limited")["detail"]
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert client.get("/v1/search?q=fox").status_code == 200
        assert client.get("/livez").status_code == 200
        key = {"Authorization": f"Bearer {service.store.keys.create('shop', [Scope.ASK])[1]}"}
        assert client.post("/v1/ask", json=QUESTION, headers=key).status_code == 200


def test_keys_are_counted_apart(tmp_path: Path, generator: ScriptedGenerator) -> None:
    service = scripted_service(api_settings(tmp_path, questions_a_minute_by_key=1), generator)
    keys = [{"Authorization": f"Bearer {service.store.keys.create(n, [Scope.ASK])[1]}"} for n in ("momo", "nini")]
    with serving(service) as client:
        statuses = [client.post("/v1/ask", json=QUESTION, headers=headers).status_code for headers in keys]
    assert statuses == [200, 200]


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("203.0.113.1", "203.0.113.1"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff::2", "2001:db8:0:1::/64"),
        ("/run/ragqa.sock", "/run/ragqa.sock"),
    ],
)
def test_an_ipv6_network_is_counted_as_one(host: str, counted: str) -> None:
    assert counted_address(host) == counted


def test_a_wrong_key_counts_for_its_address(tmp_path: Path, generator: ScriptedGenerator) -> None:
    service = scripted_service(api_settings(tmp_path, requests_a_minute_by_address=1), generator)
    wrong = {"Authorization": "Bearer ragqa_000000000000_" + 43 * "x"}
    with serving(service) as client:
        statuses = [client.get("/v1/search?q=fox", headers=wrong).status_code for _ in range(3)]
    assert (statuses[0], statuses[-1]) == (401, 429)


def test_zero_is_no_limit(tmp_path: Path, generator: ScriptedGenerator) -> None:
    with serving(scripted_service(api_settings(tmp_path, questions_a_minute_by_address=0), generator)) as client:
        assert {client.post("/v1/ask", json=QUESTION).status_code for _ in range(5)} == {200}


def test_a_storage_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="RAGQA_LIMITS_STORAGE 'nowhere://'"):
        create_app(api_settings(tmp_path, limits_storage="nowhere://"))
