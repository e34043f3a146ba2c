"""`ragqa doctor` over real folders and a real database, sound and damaged."""

import json
from pathlib import Path

import pytest
import torch

from ragqa.cli.app import build
from ragqa.config import Settings
from ragqa.corpus.store import open_store
from ragqa.doctor import Finding, Status, examine
from ragqa.doctor.machine import gpu
from ragqa.doctor.model import generator, missing_files
from ragqa.retrieval.bundled import MODEL_NAME
from tests.integration.corpus_parts import card, ruling, upsert


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a corpus of one card and one ruling, and a prepared embedder."""
    home = tmp_path / "home"
    (home / "models" / MODEL_NAME).mkdir(parents=True)
    (home / "models" / MODEL_NAME / "modules.json").write_text("[]")
    store = open_store(f"sqlite:///{home / 'ragqa.db'}")
    store.apply([upsert(card("1")), upsert(ruling("r1"))], model_id=MODEL_NAME)
    store.close()
    return home


def examined(home: Path, **settings: object) -> dict[str, Finding]:
    return {found.about: found for found in examine(Settings.model_validate({"home": home, **settings}))}


def test_a_sound_home_has_nothing_wrong(home: Path) -> None:
    found = examined(home)
    assert {about: finding.status for about, finding in found.items() if about not in ("disk", "gpu")} == dict.fromkeys(
        ("software", "generator", "embedder", "database", "corpus", "index"), Status.OK
    )
    assert found["corpus"].found == "version 1: 1 cards, 1 rulings"
    assert "torch 2." in found["software"].found


def test_an_empty_home_can_start_and_nothing_is_made_in_it(tmp_path: Path) -> None:
    found = examined(tmp_path / "none")
    assert (found["database"].status, found["corpus"].status) == (Status.WARNING, Status.WARNING)
    assert "ragqa index" in found["database"].advice
    assert not (tmp_path / "none").exists()


def test_a_damaged_database_is_found_and_the_rest_still_examined(home: Path) -> None:
    file = home / "ragqa.db"
    content = bytearray(file.read_bytes())
    content[4096 * 2 : 4096 * 6] = b"\xff" * 4096 * 4
    file.write_bytes(content)
    found = examined(home)
    assert found["database"].status is Status.WRONG and "restore" in found["database"].advice
    assert found["embedder"].status is Status.OK


def test_passages_without_a_vector_are_counted(home: Path) -> None:
    found = examined(home, embedder=str(home))
    assert (found["index"].status, found["index"].advice) == (Status.WARNING, "run `ragqa index`")
    assert found["index"].found.startswith("2 passages have no vector")


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        ({"generator": "transformers"}, "set RAGQA_MODEL"),
        ({"generator": "transformers", "model": "nowhere/at-all"}, "RAGQA_MODEL_REVISION"),
        ({"generator": "openai", "model": "m"}, "set RAGQA_OPENAI_BASE_URL"),
        ({"generator": "openai", "model": "m", "openai_base_url": "http://127.0.0.1:9/v1"}, "start the endpoint"),
    ],
)
def test_a_generator_that_cannot_be_had_is_wrong(settings: dict[str, str], advice: str) -> None:
    finding = generator(Settings.model_validate(settings))
    assert finding.status is Status.WRONG and advice in finding.advice


def test_a_checkpoint_that_lacks_a_file_is_named(tmp_path: Path) -> None:
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    (tmp_path / "model-1.safetensors").touch()
    assert missing_files(tmp_path) == ["model-2.safetensors"]
    finding = generator(Settings(generator="transformers", model=str(tmp_path)))
    assert finding.status is Status.WRONG and "lacks model-2.safetensors" in finding.found


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_asked_for_and_absent_is_wrong_and_one_not_needed_is_not_missed() -> None:
    assert gpu(Settings(device="cuda")).status is Status.WRONG
    assert gpu(Settings(generator="transformers", model="m")).status is Status.WARNING
    assert gpu(Settings()).status is Status.OK


@pytest.mark.parametrize(("generator_name", "code"), [("rulings", 0), ("transformers", 6)])
def test_the_command_ends_with_6_only_if_something_is_wrong(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], generator_name: str, code: int
) -> None:
    monkeypatch.setenv("RAGQA_HOME", str(home))
    monkeypatch.setenv("RAGQA_GENERATOR", generator_name)
    with pytest.raises(SystemExit) as ended:
        build()(["doctor", "--json"], prog_name="ragqa")
    assert ended.value.code == code
    told = {finding["about"]: finding["status"] for finding in json.loads(capsys.readouterr().out)}
    assert told["generator"] == ("ok" if code == 0 else "wrong")
