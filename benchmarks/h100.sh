#!/usr/bin/env bash
# Every GPU figure of docs/generation.md, in one go and without network: a few minutes on one card with 80 GB.
# Usage: benchmarks/h100.sh OUT_FOLDER   (run from the repository's root; needs torch, transformers, bitsandbytes, triton)
set -euo pipefail
out=${1:?name a folder for the results}
mkdir -p "$out"
export PYTHONPATH=.${PYTHONPATH:+:$PYTHONPATH} PYTHONUNBUFFERED=1
# Correctness first: the kernels against float64, the fast step against the reference.
python3 -m pytest -q tests/unit/generation/test_kernels.py tests/unit/generation/test_decoding.py -W default
python3 -m benchmarks.products "$out/products.json"
python3 -m benchmarks.generation "$out/generation.json"
python3 -m benchmarks.steady "$out/steady.json" 110
if command -v ncu >/dev/null; then
    ncu --clock-control none -k product --launch-skip 1 --launch-count 2 --section SpeedOfLight \
        --section MemoryWorkloadAnalysis --section SchedulerStats python3 -m benchmarks.profile_product >"$out/ncu.txt"
fi
