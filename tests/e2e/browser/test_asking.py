"""A player in a real browser: asks, reads, checks and corrects, by mouse, by keyboard, and without JavaScript."""

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser.conftest import PATIENCE_MS, violations
from tests.e2e.test_command_line import SEED

expect.set_options(timeout=PATIENCE_MS)
YES = {"en": "Yes", "ko": "예", "ja": "はい"}


def ask(page: Page, question: str) -> None:
    page.locator("#question").fill(question)
    page.locator("#question").press("Enter")
    expect(page.locator("article.answer")).to_be_visible()


@pytest.mark.parametrize("lang", ["en", "ko", "ja"])
def test_an_answer_can_be_checked_in_each_language(page: Page, lang: str) -> None:
    page.goto(f"/?lang={lang}")
    assert violations(page) == []
    page.locator(".examples button").first.click()
    answer = page.locator("article.answer")
    expect(answer.locator(".sign h2")).to_have_text(YES[lang])
    expect(answer).to_have_attribute("lang", lang)
    expect(page.locator("#status")).to_contain_text(YES[lang])
    answer.locator("a.cite").first.click()
    source = answer.locator(".source").first
    expect(source.locator("blockquote mark").first).to_be_visible()
    expect(source).to_contain_text("Q&A 23793")
    answer.locator(".card summary").first.click()
    expect(answer.locator(".card .effects").first).to_be_visible()
    assert violations(page) == []


def test_what_is_being_written_is_shown_before_the_answer(page: Page) -> None:
    page.goto("/")
    seen = page.evaluate_handle(
        """() => {
            const seen = [];
            new MutationObserver(() => seen.push(document.querySelector("#answer .state")?.textContent ?? "answer"))
                .observe(document.getElementById("answer"), {childList: true, subtree: true, characterData: true});
            return seen;
        }"""
    )
    ask(page, SEED["en"])
    states = list(dict.fromkeys(seen.json_value()))
    assert states[0].startswith("Looking for") and states[-1] == "answer"
    assert "Writing; not checked yet …" in states


def test_a_card_that_is_not_meant_is_refused_and_taken_back(page: Page) -> None:
    page.goto("/")
    ask(page, SEED["en"])
    page.get_by_role("button", name="Not this card: Book of Eclipse").click()
    box = page.get_by_role("checkbox", name="not Book of Eclipse")
    expect(box).to_be_checked()
    expect(page.locator(".card .heading")).to_have_text(["Ash Blossom & Joyous Spring"])
    box.uncheck()
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".card .heading")).to_have_count(2)


def test_everything_goes_by_keyboard(page: Page) -> None:
    page.goto("/")
    expect(page.locator("#theme")).to_be_visible()
    for _ in range(7):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "question":
            break
    page.keyboard.type("can I chain ash blo")
    expect(page.get_by_role("option")).to_have_count(1)
    assert violations(page) == []
    page.keyboard.press("ArrowDown")
    expect(page.locator("#question")).to_have_attribute("aria-activedescendant", "name-0")
    page.keyboard.press("Enter")
    expect(page.locator("#question")).to_have_value("can I chain Ash Blossom & Joyous Spring")
    page.keyboard.type(" to book of ecl")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#names")).to_be_hidden()
    page.keyboard.type("ipse?")
    page.keyboard.press("Enter")
    expect(page.locator(".sign h2")).to_have_text("Yes")
    page.locator("a.cite").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".source blockquote").first).to_be_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_plain_asking_needs_no_javascript(browser: Browser, url: str) -> None:
    context = browser.new_context(base_url=url, locale="ja-JP", java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto("/?lang=ko")
    page.locator("#question").fill(SEED["ja"])
    page.locator("button.primary").click()
    expect(page.locator(".sign h2")).to_have_text("はい")
    expect(page.locator("h1")).to_have_text("룰 질문하기")
    page.locator("a.cite").first.click()
    expect(page.locator(".source blockquote").first).to_be_visible()
    page.locator("button[name=refuse]").first.click()
    expect(page.locator(".corrections input")).to_be_checked()
    context.close()


def test_the_history_stays_in_this_browser_and_can_be_cleared(page: Page) -> None:
    page.goto("/")
    ask(page, SEED["en"])
    page.reload()
    page.locator("#history li button").click()
    expect(page.locator(".sign h2")).to_have_text("Yes")
    page.get_by_role("button", name="Clear").click()
    page.reload()
    expect(page.locator("#history")).to_be_hidden()


def test_the_colours_chosen_stay(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/")
    page.get_by_role("button", name="Dark colours").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    ask(page, SEED["en"])
    assert violations(page) == []


def test_what_is_wrong_is_said_in_words(page: Page) -> None:
    page.goto("/?lang=ja")
    page.evaluate("document.getElementById('question').removeAttribute('maxlength')")
    page.locator("#question").fill("はい？" * 2000)
    page.locator("button.primary").click()
    expect(page.get_by_role("alert")).to_contain_text("入力が正しくありません")
    assert violations(page) == []


def test_a_card_added_meanwhile_is_completed_and_linked(page: Page, url: str) -> None:
    page.goto("/")
    card = {"card_id": "90000007", "names": {"en": "Lanternfly Knight"}, "texts": {"en": "Draw 1 card."}}
    assert httpx.put(f"{url}/v1/cards/90000007", json=card, timeout=PATIENCE_MS).status_code == 201
    page.locator("#question").press_sequentially("can lanternf")
    page.get_by_role("option").click()
    expect(page.locator("#question")).to_have_value("can Lanternfly Knight")
    ask(page, "May Lanternfly Knight be Tributed?")
    expect(page.locator(".card .heading")).to_have_text(["Lanternfly Knight"])
