"""How well a network tells people's pixels from the ground's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.float32]
"""(height, width), 1 where a person is, else 0; or the probability of it."""

HUMAN_WEIGHT = 5.0
"""How many times a person's pixel weighs one of the ground while a network learns: recall comes first.

One half is then said from a probability of 1 / (1 + HUMAN_WEIGHT) on, 0.17; on ShanghaiTech A 0.15 of all pixels are
people's.
"""


@dataclass(frozen=True)
class ClassScores:
    """Of one class: precision, recall, F1, and how many pixels truly are of it (support)."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class PixelTable:
    """The table of a two-class segmentation; averages are of precision, recall and F1."""

    background: ClassScores
    human: ClassScores
    accuracy: float

    @property
    def macro(self) -> tuple[float, float, float]:
        """The plain mean of both classes."""
        return self._mean(0.5)

    @property
    def weighted(self) -> tuple[float, float, float]:
        """The mean weighted by support."""
        return self._mean(self.human.support / max(1, self.human.support + self.background.support))

    def _mean(self, share: float) -> tuple[float, float, float]:
        pairs = ((getattr(self.background, name), getattr(self.human, name)) for name in ("precision", "recall", "f1"))
        precision, recall, f1 = ((1.0 - share) * ground + share * human for ground, human in pairs)
        return precision, recall, f1


class PixelTally:
    """Pictures of any sizes added up one by one; none of them is kept.

    shares: of each picture, how much of it is people's pixels: truly, by how likely each pixel is, and as is said.
    """

    def __init__(self, threshold: float = 0.5) -> None:
        self._threshold = threshold
        self._confusion = np.zeros((2, 2), np.int64)
        self.shares: list[tuple[float, float, float]] = []

    def add(self, probability: Mask, mask: Mask) -> None:
        """One picture, both maps of its size."""
        said, true = probability >= self._threshold, mask > 0.5
        self._confusion += np.bincount(2 * true.ravel() + said.ravel(), minlength=4).reshape(2, 2)
        self.shares.append((float(true.mean()), float(likelihood(probability).mean()), float(said.mean())))

    def table(self) -> PixelTable:
        """Over everything that was added."""
        ground, human = (class_scores(self._confusion, of) for of in (0, 1))
        return PixelTable(ground, human, float(np.trace(self._confusion) / max(1, self._confusion.sum())))


def class_scores(confusion: npt.NDArray[np.int64], of: int) -> ClassScores:
    """Scores of class `of` from confusion[true, said]; a share of nothing is 0."""
    hits, said, true = int(confusion[of, of]), int(confusion[:, of].sum()), int(confusion[of].sum())
    precision, recall = hits / said if said else 0.0, hits / true if true else 0.0
    both = precision + recall
    return ClassScores(precision, recall, 2.0 * precision * recall / both if both else 0.0, true)


def likelihood(said: Mask, weight: float = HUMAN_WEIGHT) -> npt.NDArray[np.float64]:
    """How likely each pixel is a person's: what a network says that learnt with `weight`, the weight taken out again.

    p = s / (s + weight (1 - s)). Its mean over a picture is the expected share of people's pixels.

    >>> likelihood(np.array([0.0, 0.5, 1.0], np.float32), weight=3.0).tolist()
    [0.0, 0.25, 1.0]
    """
    sure = np.asarray(said, np.float64)
    return sure / (sure + weight * (1.0 - sure))
