"""How likely a proposal is meant: a logistic regression sifts, boosted trees decide, both over readable features.

`surface_features` see the words alone; `context_features` add what the rulings say: whether the cards proposed for
other words stand in one ruling with this one, and how near the question is to the rulings that name the card.
The weights are fitted by benchmarks/tune_linking.py and kept in weights.json.
"""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from importlib import resources

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragqa.datatypes import Language
from ragqa.retrieval.graph import RulingGraph
from ragqa.retrieval.linking.matching import Proposal
from ragqa.retrieval.linking.names import Via
from ragqa.retrieval.linking.question_key import QuestionKey
from ragqa.retrieval.linking.trees import Trees
from ragqa.text import jamo

Features = dict[str, float]
Matrix = NDArray[np.float64]

_LEAST = 0.0003
"""Surface score up to which a proposal is dropped: of those meant one in 800 has less, of all of them half."""
_DEFINITE = 0.02
"""Surface score from which on a proposal may speak for another one."""


class Regression(msgspec.Struct, frozen=True):
    """Weights of a logistic regression by feature name; a feature without a weight counts nothing."""

    intercept: float
    weights: dict[str, float]

    def probabilities(self, rows: Sequence[Features]) -> Matrix:
        """Return P(meant) of each row, shape (len(rows),)."""
        if not rows:
            return np.zeros(0)
        matrix = np.array([[row.get(name, 0.0) for name in self.weights] for row in rows])
        return np.asarray(1 / (1 + np.exp(-(matrix @ np.array(list(self.weights.values())) + self.intercept))))


class LinkingWeights(msgspec.Struct, frozen=True):
    """Both models, and the probability from which on a proposal becomes a link."""

    surface: Regression
    context: Trees
    threshold: float

    def probabilities(self, first: Matrix, context: Sequence[Features]) -> Matrix:
        """Return P(meant) of each proposal, given the rows of the likely ones; 0 for the others."""
        scores = np.zeros(len(first))
        scores[likely(first)] = self.context.probabilities(context)
        return scores


def likely(first: Matrix) -> NDArray[np.intp]:
    """Return which proposals are worth a second look, given their scores by the words alone."""
    return np.flatnonzero(first > _LEAST)


def load_weights() -> LinkingWeights:
    """Return the fitted weights."""
    content = (resources.files("ragqa.retrieval.linking") / "weights.json").read_bytes()
    return msgspec.convert(json.loads(content), LinkingWeights)


def surface_features(
    question: QuestionKey,
    proposals: Sequence[Proposal],
    lang: Language,
    ordinary: Mapping[str, int],
    graph: RulingGraph,
) -> list[Features]:
    """Describe each proposal by the words it rests on."""
    rivals = Counter(_rival_group(proposal) for proposal in proposals)
    longest = np.ones(len(question.key) + 1)
    for proposal in proposals:
        if question.ends[proposal.end] and proposal.via is not Via.TYPO:
            stretch = longest[proposal.start : proposal.end]
            np.maximum(stretch, proposal.end - proposal.start, out=stretch)
    return [
        _with_products(
            _surface(
                question,
                proposal,
                lang=lang,
                ordinary=math.log1p(ordinary.get(question.key[proposal.start : proposal.end], 0)),
                rivals=math.log(rivals[_rival_group(proposal)]),
                longest=float(longest[proposal.start : proposal.end].max()),
                popularity=graph.popularity(proposal.form.card_id),
            )
        )
        for proposal in proposals
    ]


def _rival_group(proposal: Proposal) -> tuple[int, int, bool, bool]:
    return proposal.start, proposal.end, proposal.via is Via.TYPO, proposal.is_whole


def _surface(
    question: QuestionKey,
    proposal: Proposal,
    *,
    lang: Language,
    ordinary: float,
    rivals: float,
    longest: float,
    popularity: float,
) -> Features:
    form, length = proposal.form, proposal.end - proposal.start
    letters = 0.6 * length if lang is Language.EN else len(jamo(question.key[proposal.start : proposal.end]))
    word_end = proposal.form_end == len(form.key) or proposal.form_end in form.words
    return {
        "name": float(proposal.via is Via.NAME),
        "alias": float(proposal.via is Via.ALIAS),
        "partial": float(proposal.via is Via.PARTIAL),
        "initials": float(proposal.via is Via.INITIALS),
        "typo": float(proposal.via is Via.TYPO),
        "coverage": proposal.coverage,
        "length": math.log1p(letters),
        "starts word": float(question.starts[proposal.start] >= 1),
        "starts inside word": float(question.starts[proposal.start] == 0),
        "ends word": float(question.ends[proposal.end] >= 1),
        "ends inside word": float(question.ends[proposal.end] == 0),
        "from name's start": float(proposal.form_start == 0),
        "from name's word": float(proposal.form_start in form.words),
        "to name's word end": float(word_end),
        "distance": 1 - proposal.similarity,
        "ordinary": ordinary,
        "rivals": rivals,
        "popularity": popularity,
        "same language": float(form.lang is lang),
        "relative length": length / max(length, longest),
    }


_PRODUCTS = (
    ("partial", "coverage"), ("partial", "length"), ("partial", "rivals"), ("partial", "ordinary"),
    ("partial", "to name's word end"), ("partial", "from name's start"), ("partial", "starts word"),
    ("partial", "ends word"), ("typo", "distance"), ("typo", "length"), ("typo", "rivals"), ("typo", "coverage"),
    ("initials", "length"), ("initials", "rivals"), ("alias", "length"), ("name", "length"), ("name", "ordinary"),
    ("alias", "ordinary"), ("coverage", "length"), ("starts word", "ends word"), ("popularity", "rivals"),
    ("popularity", "popularity"), ("distance", "distance"),
)  # fmt: skip


_KEPT = (
    "popularity", "typo", "coverage", "length", "ends word", "ordinary", "rivals", "name", "alias", "partial",
    "initials", "starts word", "starts inside word", "ends inside word", "from name's start", "from name's word",
    "to name's word end", "distance", "same language", "relative length", "only rival", "only partial", "longest",
    "never ruled on",
)  # fmt: skip
"""Surface features that the second model sees too; it finds their products by itself."""


def _with_products(features: Features) -> Features:
    for first, second in _PRODUCTS:
        features[f"{first} x {second}"] = features[first] * features[second]
    features["only rival"] = float(features["rivals"] == 0)
    features["only partial"] = features["partial"] * features["only rival"]
    features["longest"] = float(features["relative length"] == 1)
    features["never ruled on"] = float(features["popularity"] == 0)
    return features


def context_features(
    proposals: Sequence[Proposal],
    surface: Sequence[Features],
    scores: Matrix,
    graph: RulingGraph,
    nearness: Mapping[str, float],
) -> list[Features]:
    """Describe each likely proposal by the rulings, in their order.

    `nearness` gives the question's cosine to rulings of proposed cards.
    """
    best: dict[str, tuple[float, Proposal]] = {}
    for proposal, score in zip(proposals, scores, strict=True):
        if score > best.get(proposal.form.card_id, (0.0,))[0]:
            best[proposal.form.card_id] = float(score), proposal
    definite = {card_id: pair for card_id, pair in best.items() if pair[0] > _DEFINITE}
    nearest = max(nearness.values(), default=0.8)
    near, joint = _nearness_by_card(graph, best, nearness, nearest)
    rows: list[Features] = []
    for i in likely(scores).tolist():
        proposal, described, score = proposals[i], surface[i], scores[i]
        card_id = proposal.form.card_id
        share, lift, partner = _support(proposal, definite, graph)
        rows.append(
            {
                "surface": math.log((score + 1e-5) / (1 - score + 1e-5)),
                "lift": lift,
                "share": share,
                "partner": partner,
                "nearness": 10 * (near[card_id] - nearest) if card_id in near else -3.0,
                "no ruling near": float(card_id not in near),
                "joint": joint.get(card_id, 0.0),
            }
            | {name: described[name] for name in _KEPT}
        )
    return rows


def _nearness_by_card(
    graph: RulingGraph, best: Mapping[str, tuple[float, Proposal]], nearness: Mapping[str, float], nearest: float
) -> tuple[dict[str, float], dict[str, float]]:
    """For each card the nearest ruling, and the best of (other proposed cards in the ruling + its nearness)."""
    near: dict[str, float] = {}
    joint: defaultdict[str, float] = defaultdict(float)
    for ruling_id, cosine in nearness.items():
        named = [card_id for card_id in graph.cards_of(ruling_id) if card_id in best]
        by_start: dict[int, float] = {}
        for card_id in named:
            score, proposal = best[card_id]
            by_start[proposal.start] = max(by_start.get(proposal.start, 0.0), score)
        total = sum(by_start.values())
        for card_id in named:
            near[card_id] = max(near.get(card_id, -1.0), cosine)
            joint[card_id] = max(joint[card_id], total - best[card_id][0] + 8 * (cosine - nearest))
    return near, joint


def _support(
    proposal: Proposal, definite: Mapping[str, tuple[float, Proposal]], graph: RulingGraph
) -> tuple[float, float, float]:
    """How the cards proposed for other words support this one: (share, lift, score of a partner)."""
    share = lift = partner = 0.0
    for card_id, (score, other) in definite.items():
        if card_id != proposal.form.card_id and not proposal.overlaps(other):
            together, gain = graph.together(proposal.form.card_id, card_id)
            if together:
                share, lift, partner = max(share, score * together), max(lift, score * gain), max(partner, score)
    return share, lift, partner
