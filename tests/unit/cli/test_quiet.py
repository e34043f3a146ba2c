"""What a terminal hears of the models' libraries."""

import subprocess
import sys

LAST_WORDS = """
import os, sys
from ragqa.cli.quiet import quiet_models

class Leaked:
    def __init__(self, write=os.write):
        self.write = write

    def __del__(self):
        self.write(2, b"leaked at the interpreter's end")

quiet_models()
sys.stderr.write("an error while it ran")
sys.leaked = Leaked()
"""


def test_what_outlives_the_program_is_not_reported_but_errors_are() -> None:
    run = subprocess.run([sys.executable, "-c", LAST_WORDS], capture_output=True, text=True, timeout=120, check=True)
    assert "an error while it ran" in run.stderr
    assert "leaked" not in run.stderr
    loud = LAST_WORDS.replace("quiet_models()", "")
    run = subprocess.run([sys.executable, "-c", loud], capture_output=True, text=True, timeout=120, check=True)
    assert "leaked at the interpreter's end" in run.stderr
