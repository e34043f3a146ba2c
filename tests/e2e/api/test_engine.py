"""The real engine in a real server process: a prompt too long, too many questions, a model or a thread that fails."""

import json
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

import httpx
import pytest

from tests.e2e.api.engine_server import CONTEXT
from tests.e2e.api.server_process import PATIENCE, Server, serving_process
from tests.integration.api_parts import events_of, problem


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One answer at a time, one question waiting."""
    with serving_process(tmp_path_factory.mktemp("engine"), "engine") as server:
        yield server


def ask(server: Server, manner: str) -> httpx.Response:
    question = {"question": f"May Glimmerwick Moth {manner} here?"}
    return httpx.post(f"{server.url}/v1/ask", json=question, timeout=PATIENCE)


def gauge(server: Server, name: str) -> float:
    lines = httpx.get(f"{server.url}/metrics", timeout=PATIENCE).text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def wait_until_ready(server: Server) -> None:
    while httpx.get(f"{server.url}/readyz", timeout=PATIENCE).status_code != 200:
        pass


def answered(response: httpx.Response) -> bool:
    answer = response.json()
    return (answer["verdict"], answer["model"], answer["explanation"]) == ("yes", "words", "It may. [1]")


def test_a_prompt_that_cannot_fit_is_refused_and_the_next_question_answered(server: Server) -> None:
    fields = problem(ask(server, "jump " * CONTEXT), 422, "invalid-input")
    assert f"exceed the {CONTEXT} that fit: ask a shorter question, or lower RAGQA_" in fields["detail"]
    assert fields["field"] == "question"
    assert answered(ask(server, "jump"))


def test_the_answer_comes_word_by_word(server: Server) -> None:
    question, headers = {"question": "May Glimmerwick Moth jump?"}, {"Accept": "text/event-stream"}
    response = httpx.post(f"{server.url}/v1/ask", json=question, headers=headers, timeout=PATIENCE)
    events = events_of(response.text)
    told = "|".join(json.loads(payload)["text"] for name, payload in events if name == "token")
    assert [word for word in re.split(r"\s*\|\s*", told) if word] == ["verdict: yes", "It", "may.", "[1]"]
    assert json.loads(events[-1][1])["answer"]["explanation"] == "It may. [1]"


def test_a_client_that_leaves_frees_the_place_of_its_question(server: Server) -> None:
    body = json.dumps({"question": "May Glimmerwick Moth at some other place hold here?"})
    head = "POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        assert server.next_line() == "held"
        assert gauge(server, "ragqa_generations_running") == 1
    while gauge(server, "ragqa_questions_running"):
        pass
    server.tell("go on")
    while gauge(server, "ragqa_generations_running") or gauge(server, "ragqa_kv_tokens_used"):
        pass
    assert answered(ask(server, "jump"))


def test_more_questions_than_may_wait_are_told_when_to_come_back(server: Server) -> None:
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(ask, server, "hold")
        assert server.next_line() == "held"
        others = as_completed([pool.submit(ask, server, f"jump {number} times") for number in range(3)])
        for _ in range(2):
            refused = next(others).result()
            assert "1 questions are waiting already" in problem(refused, 503, "overloaded")["detail"]
            assert int(refused.headers["Retry-After"]) == 5
        server.tell("go on")
        assert answered(first.result()) and answered(next(others).result())


def test_a_failing_model_fails_its_question_and_answers_the_next(server: Server) -> None:
    assert "device lost" in problem(ask(server, "break"), 502, "generation-failed")["detail"]
    assert answered(ask(server, "jump"))


def test_a_reply_that_cannot_be_read_is_asked_for_once_more(server: Server) -> None:
    repaired = ask(server, "mumble")
    assert answered(repaired) and repaired.json()["asked_again"]
    declined = ask(server, "grumble").json()
    assert (declined["verdict"], declined["unreadable"]) == ("unknown", "no-citation")
    assert "asked twice and gave no reason that cites one of the passages" in declined["explanation"]
    counted = httpx.get(f"{server.url}/metrics", timeout=PATIENCE).text
    assert 'ragqa_asked_again_total{outcome="read"} 1.0' in counted
    assert 'ragqa_asked_again_total{outcome="no-citation"} 1.0' in counted
    assert answered(ask(server, "calm"))


def test_a_model_that_fails_three_times_is_restarted_and_answers_the_next(server: Server) -> None:
    for _ in range(3):
        assert "device lost" in problem(ask(server, "break"), 502, "generation-failed")["detail"]
    wait_until_ready(server)
    assert answered(ask(server, "jump"))


def test_an_engine_whose_thread_ended_fails_its_question_and_answers_the_next(server: Server) -> None:
    assert "thread ended before the answer" in problem(ask(server, "perish"), 502, "generation-failed")["detail"]
    wait_until_ready(server)
    assert answered(ask(server, "jump"))


def test_a_stalled_model_fails_its_question_and_answers_once_it_moves_again(server: Server) -> None:
    assert "has not answered for 0.5 s" in problem(ask(server, "stall"), 502, "generation-failed")["detail"]
    assert server.next_line() == "held"
    waited = problem(ask(server, "jump"), 503, "overloaded")
    assert "the generator is not answering" in waited["detail"]
    ready = httpx.get(f"{server.url}/readyz", timeout=PATIENCE)
    assert "the generator is not answering" in problem(ready, 503, "not-ready")["detail"]
    server.tell("go on")
    wait_until_ready(server)
    assert answered(ask(server, "jump"))
