"""Whatever a model would like to say, under the grammar it writes a sheet that cites passages that exist."""

import asyncio
import re
import string

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import MixtralConfig, MixtralForCausalLM, PreTrainedTokenizerFast

from ragqa.datatypes import Language, Passage, Question, SourceKind, Verdict
from ragqa.generation.chat import verdict_tokens
from ragqa.generation.constraints import TokenMasks
from ragqa.generation.grammar import MOST_SENTENCES, SheetGrammar, sheet_grammar
from ragqa.generation.prompt import build_prompt
from ragqa.generation.sheet import parse_sheet
from ragqa.generation.transformers_generator import serve_model
from ragqa.protocols import Delta

SENTENCE = r"[^\[\]\n]*[^\[\]\s](?: ?)(?:\[\d+\]){1,4}[.。]?"


def letter_tokenizer(letters: str) -> PreTrainedTokenizerFast:
    """Every one of the letters a token of its own, and the verdicts' words, which begin with a space."""
    spelled = "".join(dict.fromkeys(letters + "verdict: yesnoconditionalunknown\n"))
    pieces = [pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str(letter)[0][0] for letter in spelled]
    words, merges = list(dict.fromkeys("".join(pieces))), []
    space = pieces[spelled.index(" ")]
    for verdict in Verdict:
        for end in range(len(verdict)):
            pair = (space + verdict[:end], verdict[end])
            if pair not in merges:
                merges.append(pair)
                words.append("".join(pair))
    words.append("</s>")
    backend = Tokenizer(models.BPE(vocab={word: number for number, word in enumerate(words)}, merges=merges))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens(["</s>"])
    return PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="</s>")


def grammar_of(tokenizer: PreTrainedTokenizerFast, vocabulary: int | None = None) -> SheetGrammar | None:
    return sheet_grammar(
        tokenizer,
        vocabulary=vocabulary or len(tokenizer),
        stop_ids=[tokenizer.eos_token_id],
        verdict_lines=verdict_tokens(tokenizer).choices,
    )


ALL = letter_tokenizer(string.printable + "네はい。？")
FEW = letter_tokenizer("ab .[]123")
GRAMMAR = grammar_of(ALL)


def accepts(text: str, passages: int = 3) -> bool:
    """Whether a text is the beginning of a sheet."""
    assert GRAMMAR is not None
    return GRAMMAR.constraint(passages).accept(ALL(text, add_special_tokens=False)["input_ids"])


@pytest.mark.parametrize(
    "text",
    [
        " yes\nIt may. [1]",
        " no\nIt has no DEF [2][3].\nA Link Monster cannot be set. [1]",
        " yes\nD.D. Crow is No.39 at 1.5 times! [1] Really?! [3]",
        " conditional\n네. [1] はい。[2]",
        " unknown\n",
        " unknown\nThe passages do not say [1]",
    ],
)
def test_sheets_fit(text: str) -> None:
    assert accepts(text)


@pytest.mark.parametrize(
    "text",
    [
        " p",
        " yes\n[",
        " yes\nIt may. I",
        " yes\nIt may.\n",
        " yes\n네。は",
        " yes\nIt may. [4",
        " yes\nIt may. [0",
        " yes\nIt may. [1][1][1][1][",
        " yes\na [1] b [1] c [1] d [1] ",
    ],
    ids=lambda text: text.strip().replace("\n", "/"),
)
def test_where_a_text_leaves_the_form_its_last_letter_does_not_fit(text: str) -> None:
    assert accepts(text[:-1]) and not accepts(text)


def test_without_passages_nothing_can_be_said() -> None:
    assert GRAMMAR is not None
    constraint = GRAMMAR.constraint(0)
    assert constraint.accept(ALL(" yes\n", add_special_tokens=False)["input_ids"])
    assert constraint.finished


def test_a_tokenizer_that_cannot_be_read_leaves_the_sheet_to_the_parser(caplog: pytest.LogCaptureFixture) -> None:
    words = {word: number for number, word in enumerate(["verdict:", *Verdict, "?", "</s>"])}
    backend = Tokenizer(models.WordLevel(words, unk_token="?"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    assert grammar_of(PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="</s>")) is None
    assert "parsed instead of held to a grammar" in caplog.text


def test_a_tokenizer_with_marked_spaces_and_byte_tokens_is_read_too() -> None:
    """As Mixtral's and Llama 2's: `▁` for a space, also before the first word, and a newline as `<0x0A>`."""
    letters = sorted(set("verdict:yesnoconditionalunknownItmay[]1"))
    vocabulary = ["<unk>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", *letters]
    merges = []
    for verdict in Verdict:
        for end in range(len(verdict)):
            pair = ("▁" + verdict[:end], verdict[end])
            if pair not in merges:
                merges.append(pair)
                vocabulary.append("".join(pair))
    ids = {word: number for number, word in enumerate(vocabulary)}
    backend = Tokenizer(models.BPE(vocab=ids, merges=merges, byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    backend.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    spaces = decoders.Replace("▁", " ")
    backend.decoder = decoders.Sequence([spaces, decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="</s>", unk_token="<unk>")
    grammar = grammar_of(tokenizer)
    assert grammar is not None
    constraint = grammar.constraint(1)
    assert constraint.accept([ids[token] for token in ["▁yes", "<0x0A>", *"It▁may▁[1"]])
    masked = TokenMasks().apply(torch.zeros(1, len(tokenizer)), [constraint])
    assert torch.nonzero(masked[0] == 0).flatten().tolist() in ([ids["]"]], [ids["<0x5D>"], ids["]"]])


def test_masks_forbid_what_does_not_fit_and_leave_other_rows_alone() -> None:
    width = len(ALL) + 40  # wider than the tokenizer, as models are
    grammar = grammar_of(ALL, width)
    assert grammar is not None
    constraint = grammar.constraint(2)
    constraint.accept(ALL(" yes\nIt may. [", add_special_tokens=False)["input_ids"])
    logits = torch.randn(2, width)
    masked = TokenMasks().apply(logits, [None, constraint])
    assert torch.equal(masked[0], logits[0])
    allowed = torch.nonzero(masked[1] > float("-inf")).flatten().tolist()
    assert sorted(ALL.convert_ids_to_tokens(allowed)) == ["1", "2"]
    assert torch.equal(masked[1, allowed], logits[1, allowed])
    assert TokenMasks().apply(logits, [None, None]) is logits


def random_mixtral(seed: int) -> MixtralForCausalLM:
    torch.manual_seed(seed)
    config = MixtralConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        num_local_experts=4,
        vocab_size=len(FEW) + 3,
        max_position_embeddings=4096,
        initializer_range=0.5,
        eos_token_id=FEW.eos_token_id,
    )
    return MixtralForCausalLM(config).eval()


def passage(number: int) -> Passage:
    return Passage(
        passage_id=f"c#{number}", source_id="c", kind=SourceKind.CARD, lang=Language.EN, heading="ab", text="ba"
    )


def write(seed: int, passages: int, new: int) -> tuple[str, bool]:
    """Return the sheet of a random model, and whether it ran out of tokens."""
    generator = serve_model(random_mixtral(seed), FEW, name="random", max_new_tokens=new, kv_tokens=4000)
    prompt = build_prompt(Question(text="ab", lang=Language.EN), list(map(passage, range(passages))), None)

    async def collect() -> list[Delta]:
        return [delta async for delta in generator.stream(prompt)]

    deltas = asyncio.run(collect())
    generator.close()
    usage = deltas[-1].usage
    assert usage is not None
    return "".join(delta.text for delta in deltas), usage.completion_tokens >= new


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), passages=st.integers(0, 3), new=st.integers(1, 80))
def test_whatever_a_random_model_likes_it_cites_only_what_exists(seed: int, passages: int, new: int) -> None:
    text, ran_out = write(seed, passages, new)
    sheet = parse_sheet(text)
    head, body = text.split("\n", 1)
    assert sheet.verdict is not None and head == f"verdict: {sheet.verdict}"
    assert all(1 <= int(number) <= passages for number in re.findall(r"\[(\d+)\]", body))
    whole = re.fullmatch(rf"((?:{SENTENCE}[ \n]?){{0,{MOST_SENTENCES}}})(.*)", body)
    assert whole is not None
    # Only what ran out of tokens may leave a piece of a sentence, which the parser drops.
    assert ran_out or not whole[2]
    assert ran_out or sheet.sentences or not passages or sheet.verdict is Verdict.UNKNOWN
    assert bool(body) <= bool(passages)


def test_random_models_do_write_sentences() -> None:
    """What is shown above is not shown on empty sheets."""
    counts = [len(parse_sheet(write(seed, 3, 120)[0]).sentences) for seed in range(16)]
    assert sum(count >= 1 for count in counts) >= 3
    assert max(counts) >= 2
