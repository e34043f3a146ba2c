"""A newcomer's first hour at the shell: ask, add, ask again, import a broken file, evaluate."""

import json
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import Command

SEED = {
    "ko": "하루 우라라를 개기일식의 서에 체인할 수 있나요?",
    "en": "Can Ash Blossom be chained to Book of Eclipse?",
    "ja": "皆既日蝕の書に灰流うららをチェーンできますか？",
}


def test_help_loads_no_heavy_library() -> None:
    """`ragqa --help` must be quick; what makes it slow is what it imports."""
    program = "import sys, ragqa.cli.app as app; app.build(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "typer" in loaded
    assert not {"torch", "transformers", "numpy", "sqlalchemy", "litestar", "pydantic"} & set(loaded)


def test_the_seed_question_is_answered_yes_by_the_official_ruling(ragqa: Command) -> None:
    done = ragqa("ask", "--json", SEED["ko"])
    answer = json.loads(done.stdout)
    assert (answer["verdict"], answer["basis"], answer["lang"]) == ("yes", "official", "ko")
    assert answer["citations"][0]["official_id"] == 23793
    # Nothing of the model libraries' own bars and reports either.
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_added_is_used_by_the_next_question(ragqa: Command) -> None:
    question = "Can Glimmerwick Moth be Tributed for its own effect?"
    before = ragqa("ask", question)
    assert before.returncode == 3
    assert "NO ANSWER" in before.stdout
    card = {"card_id": "90000001", "names": {"en": "Glimmerwick Moth"}, "texts": {"en": "You can Tribute this card."}}
    ruling = {
        "ruling_id": "house-1",
        "lang": "en",
        "question": {"en": question},
        "answer": {"en": "No. It cannot be Tributed for its own effect."},
        "verdict": "no",
        "card_ids": ["90000001"],
    }
    added = ragqa("add", "-", "--json", stdin=json.dumps([card, ruling], indent=2))
    report = json.loads(added.stdout)["stdin.jsonl"]
    assert report["added"] == {"card": 1, "ruling": 1}
    after = ragqa("ask", "--json", question)
    answer = json.loads(after.stdout)
    assert (answer["verdict"], answer["corpus_version"]) == ("no", report["corpus_version"])
    assert "added" in ragqa("show", "Glimmerwick Moth").stdout


def test_a_broken_line_leaves_the_corpus_as_it_was(ragqa: Command, folder: Path) -> None:
    lines = [json.dumps({"card_id": str(number), "names": {"en": f"Card {number}"}}) for number in range(1, 11)]
    lines[6] = lines[6].replace("names", "nmaes")
    (folder / "ten.jsonl").write_text("\n".join(lines))
    refused = ragqa("import", "--json", "ten.jsonl")
    told = json.loads(refused.stderr)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert (told["line"], told["field"], told["error"]) == (7, "nmaes", "InvalidInput")
    assert ragqa("show", "1").returncode == 4


def test_the_seed_question_in_three_languages_is_checked_and_evaluated(ragqa: Command, folder: Path) -> None:
    rows = [
        {"query_id": lang, "lang": lang, "question": text, "verdict": "yes", "ruling_ids": ["ragqa-23793"]}
        for lang, text in SEED.items()
    ]
    (folder / "seed.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert ragqa("testset", "check", "seed.jsonl").returncode == 0
    done = ragqa("evaluate", "seed.jsonl", "--json", "--run", "first", "--max-wrong", "0")
    result = json.loads(done.stdout)
    assert done.returncode == 0
    assert result["measures"]["all"]["correct"]["count"] == 3
    assert (folder / "home" / "runs" / "first" / "summary.json").is_file()
