"""The colors of skin, hair and cloth, each a mixture of normal distributions in CIELAB."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.silhouette import Field

FAR = 40.0
"""An energy that no color outweighs: here the class cannot be."""
SHADES = ((0.55, 0.0, 1.0), (0.28, 0.0, 2.0))
"""Cloth and skin are looked for in shade too: share of the light left, sheen, and the toll."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """A mixture of normal distributions in CIELAB."""

    means: NDArray[np.float64]
    inverses: NDArray[np.float64]
    logs: NDArray[np.float64]
    toll: NDArray[np.float64]
    """What each part's energy is raised by."""

    @property
    def hued(self) -> bool:
        """Whether it is of a hue, neither white nor gray nor black."""
        return bool(np.hypot(self.means[:, 1], self.means[:, 2]).max() > 12)

    def lit(self, steps: tuple[tuple[float, float, float], ...]) -> Mixture:
        """Return the mixture with copies in other light: (share left, sheen, toll) each."""
        copies = [(self.means, self.inverses, self.logs, self.toll)]
        srgb = cv2.cvtColor(self.means.astype(np.float32)[None], cv2.COLOR_LAB2RGB)
        for light, sheen, toll in steps:
            seen = np.minimum(np.clip(srgb, 0, 1) ** 2.2 * light + sheen, 1) ** (1 / 2.2)
            means = cv2.cvtColor(seen.astype(np.float32), cv2.COLOR_RGB2LAB)[0].astype(np.float64)
            copies.append((means, self.inverses, self.logs, self.toll + toll))
        joined = [np.concatenate(parts) for parts in zip(*copies, strict=True)]
        return Mixture(joined[0], joined[1], joined[2], joined[3])

    def energy(self, lab: Field) -> Field:
        """Return half the squared Mahalanobis distance, plus half the log determinant."""
        least = np.full(lab.shape[:2], FAR, np.float32)
        parts = zip(self.means, self.inverses, self.logs, self.toll, strict=True)
        for mean, inverse, log, toll in parts:
            # Half the squared length after a turn by the Cholesky factor is the same in one step.
            factor = np.linalg.cholesky(inverse).T
            turn = np.column_stack([factor, -factor @ mean]).astype(np.float32)
            away = cv2.transform(lab, turn)
            value = 0.5 * np.einsum("ijk,ijk->ij", away, away) + np.float32(0.5 * log + toll)
            least = np.minimum(least, value)
        return least


def fit(samples: NDArray[np.float32], parts: int, slack: tuple[float, float]) -> Mixture:
    """Fit a mixture to samples (n×3 CIELAB); ``slack`` is the variance added to L and to a, b."""
    step = max(1, len(samples) // 4000)
    few = np.ascontiguousarray(samples[::step], np.float32)
    parts = max(1, min(parts, len(few) // 60))
    until = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 15, 0.5)
    _, labels, _ = cv2.kmeans(few, parts, None, until, 1, cv2.KMEANS_PP_CENTERS)
    means, inverses, logs = [], [], []
    for part in range(parts):
        own = few[labels.ravel() == part].astype(np.float64)
        if len(own) < 8:
            continue
        spread_ = np.cov(own.T) * 1.3 + np.diag([slack[0], slack[1], slack[1]])
        means.append(own.mean(axis=0))
        inverses.append(np.linalg.inv(spread_))
        logs.append(float(np.linalg.slogdet(spread_)[1]))
    return Mixture(np.array(means), np.array(inverses), np.array(logs), np.zeros(len(means)))
