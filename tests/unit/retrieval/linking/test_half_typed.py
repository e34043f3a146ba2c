"""What a Hangul syllable may still become while it is typed."""

import pytest

from ragqa.retrieval.linking.half_typed import key_ranges


def may_become(typed: str, key: str) -> bool:
    return any(low <= key < high for low, high in key_ranges(typed))


@pytest.mark.parametrize(
    ("typed", "key", "is_possible"),
    [
        ("ash", "ashblossom", True),
        ("ash", "asblossom", False),
        ("우", "우라라", True),
        ("우", "울음", True),  # the syllable may get a final consonant
        ("울", "우라라", True),  # the final consonant may begin the next syllable
        ("울", "울음", True),
        ("울", "우주", False),
        ("하루울", "하루우라라", True),
        ("하루\u1105", "하루라", True),  # one letter of the next syllable
        ("하루\u1105", "하루가", False),
        ("고", "과학", True),  # ㅗ may become ㅘ
        ("고", "구름", False),
        ("닭", "달걀", True),  # ㄺ splits into ㄹ and ㄱ
        ("닭", "다람쥐", False),
        ("灰", "灰流", True),
    ],
)
def test_what_is_typed_may_become_a_name(typed: str, key: str, is_possible: bool) -> None:
    assert may_become(typed, key) == is_possible
