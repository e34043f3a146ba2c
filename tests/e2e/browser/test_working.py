"""A maintainer and an evaluator in a real browser: what is saved, what is refused, what was measured."""

import json
import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import PATIENCE_MS, violations
from tests.e2e.test_command_line import SEED

expect.set_options(timeout=PATIENCE_MS)
MOTH = {"card_id": "90000001", "names": {"en": "Glimmerwick Moth"}, "texts": {"en": "You can Tribute this card."}}
RULING = {
    "ruling_id": "house-1",
    "lang": "en",
    "question": {"en": "Can Glimmerwick Moth be Tributed for its own effect?"},
    "answer": {"en": "Yes. It can be Tributed for its own effect."},
    "verdict": "yes",
    "card_ids": ["90000001"],
}


def review(page: Page) -> None:
    page.get_by_role("button", name="Review the change").click()
    expect(page.get_by_role("heading", name="What will change")).to_be_visible()


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_in_both_colours(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in ("/maintain?q=ash", "/maintain/card/14558127", "/maintain/new/ruling", "/evaluations"):
        page.goto(path)
        assert (path, violations(page)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_card_added_by_keyboard_is_asked_about(page: Page) -> None:
    page.goto("/maintain/new/card")
    page.locator("#id").focus()
    for text in ("90000002", "Lanternfly Knight"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.locator("[name='texts.en']").focus()
    page.keyboard.type("Draw 1 card.")
    page.get_by_role("button", name="Review the change").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#review")).to_be_focused()
    expect(page.locator("#review ins").first).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved. The next question sees it.")).to_be_visible()
    expect(page).to_have_url(re.compile("/maintain/card/90000002"))
    page.goto("/")
    page.locator("#question").fill("May Lanternfly Knight be Tributed?")
    page.keyboard.press("Enter")
    expect(page.locator(".card .heading")).to_have_text(["Lanternfly Knight"])


def test_an_edit_of_an_old_version_is_refused_and_kept(page: Page, url: str) -> None:
    httpx.put(f"{url}/v1/cards/90000001", json=MOTH, timeout=PATIENCE_MS).raise_for_status()
    page.goto("/maintain/card/90000001")
    text = page.locator("[name='texts.en']")
    text.fill("You can Tribute this card once.")
    review(page)
    httpx.put(f"{url}/v1/cards/90000001", json={**MOTH, "kind": "monster"}, timeout=PATIENCE_MS).raise_for_status()
    save(page)
    expect(page.get_by_role("alert")).to_contain_text("Somebody changed this in the meantime. Nothing was saved.")
    expect(text).to_have_value("You can Tribute this card once.")
    assert violations(page) == []
    page.get_by_role("button", name="Compare with what is there now").click()
    expect(page.locator("#review del")).to_have_text(["monster"])
    save(page)
    expect(page.get_by_text("Saved. The next question sees it.")).to_be_visible()
    page.get_by_text("Past versions").click()
    expect(page.locator(".past li")).to_have_count(3)


def test_a_ruling_is_imported_withdrawn_and_shown_struck_through(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "rulings.jsonl"
    file.write_text(f"{json.dumps(MOTH)}\n{json.dumps(RULING)}\n")
    page.goto("/maintain")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Import").click()
    expect(page.locator(".done")).to_contain_text("1 ruling")
    page.goto("/maintain/ruling/house-1")
    page.get_by_label("It ceased to hold on").fill("2025-05-05")
    page.get_by_role("button", name="Review the withdrawal").click()
    expect(page.locator("#review ins")).to_have_text(["2025-05-05"])
    save(page)
    expect(page.locator(".gone")).to_contain_text("withdrawn May 5, 2025")
    page.goto("/")
    for day, sign, cited in (("2025-05-04", "Yes", 1), ("", "No answer", 0)):
        page.locator("#question").fill(RULING["question"]["en"])  # type: ignore[index]
        page.locator("[name=as_of]").fill(day)
        page.locator("button.primary").click()
        expect(page.locator(".sign h2")).to_have_text(sign)
        # On a day when it held it is cited, with the date of its end but not struck through.
        expect(page.locator(".source:not(.withdrawn) .gone")).to_have_count(cited)
    page.goto("/maintain?q=house-1")
    expect(page.locator(".found s").first).to_have_text(RULING["question"]["en"])  # type: ignore[index]


def test_an_evaluation_is_started_watched_and_compared(page: Page, folder: Path) -> None:
    rows = [
        {"query_id": "q1", "lang": "en", "question": SEED["en"], "verdict": "yes", "ruling_ids": ["ragqa-23793"]},
        {"query_id": "q2", "lang": "en", "question": "Is the sea blue?", "verdict": "unknown"},
    ]
    (folder / "corpus" / "testset.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for _ in range(2):
        page.goto("/evaluations")
        page.get_by_role("button", name="Start", exact=True).click()
        expect(page.locator("h1 .fact")).to_have_text("finished")
        expect(page.locator(".figure.yes b")).to_have_text("100.0 %")
        expect(page.locator(".figure.yes .soft")).to_contain_text("34.2–100.0 % · 2/2")
    page.get_by_text("Every measure").click()
    expect(page.get_by_role("row", name="MCC")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Evaluations").first.click()
    expect(page.get_by_role("checkbox")).to_have_count(2)
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Compare the chosen").click()
    expect(page.get_by_role("row", name="correct")).to_contain_text("+0.000")
    assert violations(page) == []
