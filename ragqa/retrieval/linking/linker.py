"""The linker: proposals, scores, and the choice of links that do not overlap; unsure words stay unlinked."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
import numpy as np

from ragqa.datatypes import CardCandidate, Language, LinkedCard, Linking, Question, UnlinkedSpan
from ragqa.retrieval.graph import RulingGraph
from ragqa.retrieval.linking.completion import Completer, Completion
from ragqa.retrieval.linking.corpus_names import CorpusNames
from ragqa.retrieval.linking.matching import Matcher, Proposal
from ragqa.retrieval.linking.names import Via
from ragqa.retrieval.linking.question_key import QuestionKey, question_key
from ragqa.retrieval.linking.scoring import (
    Features,
    LinkingWeights,
    Matrix,
    context_features,
    surface_features,
)
from ragqa.text import detect_language

Nearness = Callable[[str, Iterable[str]], Mapping[str, float]]
"""From a question's text and ruling ids to the cosine between the question and each ruling."""

CERTAIN = 1.0
_MIN_CERTAIN = 3
_CANDIDATE = 0.03
_MAX_CANDIDATES = 5
_MAX_NEAR_CARDS = 60


class ScoredProposals(msgspec.Struct, frozen=True):
    """Everything the linker knows of a question before it chooses."""

    question: QuestionKey
    proposals: list[Proposal]
    surface: list[Features]
    context: list[Features]
    scores: Matrix


class NameLinker:
    """A `Linker` over the names of the corpus and the graph of its rulings."""

    def __init__(
        self,
        names: CorpusNames,
        *,
        ordinary: Mapping[str, int],
        weights: LinkingWeights,
        graph: RulingGraph,
        nearness: Nearness,
    ) -> None:
        self.ordinary = ordinary
        self.names = names
        self._weights = weights
        self._graph = graph
        self._nearness = nearness
        self.matcher = Matcher(ordinary, names.exact, names.fuzzy)
        self._completer = Completer(
            names.exact,
            names.fuzzy,
            ordinary=lambda word: ordinary.get(word, 0),
            rulings_on=lambda card_id: len(graph.rulings_of(card_id)),
        )

    def complete(self, typed: str, lang: Language, limit: int) -> list[Completion]:
        """Return cards whose names complete what is typed, best first, each with its name in a language."""
        found = self._completer.complete(typed, limit)
        return [
            Completion(
                card_id=form.card_id, name=self.names.name(form.card_id, lang), matched=form.text, via=via, start=at
            )
            for form, via, at in found
        ]

    def link(self, question: Question) -> Linking:
        """Return the cards meant, best-scored spans first choosing, and what was left unlinked."""
        scored = self.score(question)
        chosen = choose(scored, self._weights.threshold, set(question.not_card_ids), set(question.card_ids))
        cards = [self._linked(scored.question, question, proposal, score) for proposal, score in chosen]
        named = {card.card_id for card in cards}
        confirmed = [self._confirmed(card_id, question.lang) for card_id in question.card_ids if card_id not in named]
        return Linking(
            cards=(*confirmed, *sorted(cards, key=lambda card: card.start)),
            unlinked=self._unlinked(scored, [proposal for proposal, _ in chosen], question),
        )

    def score(self, question: Question) -> ScoredProposals:
        """Score every proposal in a question."""
        key = question_key(question.text)
        lang = detect_language(question.text)
        proposals = self.matcher.proposals(key, lang)
        surface = surface_features(key, proposals, lang, self.ordinary, self._graph)
        first = self._weights.surface.probabilities(surface)
        context = context_features(proposals, surface, first, self._graph, self.near(question.text, proposals, first))
        scores = self._weights.probabilities(first, context)
        for i, proposal in enumerate(proposals):
            if stands_alone(key, proposal, self.ordinary):
                scores[i] = max(scores[i], CERTAIN)
        return ScoredProposals(key, proposals, surface, context, scores)

    def near(self, text: str, proposals: Sequence[Proposal], scores: Matrix) -> Mapping[str, float]:
        """Return the question's cosine to the rulings of the likeliest cards."""
        ranked = dict.fromkeys(
            proposals[i].form.card_id for i in np.argsort(-scores, kind="stable") if scores[i] > 0.005
        )
        cards = list(ranked)[:_MAX_NEAR_CARDS]
        return self._nearness(text, self._graph.rulings_of_any(cards))

    def _linked(self, key: QuestionKey, question: Question, proposal: Proposal, score: float) -> LinkedCard:
        start, end = key.span(proposal.start, proposal.end)
        card_id = proposal.form.card_id
        return LinkedCard(
            card_id=card_id,
            name=self.names.name(card_id, question.lang),
            start=start,
            end=end,
            surface=key.text[start:end],
            score=round(score, 4),
            via=Via.CONFIRMED if card_id in question.card_ids else proposal.via,
        )

    def _confirmed(self, card_id: str, lang: Language) -> LinkedCard:
        """A card the user means although no word of the question was recognised as it."""
        return LinkedCard(
            card_id=card_id,
            name=self.names.name(card_id, lang),
            start=0,
            end=0,
            surface="",
            score=1.0,
            via=Via.CONFIRMED,
        )

    def _unlinked(
        self, scored: ScoredProposals, chosen: Sequence[Proposal], question: Question
    ) -> tuple[UnlinkedSpan, ...]:
        """Spans with candidates none of which was sure enough, the likeliest first for each span."""
        spans: defaultdict[tuple[int, int], dict[str, float]] = defaultdict(dict)
        for proposal, score in zip(scored.proposals, scored.scores, strict=True):
            free = not any(proposal.overlaps(taken) for taken in chosen)
            if score >= _CANDIDATE and free and proposal.form.card_id not in question.not_card_ids:
                span = spans[proposal.start, proposal.end]
                span[proposal.form.card_id] = max(span.get(proposal.form.card_id, 0.0), float(score))
        out: list[UnlinkedSpan] = []
        taken_until = -1
        for (start, end), candidates in sorted(spans.items(), key=lambda item: (item[0][0], -item[0][1])):
            if start < taken_until:
                continue
            taken_until = end
            best = sorted(candidates.items(), key=lambda pair: -pair[1])[:_MAX_CANDIDATES]
            first, last = scored.question.span(start, end)
            named = tuple(
                CardCandidate(card_id=card_id, name=self.names.name(card_id, question.lang), score=round(score, 4))
                for card_id, score in best
            )
            out.append(UnlinkedSpan(start=first, end=last, surface=scored.question.text[first:last], candidates=named))
        return tuple(out)


def stands_alone(question: QuestionKey, proposal: Proposal, ordinary: Mapping[str, int]) -> bool:
    """Whether a card's whole name stands between word boundaries and is no ordinary word.

    Such a name needs no ruling to speak for it: a card added a minute ago has none.
    """
    surface = question.key[proposal.start : proposal.end]
    bounded = question.starts[proposal.start] > 0 and question.ends[proposal.end] > 0
    long_enough = len(surface) >= (_MIN_CERTAIN if not surface.isascii() else 2 * _MIN_CERTAIN)
    return proposal.via is Via.NAME and bounded and long_enough and surface not in ordinary


def choose(
    scored: ScoredProposals, threshold: float, refused: set[str], confirmed: set[str]
) -> list[tuple[Proposal, float]]:
    """Take proposals by score; each takes its words away from the rest."""
    chosen: list[tuple[Proposal, float]] = []
    scores = scored.scores.copy()
    for i, proposal in enumerate(scored.proposals):
        if proposal.form.card_id in refused:
            scores[i] = 0.0
        elif proposal.form.card_id in confirmed:
            scores[i] = 1.0
    lengths = np.array([proposal.end - proposal.start for proposal in scored.proposals])
    for i in np.lexsort((-lengths, -scores)):
        if scores[i] < threshold:
            break
        proposal = scored.proposals[i]
        if not any(proposal.overlaps(taken) for taken, _ in chosen):
            others = [taken for taken, _ in chosen]
            chosen.append((_exact_reading(proposal, scored.proposals, others), float(scores[i])))
    return chosen


def _exact_reading(proposal: Proposal, proposals: Sequence[Proposal], taken: Sequence[Proposal]) -> Proposal:
    """Return the longest exact reading of the same card at a fuzzy one's place: of "Blossom to" "Ash Blossom".

    A fuzzy reading that takes a word too much would else make it look like a part of a name.
    """
    if proposal.via is not Via.TYPO:
        return proposal
    exact = [
        other
        for other in proposals
        if other.via is not Via.TYPO
        and other.form.card_id == proposal.form.card_id
        and other.overlaps(proposal)
        and not any(other.overlaps(each) for each in taken)
    ]
    return max(exact, key=lambda other: other.end - other.start, default=proposal)
