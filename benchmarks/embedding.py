"""Measure the embedder where it runs: texts a second, and building the indexes of 45,000 passages.

`python -m benchmarks.embedding OUT.json [PASSAGES]`. Passages are the starter corpus's own, numbered and repeated until
there are enough. Vectors are checked against the same model in float32 on the CPU.
"""

import itertools
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from ragqa.config import Settings
from ragqa.retrieval.bundled import prepare_bundled_model
from ragqa.retrieval.dense import FaissIndex
from ragqa.retrieval.embedder import load_embedder
from ragqa.retrieval.lexical import TantivyIndex


def passages(count: int) -> list[str]:
    """Return texts as long as rulings and card texts are, no two the same."""
    rows = [json.loads(line) for line in Path("corpus/rulings.jsonl").read_text("utf-8").splitlines()]
    rows += [json.loads(line) for line in Path("corpus/cards.jsonl").read_text("utf-8").splitlines()]
    texts = []
    for row in rows:
        for lang in ("en", "ko", "ja"):
            if "texts" in row:
                texts.append(f"{row['names'].get(lang, '')}\n{row['texts'].get(lang, '')}")
            else:
                texts.append(f"{row['question'].get(lang, '')}\n{row['answer'].get(lang, '')}")
    numbered = (f"{number} {text}" for number, text in enumerate(itertools.cycle([t for t in texts if len(t) > 20])))
    return list(itertools.islice(numbered, count))


def main() -> None:
    out, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 45_000
    texts = passages(count)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        report: dict[str, object] = {
            "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
            "passages": count,
            "characters_p50": float(np.median([len(text) for text in texts])),
        }
        rates = {}
        for batch in (32, 128, 512):
            embedder = load_embedder(Settings(home=home, device=device, embedder_batch=batch))
            sample = texts[: min(count, 8192)]
            embedder.encode_passages(sample[:batch])
            begun = time.perf_counter()
            embedder.encode_passages(sample)
            rates[batch] = len(sample) / (time.perf_counter() - begun)
        report["texts_per_s_by_batch"] = rates
        exact = SentenceTransformer(str(prepare_bundled_model(home / "models")), device="cpu")
        wanted = exact.encode(texts[:64], prompt_name="document", normalize_embeddings=True)
        report["least_cosine_to_float32"] = float((wanted * embedder.encode_passages(texts[:64])).sum(1).min())
        begun = time.perf_counter()
        vectors = embedder.encode_passages(texts)
        report["encode_s"] = time.perf_counter() - begun
        begun = time.perf_counter()
        dense, lexical = FaissIndex(embedder.dimension), TantivyIndex()
        dense.add(range(count), vectors)
        report["dense_index_s"] = time.perf_counter() - begun
        begun = time.perf_counter()
        lexical.add(range(count), texts)
        report["word_index_s"] = time.perf_counter() - begun
        assert dense.search(vectors[7], 1)[0][0] == 7
        times = []
        for text in texts[:200]:
            begun = time.perf_counter()
            embedder.encode_questions([text[:80]])
            times.append(time.perf_counter() - begun)
        report["one_question_ms_p50"] = float(np.median(times) * 1000)
    out.write_text(json.dumps(report, indent=1))
    print(json.dumps(report, indent=1))
    assert report["least_cosine_to_float32"] > 0.999, report


if __name__ == "__main__":
    main()
