"""What a name being typed may still become: an input method shows 우라라 as 울 on its way from 우 to 우라. Pure."""

_FIRST, _LEADS, _PER_LEAD, _PER_VOWEL = 0xAC00, range(0x1100, 0x1113), 588, 28
_LAST = "\U0010ffff"
_SYLLABLES = 11172
_GROWING_VOWELS = {8: 4, 13: 4, 18: 2}
"""Vowels by number that another vowel may join (ㅗ to ㅘ, ㅙ, ㅚ), with how many then begin alike, itself included."""
_TAILS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_DOUBLE_TAILS = dict(
    zip("ㄳㄵㄶㄺㄻㄼㄽㄾㄿㅀㅄ", "ㄱㅅ ㄴㅈ ㄴㅎ ㄹㄱ ㄹㅁ ㄹㅂ ㄹㅅ ㄹㅌ ㄹㅍ ㄹㅎ ㅂㅅ".split(), strict=True)
)
_LEAD_NUMBERS = {letter: number for number, letter in enumerate("ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ")}


def key_ranges(typed: str) -> list[tuple[str, str]]:
    """Return the ranges (from, up to but without) of the keys that begin with what is typed, or will once it is whole.

    `typed` is a key (`ragqa.text.name_key`), not empty.
    """
    head, last = typed[:-1], ord(typed[-1])
    if last in _LEADS:
        return [_lead_range(head, last - _LEADS.start)]
    syllable = last - _FIRST
    if not 0 <= syllable < _SYLLABLES:
        return [(typed, typed + _LAST)]
    tail = syllable % _PER_VOWEL
    if tail == 0:
        vowel = syllable % _PER_LEAD // _PER_VOWEL
        return [(typed, head + chr(last + _PER_VOWEL * _GROWING_VOWELS.get(vowel, 1)))]
    letters = _DOUBLE_TAILS.get(_TAILS[tail], _TAILS[tail])
    stays = _TAILS.index(letters[0]) if len(letters) == 2 else 0
    moved = _lead_range(head + chr(last - tail + stays), _LEAD_NUMBERS[letters[-1]])
    return [(typed, typed + _LAST), moved]


def _lead_range(head: str, lead: int) -> tuple[str, str]:
    first = _FIRST + lead * _PER_LEAD
    return head + chr(first), head + chr(first + _PER_LEAD)
