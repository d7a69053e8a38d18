"""Features of other speakers: what is altered is what is said to be, and the sound stays otherwise as it was."""

from __future__ import annotations

import numpy as np
import pytest

from recordings.model_building import augmentation
from recordings.model_building.augmentation import altered
from recordings.model_building.features import BELOW_NYQUIST_HZ, COEFFICIENTS, LOWEST_HZ, SAMPLE_RATE


def mel(hertz: float) -> float:
    """Kaldi's scale (`mel-computations.h`)."""
    return 1127 * np.log(1 + hertz / 700)


def filter_of(hertz: float) -> int:
    """The mel filter in whose middle a tone is."""
    low, high = mel(LOWEST_HZ), mel(SAMPLE_RATE / 2 + BELOW_NYQUIST_HZ)
    return round((mel(hertz) - low) / (high - low) * (COEFFICIENTS + 1)) - 1


def features_of(hertz: float, frames: int = 50) -> np.ndarray:
    """Kaldi's coefficients of filters in which a tone sounds."""
    filters = 8 * np.exp(-((np.arange(COEFFICIENTS) - filter_of(hertz)) ** 2) / 4.0) + 10
    number = np.arange(COEFFICIENTS)
    shapes = np.sqrt(2 / COEFFICIENTS) * np.cos(np.pi * np.outer(number, number + 0.5) / COEFFICIENTS)
    shapes[0] /= np.sqrt(2)
    lifter = 1 + 11 * np.sin(np.pi * number / 22)
    return np.tile((lifter * (shapes @ filters))[:, None], frames).astype(np.float32)


def loudest(features: np.ndarray) -> int:
    return int((augmentation._TO_FILTERS @ features).mean(1).argmax())


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is altered but what the test turns on."""
    monkeypatch.setattr(augmentation, "_OTHER_SPEAKER", 0.0)
    monkeypatch.setattr(augmentation, "_TILT", (0.0,))
    monkeypatch.setattr(augmentation, "_BAND", 0)
    monkeypatch.setattr(augmentation, "_MOMENT", 0)


@pytest.mark.usefixtures("plain")
def test_features_turn_back_into_filters_without_loss() -> None:
    features = features_of(1000)
    assert np.allclose(altered(features, np.random.default_rng(0)), features, atol=1e-3)


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize(("length", "heard_at"), [(0.87, 1150), (1.15, 870)])
def test_a_shorter_vocal_tract_has_higher_formants(
    length: float, heard_at: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(augmentation, "_OTHER_SPEAKER", 1.0)
    monkeypatch.setattr(augmentation, "_LENGTHS", (length, length))
    other = altered(features_of(1000), np.random.default_rng(0))
    assert loudest(features_of(1000)) == filter_of(1000)
    assert abs(loudest(other) - filter_of(heard_at)) <= 1


@pytest.mark.usefixtures("plain")
def test_another_microphone_is_the_same_in_all_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augmentation, "_TILT", (4.0, 3.0))
    change = altered(features_of(1000), np.random.default_rng(0)) - features_of(1000)
    assert np.abs(change).max() > 0.1
    assert np.allclose(change, change[:, :1], atol=1e-3)


@pytest.mark.usefixtures("plain")
def test_a_moment_that_is_missing_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augmentation, "_MOMENT", 6)
    features = np.concatenate([features_of(1000, 25), features_of(2000, 25)], axis=1)
    rng = np.random.default_rng(0)
    hidden = [np.any(np.abs(altered(features, rng) - features) > 1e-2, axis=0).sum() for _ in range(50)]
    assert 0 < max(hidden) <= 6


@pytest.mark.parametrize("frames", [1, 2, 3, 40])
def test_an_utterance_keeps_its_shape(frames: int) -> None:
    features = features_of(1000, frames)
    for seed in range(20):
        other = altered(features, np.random.default_rng(seed))
        assert other.shape == features.shape
        assert other.dtype == np.float32
        assert np.isfinite(other).all()
