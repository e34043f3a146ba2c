"""Keeps the model libraries' own bars, reports and hints off a terminal that shows answers."""

import logging

from transformers.utils import logging as transformers_logging


def quiet_models() -> None:
    """Let transformers, the hub client and sentence-transformers speak of errors only."""
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    for name in ("huggingface_hub", "sentence_transformers"):
        logging.getLogger(name).setLevel(logging.ERROR)
