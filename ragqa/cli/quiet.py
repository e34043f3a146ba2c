"""Keeps the model libraries' own bars, reports and hints off a terminal that shows answers."""

import atexit
import logging
import os

from transformers.utils import logging as transformers_logging


def quiet_models() -> None:
    """Let transformers, the hub client and sentence-transformers speak of errors only."""
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    atexit.register(_end_quietly)
    for name in ("huggingface_hub", "sentence_transformers"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _end_quietly() -> None:
    """Hear nothing from the interpreter's end: the index lives until then, which Triton's bindings take for a leak."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
