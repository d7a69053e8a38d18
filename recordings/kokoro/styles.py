"""Styles: what makes a speaker. Each is one of the voices that come with Kokoro, or a mixture of several.

A style has a row for each length of text; of a row the first half is the timbre and the second the prosody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from recordings.kokoro.errors import NotInstalledError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recordings.kokoro.installed import Installation

Style = NDArray[np.float32]
"""Shape (510, 256): the row for n signs is n - 1."""

ROWS: Final = 510
WIDTH: Final = 256
TIMBRE: Final = 128  # values of a row that are the timbre, the first ones


def style_names(installation: Installation) -> list[str]:
    """Return the names of the styles there are, such as "hf_alpha": language (h: Hindi), sex, name."""
    return sorted(path.stem for path in installation.voices.glob("*.bin"))


def load_style(installation: Installation, name: str) -> Style:
    """Return a style.

    Raises:
        NotInstalledError: There is none of this name, or its file is not whole.
    """
    path = installation.voices / f"{name}.bin"
    try:
        values = np.fromfile(path, np.float32)
    except OSError as error:
        raise NotInstalledError(f"there is no voice {name!r} ({path}): warroom voice install") from error
    if values.size != ROWS * WIDTH:
        raise NotInstalledError(f"{path} is not whole: warroom voice install")
    return values.reshape(ROWS, WIDTH)


def mix(styles: Mapping[str, Style], timbre: Mapping[str, float], prosody: Mapping[str, float] | None = None) -> Style:
    """Return a new speaker: a weighted mean of styles.

    Args:
        styles: By name.
        timbre: Weight of each style in the timbre; they are scaled to a sum of one.
        prosody: The same for the prosody; None for the weights of the timbre.
    """
    mixed = _mean(styles, timbre)
    if prosody is not None:
        mixed[:, TIMBRE:] = _mean(styles, prosody)[:, TIMBRE:]
    return mixed


def _mean(styles: Mapping[str, Style], weights: Mapping[str, float]) -> Style:
    whole = sum(weights.values())
    mean = np.zeros((ROWS, WIDTH), np.float32)
    for name, weight in weights.items():
        mean += styles[name] * np.float32(weight / whole)
    return mean
