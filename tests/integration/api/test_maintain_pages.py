"""The maintainer's page without a browser: what its forms send, what is saved, and who may."""

import json
import re
from html import unescape
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from ragqa.api.web.source_forms import form_of, source_of
from ragqa.bootstrap import Service
from ragqa.corpus.keys import Scope
from ragqa.datatypes import Card, Condition, Language, Region, Ruling, Source, SourceKind, Verdict
from tests.integration.corpus_parts import card, ruling

Client = TestClient[Any]
EN, KO = Language.EN, Language.KO
PIECE = {"X-Requested-With": "fetch"}
MOTH = {"card_id": "1", "names.en": "Glimmerwick Moth", "texts.en": "It jumps.", "etag": ""}


def hidden(html: str, name: str) -> str:
    """Return what a hidden field holds."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, html
    return unescape(found[1])


def reviewed(client: Client, kind: str, form: dict[str, str]) -> dict[str, str]:
    """Return what saving a reviewed form sends."""
    piece = client.post(f"/maintain/{kind}/review", data=form, headers=PIECE)
    assert piece.status_code == 200, piece.text
    return {"json": hidden(piece.text, "json"), "etag": hidden(piece.text, "etag")}


@pytest.mark.parametrize(
    "source",
    [
        Card(
            card_id="1",
            passcode="00000001",
            konami_id=7,
            names={EN: "Moth", KO: "나방"},
            aliases={EN: ["Moff", "The Moth"]},
            kind="monster",
            facts={"level": 4},
            texts={EN: "It jumps.\nTwice."},
            valid_from="2024-01-01",
            source="us",
        ),
        Ruling(
            ruling_id="r1",
            official_id=3,
            lang=KO,
            question={KO: "되나요?"},
            detail={KO: "상황"},
            answer={KO: "네.", EN: "Yes."},
            verdict=Verdict.CONDITIONAL,
            conditions=[Condition(when={KO: "언제"}, verdict=Verdict.NO)],
            card_ids=["1", "2"],
            region=Region.TCG,
            published="2024-01-01",
            withdrawn="2024-02-02",
            superseded_by="r2",
            note="seen",
            tags=["chain"],
            source="us",
            source_url="https://example.org/1",
        ),
    ],
)
def test_a_form_keeps_every_field(source: Source) -> None:
    kind = SourceKind.CARD if isinstance(source, Card) else SourceKind.RULING
    assert source_of(form_of(source, kind)) == source


def test_a_card_is_reviewed_then_saved_and_found(client: Client, service: Service) -> None:
    page = client.get("/maintain/new/card")
    assert page.status_code == 200 and "<h1>New card</h1>" in page.text
    sent = reviewed(client, "card", MOTH)
    assert service.store.count(SourceKind.CARD) == 0
    done = client.post("/maintain/card/save", data=sent)
    assert "Saved. The next question sees it." in done.text and done.url.path == "/maintain/card/1"
    assert service.store.card("1").texts == {EN: "It jumps."}
    assert 'href="/maintain/card/1"' in client.get("/maintain?q=Glimmerwick Moth").text


def test_a_review_shows_the_words_that_change_and_a_save_on_an_old_version_is_refused(
    client: Client, service: Service
) -> None:
    service.add(card("1", "It jumps twice.", name="Glimmerwick Moth"))
    etag = hidden(client.get("/maintain/card/1").text, "etag")
    form = {**MOTH, "texts.en": "It jumps once.", "etag": etag}
    piece = client.post("/maintain/card/review", data=form, headers=PIECE).text
    assert "<code>texts.en</code>" in piece and "<del>twice</del><ins>once</ins>" in piece and "<html" not in piece
    sent = {"json": hidden(piece, "json"), "etag": hidden(piece, "etag")}
    service.add(card("1", "It sits.", name="Glimmerwick Moth"))
    refused = client.post("/maintain/card/save", data=sent, headers=PIECE)
    assert refused.status_code == 412 and "Somebody changed this in the meantime" in refused.text
    assert service.store.card("1").texts == {EN: "It sits."}
    again = client.post("/maintain/card/review", data={"json": hidden(refused.text, "json")}, headers=PIECE).text
    assert "<del>sits</del><ins>jumps once</ins>" in again
    client.post("/maintain/card/save", data={"json": hidden(again, "json"), "etag": hidden(again, "etag")})
    assert service.store.card("1").texts == {EN: "It jumps once."}


def test_what_is_new_never_replaces_what_is_there(client: Client, service: Service) -> None:
    sent = reviewed(client, "card", MOTH)
    service.add(card("1", "It sits."))
    assert client.post("/maintain/card/save", data=sent, headers=PIECE).status_code == 412
    assert service.store.card("1").texts == {EN: "It sits."}


def test_a_ruling_is_withdrawn_after_a_review(client: Client, service: Service) -> None:
    service.add(ruling("r1"))
    etag = hidden(client.get("/maintain/ruling/r1").text, "etag")
    form = {"ruling_id": "r1", "withdrawn": "2025-05-05", "superseded_by": "r9", "etag": etag}
    piece = client.post("/maintain/withdraw", data=form, headers=PIECE).text
    assert "<ins>2025-05-05</ins>" in piece and "Not in the corpus:" in piece and "r9" in piece
    client.post("/maintain/ruling/save", data={"json": hidden(piece, "json"), "etag": hidden(piece, "etag")})
    assert service.store.ruling("r1").withdrawn == "2025-05-05"


def test_what_does_not_fit_is_told_with_its_field(client: Client) -> None:
    korean = {**PIECE, "Accept-Language": "ko"}
    for form, told in (
        ({**MOTH, "names.en": ""}, "has no name"),
        ({**MOTH, "further": "{"}, "the further fields are not JSON"),
        ({**MOTH, "further": '{"wings": 2}'}, "wings"),
        ({**MOTH, "valid_from": "2024-02-30"}, "is not a date"),
    ):
        piece = client.post("/maintain/card/review", data=form, headers=korean)
        assert piece.status_code == 422 and told in piece.text and "아무것도 바뀌지 않았습니다" in piece.text
    assert client.get("/maintain/rule/1").status_code == client.get("/maintain/card/404").status_code == 404


def test_a_file_is_imported_with_its_result_or_what_was_wrong(client: Client) -> None:
    headers = {**PIECE, "Content-Type": "application/jsonl"}
    line = json.dumps(msgspec.to_builtins(card("1"))).encode()
    told = client.post("/maintain/import", content=line, headers=headers).text
    assert "event: piece" in told and "added: 1 card" in told
    wrong = client.post("/maintain/import", content=b"{", headers=headers)
    assert "event: error" in wrong.text and "nothing was imported" in wrong.text


def test_the_pages_take_a_key_that_may_maintain(client: Client, service: Service) -> None:
    _, maintainer = service.store.keys.create("shop", [Scope.MAINTAIN])
    _, player = service.store.keys.create("player", [Scope.ASK])
    refused = client.get("/maintain")
    assert refused.status_code == 401 and 'class="key"' in refused.text and "<html" in refused.text
    assert client.get("/maintain", headers={"Authorization": f"Bearer {player}"}).status_code == 403
    with_key = {**PIECE, "Authorization": f"Bearer {maintainer}"}
    assert client.get("/maintain", headers=with_key).text.startswith("<h1>")
    assert client.post("/maintain/card/save", data={"json": "{}"}).status_code == 401
    client.post("/maintain/card/save", data=reviewed_with(client, with_key), headers=with_key)
    [entry] = service.store.audit.page(before=None, limit=1)
    assert entry.author == "shop"


def reviewed_with(client: Client, headers: dict[str, str]) -> dict[str, str]:
    piece = client.post("/maintain/card/review", data=MOTH, headers=headers).text
    return {"json": hidden(piece, "json"), "etag": hidden(piece, "etag")}


def test_a_page_of_another_site_cannot_save(client: Client) -> None:
    sent = reviewed(client, "card", MOTH)
    evil = client.post("/maintain/card/save", data=sent, headers={"Origin": "https://evil.example"})
    assert evil.status_code == 401
