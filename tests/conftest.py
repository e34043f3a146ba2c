"""Set before anything imports Triton, which reads it once: kernels run in its interpreter where there is no GPU."""

import os
from pathlib import Path

import pytest

if not Path("/proc/driver/nvidia/version").exists():
    os.environ.setdefault("TRITON_INTERPRET", "1")


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The folder of a real small model, made once from the package that carries it and kept in models/."""
    # Here, because they take seconds that most tests need not spend.
    from ragqa.errors import ModelError
    from ragqa.generation.bundled import prepare_smollm2

    try:
        return prepare_smollm2(Path(__file__).parents[1] / "models" / "smollm2")
    except ModelError as reason:
        pytest.skip(str(reason))
