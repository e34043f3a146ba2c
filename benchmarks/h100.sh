#!/usr/bin/env bash
# Every GPU figure of docs/generation.md, in one go and without network: about seven minutes on one card with 80 GB.
# Usage: benchmarks/h100.sh OUT_FOLDER [SECONDS_OF_LOAD]   (from the repository's root; needs what ragqa needs, and triton)
# A folder of four layers is written to LOCAL_DISK (default /tmp) and read back; the other weights never leave the card.
set -euo pipefail
out=${1:?name a folder for the results}
seconds=${2:-100}
local_disk=${LOCAL_DISK:-/tmp}
mkdir -p "$out"
export PYTHONPATH=.${PYTHONPATH:+:$PYTHONPATH} PYTHONUNBUFFERED=1 TRITON_INTERPRET=0
export RAGQA_DEVICE=${RAGQA_DEVICE:-cuda} RAGQA_MAX_NEW_TOKENS=128 RAGQA_KV_TOKENS=${KV_TOKENS:-24576}
failed=()

step() { # name, then a command: a step that fails is told at the end, and the others still run
    local name=$1 begun=$SECONDS
    shift
    echo "== $name"
    "$@" || failed+=("$name")
    echo "== $name took $((SECONDS - begun)) s"
}

profile() {
    ncu --clock-control none -k product --section SpeedOfLight --section MemoryWorkloadAnalysis --section SchedulerStats \
        --section WarpStateStats --section LaunchStats python3 -m benchmarks.profile_product >"$out/ncu.txt"
}

nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit --format=csv || true
# Correctness first: the kernels against float64, the fast step against the reference.
step tests python3 -m pytest -q -p no:cacheprovider -W default tests/unit/generation/test_kernels.py tests/unit/generation/test_decoding.py
step products python3 -m benchmarks.products "$out/products.json"
step generation python3 -m benchmarks.generation "$out/generation.json"
step serving python3 -m benchmarks.serving "$out/serving.json" random:8x22b "$seconds"
step disk-folder python3 -m benchmarks.random_folder "$local_disk/mixtral-4" --layers 4
step plan python3 -m ragqa plan "$local_disk/mixtral-4" --gpu-memory 79.1GiB --json
step loading python3 -m benchmarks.loading "$out/loading.json" "$local_disk/mixtral-4" 56
rm -rf "$local_disk/mixtral-4"
step embedding python3 -m benchmarks.embedding "$out/embedding.json"
if command -v ncu >/dev/null; then step ncu profile; fi
[ ${#failed[@]} -eq 0 ] || { echo "failed: ${failed[*]}"; exit 1; }
