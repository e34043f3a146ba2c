"""Set before anything imports Triton, which reads it once: kernels run in its interpreter where there is no GPU."""

import os
from pathlib import Path

if not Path("/proc/driver/nvidia/version").exists():
    os.environ.setdefault("TRITON_INTERPRET", "1")
