"""A generator behind an OpenAI-compatible endpoint: vLLM, SGLang, llama.cpp, `transformers serve` or a provider.

A request is sent again only while nothing of it was answered: after a refused connection, or an answer that says that
the server has no room. What broke off half-way is reported, never repeated.
"""

import json
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import msgspec
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from ragqa.datatypes import Usage, Verdict
from ragqa.errors import ConfigurationError, GenerationFailed, Overloaded
from ragqa.generation.sheet import parse_sheet
from ragqa.protocols import Delta, Prompt

_NO_ROOM = (429, 503)
_LONGEST_WAIT = 5.0


class _Logprob(msgspec.Struct):
    token: str
    logprob: float


class _TokenLogprobs(msgspec.Struct):
    token: str
    top_logprobs: list[_Logprob] = []


class _Logprobs(msgspec.Struct):
    content: list[_TokenLogprobs] | None = None


class _Part(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Part = msgspec.field(default_factory=_Part)
    logprobs: _Logprobs | None = None
    finish_reason: str | None = None


class _Event(msgspec.Struct):
    choices: list[_Choice] = []
    usage: Usage | None = None
    error: dict[str, object] | str | None = None


class OpenAIGenerator:
    """Streams chat completions and passes the sheet on as it comes."""

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        api_key: str | None = None,
        max_new_tokens: int = 400,
        timeout_seconds: float = 60.0,
        attempts: int = 3,
        response_format: Mapping[str, object] | None = None,
    ) -> None:
        """`timeout_seconds` is the longest silence; `response_format` (a JSON schema, say) is passed on as it is."""
        if not base_url.startswith(("http://", "https://")):
            raise ConfigurationError(f"openai_base_url {base_url!r} is no http(s) address")
        self.name = model
        self._attempts = attempts
        self._body: dict[str, object] = {
            "model": model,
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": 0,
            "max_tokens": max_new_tokens,
            "logprobs": True,
            "top_logprobs": 20,
        }
        if response_format:
            self._body["response_format"] = dict(response_format)
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/") + "/",
            headers=headers,
            timeout=httpx.Timeout(timeout_seconds, connect=10.0),
            # The endpoint is configured; proxies and certificates are not taken from the environment behind its back.
            trust_env=False,
        )

    async def stream(self, prompt: Prompt) -> AsyncIterator[Delta]:
        """Yield the sheet piece by piece. Raises Overloaded, GenerationFailed."""
        body = self._body | {"messages": [dict(message) for message in prompt.messages]}
        text, stated = "", False
        try:
            async with self._open(body) as response:
                async for choice in _choices(response):
                    if isinstance(choice, Usage):
                        yield Delta(text="", usage=choice)
                        continue
                    piece = choice.delta.content or ""
                    text += piece
                    probabilities = None if stated else _verdict_probabilities(choice.logprobs)
                    stated = stated or probabilities is not None or parse_sheet(text).verdict is not None
                    if piece or probabilities:
                        yield Delta(text=piece, verdict_probabilities=probabilities)
        except httpx.TimeoutException as error:
            raise GenerationFailed(f"{self.name} fell silent: {error!r}") from error
        except httpx.HTTPError as error:
            raise GenerationFailed(f"{self.name} cannot be reached or broke off: {error!r}") from error

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    @asynccontextmanager
    async def _open(self, body: dict[str, object]) -> AsyncIterator[httpx.Response]:
        """Send the request, again where that is safe, and hand over the response with its body unread."""
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._attempts),
            wait=_wait,
            retry=retry_if_exception_type((httpx.ConnectError, httpx.ConnectTimeout, Overloaded)),
            reraise=True,
        )
        response: httpx.Response = await retrying(self._send, body)
        try:
            yield response
        finally:
            await response.aclose()

    async def _send(self, body: dict[str, object]) -> httpx.Response:
        request = self._client.build_request("POST", "chat/completions", json=body)
        response = await self._client.send(request, stream=True)
        if response.is_success:
            return response
        try:
            said = (await response.aread()).decode("utf-8", "replace")[:300]
        finally:
            await response.aclose()
        if response.status_code in _NO_ROOM:
            raise Overloaded(f"{self.name} has no room: {said}", retry_after=_retry_after(response))
        raise GenerationFailed(f"{self.name} answered {response.status_code}: {said}")


async def _choices(response: httpx.Response) -> AsyncIterator[_Choice | Usage]:
    """Yield a stream's choices, and its usage if told. Raises GenerationFailed if it breaks off or reports an error."""
    finished = False
    async for line in response.aiter_lines():
        if not line.startswith("data:"):
            continue
        payload = line[5:].strip()
        if payload == "[DONE]":
            return
        try:
            event = msgspec.json.decode(payload, type=_Event)
        except msgspec.MsgspecError as error:
            raise GenerationFailed(f"the endpoint sent an event that is no chat completion: {error}") from error
        if event.error is not None:
            raise GenerationFailed(f"the endpoint reported: {json.dumps(event.error)[:300]}")
        for choice in event.choices[:1]:
            finished = finished or choice.finish_reason is not None
            yield choice
        if event.usage is not None:
            yield event.usage
    if not finished:
        raise GenerationFailed("the endpoint closed the stream before the answer was complete")


def _verdict_probabilities(logprobs: _Logprobs | None) -> dict[Verdict, float] | None:
    """Return the verdicts' probabilities, if this piece holds the token that states the verdict."""
    for position in (logprobs.content or []) if logprobs else []:
        if not _verdict_of(position.token):
            continue
        found = dict.fromkeys(Verdict, 0.0)
        for candidate in position.top_logprobs:
            verdict = _verdict_of(candidate.token)
            if verdict:
                found[verdict] += math.exp(candidate.logprob)
        total = sum(found.values())
        return {verdict: share / total for verdict, share in found.items()} if total > 0 else None
    return None


def _verdict_of(token: str) -> Verdict | None:
    """Return the verdict a token begins: whole short words, or at least three letters of a longer one."""
    word = token.strip().lower()
    for verdict in Verdict:
        if word == verdict or (len(word) >= 3 and verdict.startswith(word)):
            return verdict
    return None


def _retry_after(response: httpx.Response) -> float:
    try:
        return max(0.0, float(response.headers.get("Retry-After", "1")))
    except ValueError:
        return 1.0


def _wait(state: RetryCallState) -> float:
    """Wait as long as the server asked, else longer each time; never longer than a reader would."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, Overloaded):
        return min(error.retry_after, _LONGEST_WAIT)
    return min(wait_exponential_jitter(multiplier=0.2, max=2.0, jitter=0.2)(state), _LONGEST_WAIT)
