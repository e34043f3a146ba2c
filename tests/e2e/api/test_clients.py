"""The real clients of other protocols against a real server process: the `openai` SDK."""

import openai
import pytest

from tests.e2e.test_command_line import SEED


@pytest.fixture
def sdk(url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=60)


def question(text: str) -> openai.types.chat.ChatCompletionUserMessageParam:
    return {"role": "user", "content": text}


@pytest.mark.parametrize(("lang", "sign"), [("ko", "**예**"), ("en", "**Yes**"), ("ja", "**はい**")])
def test_the_seed_question_is_answered_with_its_citation(sdk: openai.OpenAI, lang: str, sign: str) -> None:
    done = sdk.chat.completions.create(model="ragqa", messages=[question(SEED[lang])])
    message = done.choices[0].message
    assert message.content is not None and message.content.startswith(sign)
    assert message.annotations is not None
    for annotation in message.annotations:
        marked = annotation.url_citation
        assert message.content[marked.start_index : marked.end_index].startswith("[")
        assert marked.url.startswith("https://") and "23793" in marked.url
    assert message.annotations
    assert done.model_extra is not None
    assert done.model_extra["ragqa"]["citations"][0]["official_id"] == 23793
    assert done.usage is not None and done.usage.total_tokens == 0


def test_a_stream_says_what_the_whole_answer_says(sdk: openai.OpenAI) -> None:
    whole = sdk.chat.completions.create(model="ragqa", messages=[question(SEED["ko"])]).choices[0].message.content
    chunks = list(
        sdk.chat.completions.create(
            model="ragqa", messages=[question(SEED["ko"])], stream=True, stream_options={"include_usage": True}
        )
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == whole
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage is not None
    marked = [
        chunk for chunk in chunks if chunk.choices and (chunk.choices[0].delta.model_extra or {}).get("annotations")
    ]
    assert len(marked) == 1


def test_the_model_is_listed_and_another_one_refused(sdk: openai.OpenAI) -> None:
    assert [model.id for model in sdk.models.list()] == ["ragqa"]
    with pytest.raises(openai.NotFoundError, match="model 'gpt-5'"):
        sdk.chat.completions.create(model="gpt-5", messages=[question(SEED["ko"])])


def test_a_blank_question_is_a_bad_request_that_names_the_messages(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        sdk.chat.completions.create(model="ragqa", messages=[question(" ")])
    assert (refused.value.param, refused.value.code) == ("messages", "invalid-input")


def test_a_day_can_be_given_beside_the_question(sdk: openai.OpenAI) -> None:
    """The ruling was published in 2023; on an earlier day it settled nothing yet."""
    done = sdk.chat.completions.create(
        model="ragqa", messages=[question(SEED["ko"])], extra_body={"ragqa": {"as_of": "2020-01-01"}}
    )
    assert done.model_extra is not None
    assert 23793 not in [citation["official_id"] for citation in done.model_extra["ragqa"]["citations"]]
