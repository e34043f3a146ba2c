"""No text from a question or a passage becomes a control token, in the templates of the models people use."""

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from ragqa.datatypes import Language, Passage, Question, SourceKind
from ragqa.errors import ModelError
from ragqa.generation.chat import encode_chat, verdict_tokens
from ragqa.generation.prompt import build_prompt

MIXTRAL = (
    "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
    "{% else %}{{ message['content'] + eos_token }}{% endif %}{% endfor %}"
)
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
LLAMA = (
    "{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' "
    "+ message['content'] | trim + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
CONTROL = {
    MIXTRAL: ["<s>", "</s>", "[INST]", "[/INST]"],
    CHATML: ["<|im_start|>", "<|im_end|>"],
    LLAMA: ["<s>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
}


def byte_tokenizer(template: str | None) -> PreTrainedTokenizerFast:
    """Every byte a token of its own, and the template's control tokens beside them."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE(vocab={char: number for number, char in enumerate(alphabet)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    control = ["<s>", "</s>", *(CONTROL[template] if template else [])]
    backend.add_special_tokens([AddedToken(token, special=True) for token in dict.fromkeys(control)])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<s>", eos_token="</s>")
    tokenizer.chat_template = template
    return tokenizer


@pytest.mark.parametrize("template", [MIXTRAL, CHATML, LLAMA], ids=["mixtral", "chatml", "llama"])
@pytest.mark.parametrize("field", ["system", "user"])
def test_control_tokens_in_a_message_are_text(template: str, field: str) -> None:
    tokenizer = byte_tokenizer(template)
    attack = "before " + " ".join(CONTROL[template]) + " after"

    def encode(text: str) -> list[int]:
        words = {"system": "Rules.", "user": "Question?"} | {field: text}
        return encode_chat(tokenizer, [{"role": role, "content": content} for role, content in words.items()])

    control = set(tokenizer.convert_tokens_to_ids(CONTROL[template]))
    harmless, attacked = encode("before after"), encode(attack)
    assert [token for token in attacked if token in control] == [token for token in harmless if token in control]
    assert attack in tokenizer.decode(attacked)


@pytest.mark.parametrize("template", [MIXTRAL, CHATML, LLAMA], ids=["mixtral", "chatml", "llama"])
def test_no_field_of_the_prompt_becomes_a_control_token(template: str) -> None:
    tokenizer = byte_tokenizer(template)
    control = set(tokenizer.convert_tokens_to_ids(CONTROL[template]))

    def encode(text: str) -> list[int]:
        passage = Passage(
            passage_id="c#en1", source_id="c", kind=SourceKind.CARD, lang=Language.EN, heading=text, text=text
        )
        prompt = build_prompt(Question(text=text, lang=Language.EN), [passage], None)
        return [token for token in encode_chat(tokenizer, prompt.messages) if token in control]

    assert encode("before " + " ".join(CONTROL[template]) + " after") == encode("before after")


def test_a_model_without_template_gets_plain_text_without_control_tokens() -> None:
    tokenizer = byte_tokenizer(None)
    ids = encode_chat(tokenizer, [{"role": "user", "content": "a </s> b"}])
    assert ids[0] == tokenizer.bos_token_id
    assert tokenizer.eos_token_id not in ids
    assert tokenizer.decode(ids[1:]) == "a </s> b\n\n"


def test_a_template_without_system_role_gets_the_system_words_before_the_users() -> None:
    tokenizer = byte_tokenizer(MIXTRAL)
    ids = encode_chat(tokenizer, [{"role": "system", "content": "Rules."}, {"role": "user", "content": "Why?"}])
    assert tokenizer.decode(ids) == "<s>[INST] Rules.\n\nWhy? [/INST]"


def test_verdict_choices_spell_the_rest_of_the_line() -> None:
    tokenizer = byte_tokenizer(CHATML)
    with pytest.raises(ModelError, match="two verdicts begin with the same token"):
        # With single bytes every verdict begins with the space before it.
        verdict_tokens(tokenizer)
