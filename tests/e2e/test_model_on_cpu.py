"""`ragqa ask` with a real model in 4 bits on the CPU: the official ruling decides, the model is named."""

import json
import re
from pathlib import Path

from tests.e2e.conftest import Command
from tests.e2e.test_command_line import SEED


def test_the_seed_question_is_answered_through_a_model_in_4_bits(ragqa: Command, folder: Path, smollm2: Path) -> None:
    (folder / "ragqa.toml").write_text('device = "cpu"\nmax_new_tokens = 16\ncontext_passages = 1\nkv_tokens = 2000\n')
    done = ragqa("ask", "--json", "--generator", "transformers", "--model", str(smollm2), SEED["en"])
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    answer = json.loads(done.stdout)
    # What SmolLM2 thinks of it is noise; that its verdict cannot move the ruling's is not.
    assert (answer["verdict"], answer["basis"], answer["model"]) == ("yes", "official", "smollm2 (nf4)")
    assert answer["usage"]["prompt_tokens"] > 100 and 0 < answer["usage"]["completion_tokens"] <= 16 + 4
    assert answer["citations"][0]["official_id"] == 23793
    cited = {int(number) for number in re.findall(r"\[(\d+)\]", answer["explanation"])}
    assert cited == {citation["number"] for citation in answer["citations"]}
