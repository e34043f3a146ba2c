"""The player's page without a browser: what the form sends, and what comes back as HTML."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from ragqa.api.web.answer_views import answer_view
from ragqa.api.web.pages import render
from ragqa.bootstrap import Service
from ragqa.datatypes import Card, Language, Question, Region, RegionVerdict, Verdict
from ragqa.errors import GenerationFailed
from tests.integration.api_parts import ScriptedGenerator, api_settings, events_of, scripted_service, serving
from tests.integration.corpus_parts import card, ruling
from tests.unit.cli.parts import YES

Client = TestClient[Any]
EVENTS = {"Accept": "text/event-stream"}
NASTY = '<script>alert(1)</script><img src=x onerror="alert(2)">'


@pytest.mark.parametrize(
    ("headers", "query", "title"),
    [
        ({}, "", "Ask a rules question"),
        ({"Accept-Language": "ko-KR,ko;q=0.9"}, "", "룰 질문하기"),
        ({"Accept-Language": "ko"}, "?lang=ja", "ルールを質問する"),
    ],
)
def test_the_page_comes_in_the_browsers_language_or_the_chosen_one(
    client: Client, headers: dict[str, str], query: str, title: str
) -> None:
    page = client.get(f"/{query}", headers=headers)
    assert page.status_code == 200 and f"<h1>{title}</h1>" in page.text
    assert ("set-cookie" in page.headers) == bool(query)


def test_a_chosen_language_is_remembered(client: Client) -> None:
    client.get("/?lang=ko")
    assert "<h1>룰 질문하기</h1>" in client.get("/").text


def test_pages_let_no_script_in(client: Client) -> None:
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy


@pytest.mark.parametrize("name", ["page.css", "ask.js", "theme.js", "complete.js", "icon.svg"])
def test_the_files_of_the_page_are_served(client: Client, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 200


def test_the_form_is_answered_with_a_page(client: Client, service: Service, generator: ScriptedGenerator) -> None:
    service.add(card("1", "It jumps.", name="Glimmerwick Moth"))
    page = client.post("/", data={"question": "Glimmerwick Moth?", "region": "tcg", "as_of": "2030-01-01"})
    assert page.status_code == 200
    assert 'data-verdict="yes"' in page.text
    assert '<textarea id="question"' in page.text and ">Glimmerwick Moth?</textarea>" in page.text
    assert "<mark>It jumps.</mark>" in page.text
    asked = generator.prompts[0].question
    assert (asked.region, asked.as_of) == ("tcg", "2030-01-01")


def test_a_correction_is_asked_again_and_the_last_click_counts(client: Client, service: Service) -> None:
    service.add(card("1", name="Glimmerwick Moth"))
    form = {"question": "Glimmerwick Moth?", "card_ids": ["1", "2"], "not_card_ids": ["3"]}
    page = client.post("/", data={**form, "refuse": "1"})
    checked = re.findall(r'name="((?:not_)?card_ids)" value="(\d)" checked', page.text)
    assert checked == [("not_card_ids", "3"), ("not_card_ids", "1")]


def test_the_page_gets_its_answer_step_by_step_as_html(client: Client, service: Service) -> None:
    service.add(card("1", name="Glimmerwick Moth"))
    events = events_of(client.post("/", data={"question": "Glimmerwick Moth?"}, headers=EVENTS).text)
    assert [name for name, _ in events] == ["linked", "passage", "token", "token", "answer"]
    assert events[2][1] == '"verdict: yes\\n"'


def test_what_is_wrong_is_told_in_the_pages_language(client: Client, generator: ScriptedGenerator) -> None:
    korean = {"Accept-Language": "ko"}
    blank = client.post("/", data={"question": " "}, headers=korean)
    assert blank.status_code == 422 and "먼저 질문을 입력해 주세요." in blank.text and "<html" in blank.text
    date = client.post("/", data={"question": "Moth?", "as_of": "2024-02-30"}, headers={**korean, **EVENTS})
    assert date.status_code == 422 and "<html" not in date.text and "날짜" in date.text
    assert client.post("/", data={"question": "Moth?", "region": "moon"}).status_code == 422
    assert client.post("/", data={"question": "Moth?", "card_ids": list("abcdefghijklmnopqrstuvw")}).status_code == 422
    generator.failure = GenerationFailed("the endpoint hung up")
    streamed = client.post("/", data={"question": "Moth?"}, headers={**korean, **EVENTS})
    assert "답변이 중단되었습니다" in streamed.text and "event: error" in streamed.text


def test_markup_from_question_and_corpus_stays_text(client: Client, service: Service) -> None:
    name = f"Moth {NASTY}"
    moth = msgspec.structs.replace(card("1", f"It jumps. {NASTY}", name=name), kind=NASTY)
    service.add(moth)
    service.add(msgspec.structs.replace(moth, texts={Language.EN: f"It sits. {NASTY}"}))
    spiked = msgspec.structs.replace(
        ruling("r1", answer=f"Yes. {NASTY}"), card_ids=["1"], source_url="https://evil.example/", withdrawn="2024-01-01"
    )
    service.add(spiked)
    for headers in ({}, EVENTS):
        text = client.post("/", data={"question": f"May {name}? {NASTY}", "not_card_ids": NASTY}, headers=headers).text
        assert "<script>" not in text and "<img src=x" not in text and 'href="https://evil' not in text
        assert "&lt;script&gt;" in text


def test_a_card_shows_its_effects_and_how_its_text_changed(client: Client, service: Service) -> None:
    first = Card(card_id="1", names={Language.EN: "Moth"}, kind="spell", texts={Language.EN: "Draw 2 cards."})
    service.add(first)
    service.add(msgspec.structs.replace(first, texts={Language.EN: "Draw 3 cards."}, valid_from="2024-05-01"))
    text = client.post("/", data={"question": "Moth?"}).text
    assert "Changed text since May 1, 2024" in text and "<del>2</del><ins>3</ins>" in text
    assert "<b>draws</b> (from Deck)" in text
    before = client.post("/", data={"question": "Moth?", "as_of": "2024-01-01"}).text
    assert ">Draw 2 cards.</blockquote>" in before


def test_a_service_that_takes_keys_asks_for_one_on_the_page(tmp_path: Path, generator: ScriptedGenerator) -> None:
    with serving(scripted_service(api_settings(tmp_path / "closed", open_asking=False), generator)) as closed:
        assert closed.get("/").status_code == 200
        for headers in ({}, EVENTS):
            refused = closed.post("/", data={"question": "Moth?"}, headers=headers)
            assert refused.status_code == 401 and 'class="key"' in refused.text


def test_both_regions_are_shown_where_they_differ(service: Service) -> None:
    by_region = (
        RegionVerdict(region=Region.OCG, verdict=Verdict.YES, source_id="r1"),
        RegionVerdict(region=Region.TCG, verdict=Verdict.NO),
    )
    answer = msgspec.structs.replace(YES, by_region=by_region)
    view = answer_view(answer, Question(text="Moth?", lang=Language.EN), service.store)
    html = render("_answer.html.j2", Language.EN, view=view)
    assert re.findall(r"<b>(\w+)</b> (OCG|TCG)", html) == [("Yes", "OCG"), ("No", "TCG")]
