"""Time loading a prepared folder from disk: `python -m benchmarks.loading OUT.json FOLDER [LAYERS_OF_THE_MODEL]`.

The page cache is emptied first where that is allowed (root). With LAYERS_OF_THE_MODEL the time of a folder with fewer
layers is extrapolated by bytes.
"""

import json
import os
import sys
import time
from pathlib import Path

import torch
from transformers import MixtralConfig

from ragqa.generation.loading import load_mixtral, measured_bytes
from ragqa.generation.plan import ModelShape, weight_bytes


def main() -> None:
    out, folder = Path(sys.argv[1]), Path(sys.argv[2])
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.zeros(1, device=device)
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3")
        cold = True
    except OSError:
        cold = False
    begun = time.perf_counter()
    model = load_mixtral(folder, device=device, quantize=True, dtype=torch.bfloat16)
    if device.type == "cuda":
        torch.cuda.synchronize()
    seconds = time.perf_counter() - begun
    size = sum(measured_bytes(model).values())
    report = {"seconds": seconds, "bytes": size, "gb_per_s": size / seconds / 1e9, "page_cache_emptied": cold}
    if len(sys.argv) > 3:
        config = MixtralConfig(**(model.config.to_dict() | {"num_hidden_layers": int(sys.argv[3])}))
        whole = sum(weight_bytes(ModelShape.of(config)).values())
        report |= {"bytes_of_the_model": whole, "seconds_extrapolated": whole / size * seconds}
    if device.type == "cuda":
        report["peak_over_weights_gib"] = (torch.cuda.max_memory_allocated() - size) / 2**30
    out.write_text(json.dumps(report, indent=1))
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
