"""Pure text functions: normalisation, ruby markup, scripts, tokens of mixed CJK and Latin text."""

import re
import unicodedata
from collections.abc import Iterator

from ragqa.datatypes import Language

_RUBY = re.compile(r"<ruby>(.*?)<rt>.*?</rt></ruby>", re.DOTALL)
_RUBY_FALLBACK = re.compile(r"<rp>.*?</rp>|</?(?:ruby|rb)>", re.DOTALL)
_KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_SMALL_KANA = str.maketrans("ぁぃぅぇぉっゃゅょゎ", "あいうえおつやゆよわ")
_DASHES = re.compile(r"[‐-―−－ｰ]")
_HANGUL, _KANA, _HAN = re.compile("[가-힣ㄱ-ㅣ]"), re.compile("[ぁ-ヿ]"), re.compile("[一-鿿々〆]")
_WORD = re.compile(r"[a-z0-9]+|[가-힣]+|[ぁ-ゖァ-ヺー一-鿿々〆]+")

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])(?:\s+|(?<=[。！？]))(?=\S)")

_CHOSEONG = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_JUNGSEONG = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_JONGSEONG = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"

_LETTERS = {
    0xAC00 + code: _CHOSEONG[code // 588] + _JUNGSEONG[code % 588 // 28] + _JONGSEONG[code % 28].strip()
    for code in range(11172)
}
_WITHOUT_ACCENT = {
    code: "".join(each for each in unicodedata.normalize("NFD", chr(code)) if not unicodedata.combining(each))
    for code in range(ord("à"), ord("ɏ") + 1)
}


def strip_ruby(text: str) -> str:
    """Keep the base text of `<ruby>base<rt>reading</rt></ruby>`; other angle brackets are part of the text."""
    return _RUBY_FALLBACK.sub("", _RUBY.sub(lambda match: re.sub(r"<rp>.*?</rp>", "", match[1]), text))


def visible(text: str) -> str:
    """Drop control and zero-width characters, marks that turn the writing direction, and tags nobody sees."""
    return _INVISIBLE.sub("", text)


def fold(text: str) -> str:
    """NFKC, lower case, no accents on Latin letters: the same width and case everywhere."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if folded.isascii():
        return folded
    return folded.translate(_WITHOUT_ACCENT)


def name_key(text: str) -> str:
    """Key under which two spellings of one card name are equal: folded, letters and digits only.

    Katakana becomes hiragana and small kana large, so that ガガガマジシヤン meets ガガガマジシャン.
    """
    return "".join(char for char, _ in key_characters(text))


def key_characters(text: str) -> Iterator[tuple[str, int]]:
    """Yield the characters of `name_key(text)`, each with the offset in `text` that it came from."""
    for offset, char in enumerate(text):
        for part in fold(char):
            part = part.translate(_KATAKANA_TO_HIRAGANA).translate(_SMALL_KANA)
            if part == "ー" or part.isalnum():
                yield part, offset


def jamo(text: str) -> str:
    """Write each Hangul syllable as its letters, so that an edit distance counts letters, not syllables."""
    return text if text.isascii() else text.translate(_LETTERS)


def is_hangul(char: str) -> bool:
    """Whether the character is a Hangul syllable or letter."""
    return "가" <= char <= "힣" or "ㄱ" <= char <= "ㅣ"


def is_kana(char: str) -> bool:
    """Whether the character is hiragana or katakana."""
    return "ぁ" <= char <= "ヿ"


def is_han(char: str) -> bool:
    """Whether the character is a CJK ideograph."""
    return "一" <= char <= "鿿" or char in "々〆"


def detect_language(text: str) -> Language:
    """Tell the language by script; a text without Hangul, kana or ideographs is English."""
    if text.isascii():
        return Language.EN
    folded = unicodedata.normalize("NFKC", text)
    hangul, kana = len(_HANGUL.findall(folded)), len(_KANA.findall(folded))
    if hangul and hangul >= kana:
        return Language.KO
    if kana or _HAN.search(folded):
        return Language.JA
    return Language.EN


def tokens(text: str) -> list[str]:
    """Words for lexical search: Latin words whole, CJK runs as character bigrams (one character alone as itself)."""
    out: list[str] = []
    for match in _WORD.finditer(_DASHES.sub("-", fold(text))):
        word = match[0]
        if word.isascii() or len(word) == 1:
            out.append(word)
        else:
            out.extend(word[i : i + 2] for i in range(len(word) - 1))
    return out


def sentences(text: str) -> list[str]:
    """Split a text into sentences; list items on lines of their own count as sentences."""
    return [part.strip() for line in text.splitlines() for part in _SENTENCE_END.split(line) if part and part.strip()]
