"""The client against a real server process that speaks the protocol and misbehaves on request."""

import asyncio
import json
import math
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping

import httpx
import pytest

from ragqa.datatypes import Language, Question, Usage, Verdict
from ragqa.errors import ConfigurationError, GenerationFailed, Overloaded
from ragqa.generation.openai_client import OpenAIGenerator
from ragqa.protocols import Delta, Prompt

SERVER = """
import json, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
seen = {"count": 0, "last": None}
class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *arguments): pass
    def reply(self, status, body, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": len(body), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers(); self.wfile.write(body)
    def do_GET(self):
        self.reply(200, json.dumps(seen).encode()); seen["count"] = 0
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        seen["count"] += 1; seen["last"] = {"body": body, "key": self.headers.get("Authorization"), "path": self.path}
        mode = body["model"]
        if mode == "busy" or (mode == "busy-once" and seen["count"] == 1):
            return self.reply(503, b"queue full", Retry_After=0)
        if mode == "wrong": return self.reply(400, b"no such model")
        self.send_response(200); self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close"); self.end_headers()
        def event(value):
            self.wfile.write(b"data: " + json.dumps(value).encode() + b"\\n\\n"); self.wfile.flush()
        def piece(text, logprobs=None, finish=None):
            event({"choices": [{"delta": {"content": text}, "logprobs": logprobs, "finish_reason": finish}]})
        piece("verdict:")
        if mode == "silent": time.sleep(20); return
        if mode == "breaks-off": return
        if mode == "reports": return event({"error": {"message": "out of memory"}})
        tops = [{"token": t, "logprob": p} for t, p in [(" no", -0.1), (" yes", -2.3), (" No", -4.0), (" maybe", -5.0)]]
        piece(" no", {"content": [{"token": " no", "logprob": -0.1, "top_logprobs": tops}]})
        piece("\\nIt has no DEF [1]."); piece("", finish="stop")
        if mode == "good": event({"choices": [], "usage": {"prompt_tokens": 900, "completion_tokens": 12}})
        self.wfile.write(b"data: [DONE]\\n\\n")
server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Server)
print("ready", flush=True); server.serve_forever()
"""


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(port)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield f"http://127.0.0.1:{port}/v1"
    process.terminate()
    process.wait()
    process.stdout.close()


PROMPT = Prompt(
    question=Question(text="Can it be set?", lang=Language.EN),
    messages=({"role": "system", "content": "Rules."}, {"role": "user", "content": "Can it be set?"}),
    passages=(),
    settled=None,
    version="test",
)


def ask(
    base_url: str,
    model: str,
    timeout_seconds: float = 5.0,
    attempts: int = 3,
    response_format: Mapping[str, object] | None = None,
) -> list[Delta]:
    async def run() -> list[Delta]:
        generator = OpenAIGenerator(
            base_url=base_url,
            model=model,
            api_key="secret",
            timeout_seconds=timeout_seconds,
            attempts=attempts,
            response_format=response_format,
        )
        try:
            return [delta async for delta in generator.stream(PROMPT)]
        finally:
            await generator.aclose()

    return asyncio.run(run())


def seen(base_url: str) -> dict[str, object]:
    answer: dict[str, object] = httpx.get(base_url, trust_env=False).json()
    return answer


def test_streams_the_sheet_with_the_verdicts_probabilities(base_url: str) -> None:
    deltas = ask(base_url, "good", response_format={"type": "json_schema", "json_schema": {"name": "sheet"}})
    assert "".join(delta.text for delta in deltas) == "verdict: no\nIt has no DEF [1]."
    stated = [delta.verdict_probabilities for delta in deltas if delta.verdict_probabilities]
    no, yes = math.exp(-0.1) + math.exp(-4.0), math.exp(-2.3)
    assert stated == [
        pytest.approx({Verdict.NO: no / (no + yes), Verdict.YES: yes / (no + yes), "conditional": 0, "unknown": 0})
    ]
    request = json.loads(json.dumps(seen(base_url)["last"]))
    assert request["path"] == "/v1/chat/completions"
    assert request["key"] == "Bearer secret"
    assert request["body"]["messages"] == [dict(message) for message in PROMPT.messages]
    assert request["body"]["response_format"] == {"type": "json_schema", "json_schema": {"name": "sheet"}}
    assert deltas[-1].usage == Usage(prompt_tokens=900, completion_tokens=12)
    assert request["body"]["stream_options"] == {"include_usage": True}
    assert request["body"]["temperature"] == 0 and request["body"]["max_tokens"] == 400


def test_asks_again_when_the_server_had_no_room(base_url: str) -> None:
    seen(base_url)
    assert ask(base_url, "busy-once")[-1].text == "\nIt has no DEF [1]."
    assert seen(base_url)["count"] == 2


def test_a_server_without_room_is_overloaded_after_three_tries(base_url: str) -> None:
    seen(base_url)
    with pytest.raises(Overloaded, match="queue full"):
        ask(base_url, "busy")
    assert seen(base_url)["count"] == 3


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("wrong", "answered 400: no such model"),
        ("breaks-off", "closed the stream before the answer was complete"),
        ("reports", "out of memory"),
    ],
)
def test_what_failed_is_reported_and_not_repeated(base_url: str, model: str, message: str) -> None:
    seen(base_url)
    with pytest.raises(GenerationFailed, match=message):
        ask(base_url, model)
    assert seen(base_url)["count"] == 1


def test_silence_ends_at_the_timeout(base_url: str) -> None:
    with pytest.raises(GenerationFailed, match="fell silent"):
        ask(base_url, "silent", timeout_seconds=0.3)


def test_nobody_there_is_reported() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(GenerationFailed, match="cannot be reached"):
        ask(f"http://127.0.0.1:{port}/v1", "good", attempts=2)


def test_an_address_without_scheme_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"openai_base_url 'localhost:8000' is no"):
        OpenAIGenerator(base_url="localhost:8000", model="m")
