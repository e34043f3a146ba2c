"""A player and a maintainer over real HTTP: the seed question and a correction."""

import json
from pathlib import Path

import httpx
import pytest

from tests.e2e.api.server_process import ragqa_serve
from tests.e2e.test_command_line import SEED
from tests.integration.api_parts import events_of, problem

PATIENCE = 60


@pytest.mark.parametrize("lang", ["ko", "en", "ja"])
def test_the_seed_question_is_answered_yes_by_the_official_ruling(url: str, lang: str) -> None:
    answer = httpx.post(f"{url}/v1/ask", json={"question": SEED[lang]}, timeout=PATIENCE).json()
    assert (answer["verdict"], answer["basis"], answer["lang"]) == ("yes", "official", lang)
    assert answer["citations"][0]["official_id"] == 23793


def test_the_seed_question_is_answered_step_by_step(url: str) -> None:
    headers = {"Accept": "text/event-stream"}
    response = httpx.post(f"{url}/v1/ask", json={"question": SEED["ko"]}, headers=headers, timeout=PATIENCE)
    events = events_of(response.text)
    names = [name for name, _ in events]
    assert list(dict.fromkeys(names)) == ["card-linked", "passage", "token", "answer"]
    linked = json.loads(events[0][1])["linking"]["cards"]
    assert [card["card_id"] for card in linked] == ["14558127", "35480699"]


def test_a_ruling_put_settles_the_very_next_question(url: str) -> None:
    question = {"question": "Can Glimmerwick Moth be Tributed for its own effect?"}
    assert httpx.post(f"{url}/v1/ask", json=question, timeout=PATIENCE).json()["verdict"] == "unknown"
    card = {"card_id": "90000001", "names": {"en": "Glimmerwick Moth"}, "texts": {"en": "You can Tribute this card."}}
    ruling = {
        "ruling_id": "house-1",
        "lang": "en",
        "question": {"en": question["question"]},
        "answer": {"en": "No. It cannot be Tributed for its own effect."},
        "verdict": "no",
        "card_ids": ["90000001"],
    }
    assert httpx.put(f"{url}/v1/cards/90000001", json=card, timeout=PATIENCE).status_code == 201
    linked = httpx.post(f"{url}/v1/ask", json=question, timeout=PATIENCE).json()["linked_cards"]
    assert [card["card_id"] for card in linked] == ["90000001"]
    assert httpx.put(f"{url}/v1/rulings/house-1", json=ruling, timeout=PATIENCE).status_code == 201
    answer = httpx.post(f"{url}/v1/ask", json=question, timeout=PATIENCE).json()
    assert (answer["verdict"], answer["citations"][0]["source_id"]) == ("no", "house-1")


def test_a_model_that_cannot_be_loaded_leaves_what_rulings_settle(folder: Path) -> None:
    with ragqa_serve(folder, "not ready", RAGQA_GENERATOR="transformers", RAGQA_MODEL="no/such-model") as url:
        ready = httpx.get(f"{url}/readyz", timeout=PATIENCE)
        assert "could not be loaded: 'no/such-model'" in problem(ready, 503, "not-ready")["detail"]
        assert httpx.get(f"{url}/livez", timeout=PATIENCE).status_code == 200
        answer = httpx.post(f"{url}/v1/ask", json={"question": SEED["en"]}, timeout=PATIENCE).json()
        assert (answer["verdict"], answer["basis"]) == ("yes", "official")
        other = httpx.post(f"{url}/v1/ask", json={"question": "Is the sea blue?"}, timeout=PATIENCE)
        assert "no ruling settles" in problem(other, 503, "not-ready")["detail"]
