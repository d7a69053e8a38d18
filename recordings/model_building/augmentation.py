"""Other speakers and other lines out of the same features, drawn anew in each pass over the corpus.

A vocal tract that is longer or shorter moves all formants (Jaitly and Hinton, "Vocal Tract Length Perturbation",
2013); a microphone of its own raises some bands and lowers others; a band or a moment that is not heard makes the
network use the rest (Park et al., "SpecAugment", 2019). As many coefficients as mel filters are kept, so that
features turn back into filters without loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from recordings.model_building.features import BELOW_NYQUIST_HZ, COEFFICIENTS, LOWEST_HZ, SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LIFTER: Final = 22.0  # Kaldi's default `--cepstral-lifter`
_LENGTHS: Final = (0.86, 1.16)  # of a vocal tract, against the one that spoke
_OTHER_SPEAKER: Final = 0.7  # share of utterances
_TILT: Final = (4.0, 3.0, 2.0, 1.5)  # standard deviation of the lowest shapes over all filters, in their logarithms
_BAND: Final = 6  # filters that are missing at most
_MOMENT: Final = 6  # frames of 10 ms that are missing at most


def _lifters() -> NDArray[np.float64]:
    """Return by how much Kaldi raises each coefficient (`feature-functions.cc`, ComputeLifterCoeffs)."""
    lifters: NDArray[np.float64] = 1 + 0.5 * _LIFTER * np.sin(np.pi * np.arange(COEFFICIENTS) / _LIFTER)
    return lifters


def _mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    mel: NDArray[np.float64] = 1127 * np.log(1 + hertz / 700)
    return mel


def _cosines() -> NDArray[np.float64]:
    """Return the orthonormal shapes of the discrete cosine transform, one a row."""
    number = np.arange(COEFFICIENTS)
    shapes: NDArray[np.float64] = np.sqrt(2 / COEFFICIENTS) * np.cos(
        np.pi / COEFFICIENTS * np.outer(number, number + 0.5)
    )
    shapes[0] /= np.sqrt(2)
    return shapes


_SHAPES: Final = _cosines()
_TO_FEATURES: Final = _lifters()[:, None] * _SHAPES
_TO_FILTERS: Final = np.linalg.inv(_TO_FEATURES)
_LOWEST, _HIGHEST = _mel(np.array([LOWEST_HZ, SAMPLE_RATE / 2 + BELOW_NYQUIST_HZ], float)).tolist()
_CENTRES: Final = np.linspace(_LOWEST, _HIGHEST, COEFFICIENTS + 2)[1:-1]


def altered(features: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return an utterance as somebody else would have said it into another telephone.

    Args:
        features: Shape (coefficients, frames).
        rng: Where chance comes from.
    """
    change = np.eye(COEFFICIENTS)
    if rng.random() < _OTHER_SPEAKER:
        change = _stretched(rng.uniform(*_LENGTHS))
    filters = change @ (_TO_FILTERS @ features)
    filters += (rng.normal(0, _TILT) @ _SHAPES[: len(_TILT)])[:, None]
    _hide(filters, _BAND, rng)
    _hide(filters.T, _MOMENT, rng)
    result: NDArray[np.float32] = (_TO_FEATURES @ filters).astype(np.float32)
    return result


def _stretched(length: float) -> NDArray[np.float64]:
    """Return what makes the filters of a vocal tract of this length out of ours."""
    hertz = 700 * np.expm1(_CENTRES / 1127) * length
    place = np.interp(_mel(hertz), _CENTRES, np.arange(COEFFICIENTS))
    low = np.minimum(place.astype(int), COEFFICIENTS - 2)
    rows = np.arange(COEFFICIENTS)
    change = np.zeros((COEFFICIENTS, COEFFICIENTS))
    change[rows, low] = 1 - (place - low)
    change[rows, low + 1] = place - low
    return change


def _hide(rows: NDArray[np.float64], most: int, rng: np.random.Generator) -> None:
    """Put the mean of all in the place of a few rows that stand together."""
    count = min(int(rng.integers(most + 1)), len(rows) // 3)
    first = int(rng.integers(len(rows) - count + 1))
    rows[first : first + count] = rows.mean(0)
