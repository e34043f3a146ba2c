"""Is a sentence told from one that its passage does not support? Fits and measures `ragqa.generation.support`.

    python -m benchmarks.citation_support --home HOME [--data ../shared/data/yugioh] [--write]

True pairs: a sentence of the starter corpus, which restates an official Q&A in our own words, beside that official Q&A
in Japanese, and in English where it is translated. Shuffled pairs: the same sentence beside another Q&A; neighbours:
beside another Q&A about one of the same cards. Folds are by Q&A.
"""

import argparse
import gzip
import json
import random
from collections import defaultdict
from pathlib import Path

import msgspec
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from ragqa.config import Settings
from ragqa.datatypes import Language, Ruling
from ragqa.generation import support
from ragqa.retrieval.embedder import load_embedder
from ragqa.text import sentences

Pair = tuple[str, str, str, int, str]
"""(kind, languages, sentence, official number, passage text)"""


SCALE = np.array([1.0, 10.0, 1.0])
"""Cosines differ by hundredths; the penalty of the regression is to weigh all features alike."""


def official(path: Path) -> dict[Language, dict[int, dict[str, object]]]:
    out: dict[Language, dict[int, dict[str, object]]] = defaultdict(dict)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            out[Language(row["lang"])][row["fid"]] = row
    return out


def pairs_of(rulings: list[Ruling], rows: dict[Language, dict[int, dict[str, object]]], most: int) -> list[Pair]:
    chance = random.Random(0)
    pairs: list[Pair] = []
    for ruling in [each for each in rulings if each.official_id in rows[Language.JA]][:most]:
        assert ruling.official_id is not None
        for lang in (Language.JA, Language.EN):
            own = rows[lang].get(ruling.official_id)
            if own is None:
                continue
            others = [fid for fid in rows[lang] if fid != ruling.official_id]
            near = [f for f in others if set(ruling.card_ids) & set(map(str, _list(rows[lang][f]["card_ids"])))]
            for said_in in Language:
                for said in sentences(ruling.answer.get(said_in, "")):
                    found = {"true": own, "shuffled": rows[lang][chance.choice(others)]}
                    if near:
                        found["neighbour"] = rows[lang][chance.choice(near)]
                    if len(said) > 12:
                        pairs += [
                            (kind, f"{said_in}-{lang}", said, ruling.official_id, f"{row['title']}\n{row['answer']}")
                            for kind, row in found.items()
                        ]
    return pairs


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a home whose embedder is prepared")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/yugioh"))
    parser.add_argument("--most", type=int, default=100, help="Q&As at most")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    rulings = [
        msgspec.json.decode(line, type=Ruling) for line in Path("corpus/rulings.jsonl").read_bytes().splitlines()
    ]
    pairs = pairs_of(rulings, official(arguments.data / "rulings.jsonl.gz"), arguments.most)
    embedder = load_embedder(Settings.model_validate({"home": arguments.home}))
    raw = np.array(support.support_features([(said, text) for _, _, said, _, text in pairs], embedder))
    names = sorted({langs for _, langs, *_ in pairs})
    features = np.hstack([raw * SCALE, [[langs == name for name in names] for _, langs, *_ in pairs]])
    kinds = np.array([kind for kind, *_ in pairs])
    fitted = kinds != "neighbour"
    groups = np.array([number for *_, number, _ in pairs])
    model = LogisticRegression(C=10, max_iter=5000, class_weight="balanced")
    held = np.zeros(len(pairs))
    for train, test in GroupKFold(5, shuffle=True, random_state=0).split(features, groups=groups):
        chosen = train[fitted[train]]
        held[test] = model.fit(features[chosen], kinds[chosen] == "true").predict_proba(features[test])[:, 1]
    languages = np.array([langs for _, langs, *_ in pairs])
    for langs in ("all", *sorted(set(languages))):
        here = np.ones(len(pairs), bool) if langs == "all" else languages == langs
        for control in ("shuffled", "neighbour"):
            both = here & ((kinds == "true") | (kinds == control))
            auc = roc_auc_score(kinds[both] == "true", held[both])
            kept = {kind: np.mean(held[here & (kinds == kind)] >= 0.5) for kind in ("true", control)}
            print(
                f"{langs} (sentence-passage), true {np.sum(here & (kinds == 'true'))} against {control}"
                f" {np.sum(here & (kinds == control))}: AUC {auc:.3f}; kept at 0.5: true {kept['true']:.1%},"
                f" {control} {kept[control]:.1%}"
            )
    model.fit(features[fitted], kinds[fitted] == "true")
    words, cosine, numbers = (round(float(value), 4) for value in model.coef_[0][:3] * SCALE)
    shifts = dict(zip(names, model.coef_[0][3:] + model.intercept_[0], strict=True))
    same = [value for name, value in shifts.items() if name[:2] == name[3:]]
    across = [value for name, value in shifts.items() if name[:2] != name[3:]]
    shifts |= {"same": np.mean(same), "across": np.mean(across)}
    intercepts = {name: round(float(value), 4) for name, value in shifts.items()}
    weights = support.SupportWeights(intercepts, words, cosine, numbers)
    print(weights)
    if arguments.write:
        path = Path(support.__file__).with_name("support.json")
        path.write_text(json.dumps(msgspec.to_builtins(weights), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
