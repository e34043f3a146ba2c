"""The language of a page, its days, and which links it follows."""

import pytest

from ragqa.api.web.answer_views import official_url
from ragqa.api.web.pages import chosen_language, day
from ragqa.datatypes import Language


@pytest.mark.parametrize(
    ("chosen", "remembered", "accepted", "language"),
    [
        (None, None, "", "en"),
        (None, None, "fr-FR,fr;q=0.9", "en"),
        (None, None, "ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        (None, None, "en;q=0.5, ja;q=0.9", "ja"),
        (None, None, "ja;q=oops, ko;q=0.1", "ko"),
        (None, "ja", "ko", "ja"),
        ("ko", "ja", "en", "ko"),
        ("xx", None, "ja", "ja"),
    ],
)
def test_the_language_asked_for_goes_before_the_remembered_and_the_accepted(
    chosen: str | None, remembered: str | None, accepted: str, language: str
) -> None:
    assert chosen_language(chosen, remembered, accepted) == language


def test_days_are_written_as_people_do() -> None:
    assert day("2023-11-30", Language.EN) == "November 30, 2023"
    assert day("2023-11-30", Language.KO) == "2023년 11월 30일"
    assert day("2023-11-30T10:00:00", Language.JA) == "2023年11月30日"
    assert day("soon", Language.EN) == "soon"


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://www.db.yugioh-card.com/yugiohdb/faq_search.action?fid=1", True),
        ("http://yugioh-card.com/", True),
        ("https://yugioh-card.com.example/", False),
        ("https://evil-yugioh-card.com/", False),
        ("javascript:alert(1)//yugioh-card.com", False),
        ("data:text/html,yugioh-card.com", False),
        ("//www.db.yugioh-card.com/", False),
        ("https://[yugioh-card.com", False),
        ("", False),
    ],
)
def test_only_official_sites_are_linked(url: str, is_link: bool) -> None:
    assert official_url(url) == (url if is_link else "")
