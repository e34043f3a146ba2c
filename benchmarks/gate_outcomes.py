"""What answering from a confidence on gives, and the threshold that keeps to a risk."""

import msgspec
import numpy as np
from numpy.typing import NDArray

PARTS, WAYS = 10, 20


class Outcomes(msgspec.Struct):
    """Of one set of questions: the gate's confidence in each answer it could give, and whether that is right."""

    confidence: NDArray[np.float64]
    right: NDArray[np.bool_]
    labels: NDArray[np.int64]
    weights: NDArray[np.float64]
    groups: NDArray[np.int64]
    total: float
    answerable: int

    def threshold(self, risk: float) -> float:
        """Return the least confidence at which at most `risk` of all questions is answered wrongly."""
        order = np.argsort(-self.confidence, kind="stable")
        allowed = np.nonzero(np.cumsum(self.weights[order] * ~self.right[order]) / self.total <= risk)[0]
        return round(float(self.confidence[order[allowed[-1]]]), 4) if len(allowed) else 1.0

    def line(self, least: float) -> str:
        """Say what answering from a confidence on gives."""
        given = self.confidence >= least
        right = int((given & self.right).sum())
        wrong = (int(given.sum()) - right) / self.total
        return (
            f"threshold {least:.3f} answered {given.sum() / self.total:.3f} wrong {wrong:.4f} "
            f"correct of answerable {right / self.answerable:.3f}"
        )

    def joined(self, others: "Outcomes") -> "Outcomes":
        """Return these with the others beside them, weighted to as many questions and to the same shares of labels."""
        shares = np.bincount(self.labels, minlength=3) / np.bincount(others.labels, minlength=3)
        return Outcomes(
            confidence=np.concatenate([self.confidence, others.confidence]),
            right=np.concatenate([self.right, others.right]),
            labels=np.concatenate([self.labels, others.labels]),
            weights=np.concatenate([self.weights, shares[others.labels]]),
            groups=np.concatenate([self.groups, others.groups + self.groups.max() + 1]),
            total=2 * self.total,
            answerable=self.answerable + others.answerable,
        )

    def held_out_line(self, risk: float, beside: "Outcomes") -> str:
        """Say what answering gives where each part's threshold was chosen on the other parts and on `beside`."""
        rows = np.array([self._held_out(risk, beside, np.random.default_rng(seed)) for seed in range(WAYS)])
        (answered, wrong, correct), least, most = rows.mean(0), rows[:, 1].min(), rows[:, 1].max()
        return (
            f"answered {answered:.3f} wrong {wrong:.4f} ({least:.4f} to {most:.4f}) correct of answerable {correct:.3f}"
        )

    def _held_out(self, risk: float, beside: "Outcomes", random: np.random.Generator) -> tuple[float, float, float]:
        parts = random.integers(PARTS, size=self.groups.max() + 1)[self.groups]
        given = np.zeros(len(parts), bool)
        for part in range(PARTS):
            least = self._without(parts == part).joined(beside).threshold(risk)
            given |= (parts == part) & (self.confidence >= least)
        right = int((given & self.right).sum())
        return given.sum() / self.total, (given.sum() - right) / self.total, right / self.answerable

    def _without(self, left_out: NDArray[np.bool_]) -> "Outcomes":
        kept = ~left_out
        return Outcomes(
            confidence=self.confidence[kept],
            right=self.right[kept],
            labels=self.labels[kept],
            weights=self.weights[kept],
            groups=self.groups[kept],
            total=self.total * float(kept.mean()),
            answerable=self.answerable,
        )

    def calibration_error(self) -> float:
        """Return the expected calibration error over ten bins of equal width (Naeini et al. 2015)."""
        bins = np.minimum((self.confidence * 10).astype(int), 9)
        gaps = [abs(self.confidence[bins == b].sum() - self.right[bins == b].sum()) for b in range(10)]
        return float(sum(gaps) / len(self.confidence))
