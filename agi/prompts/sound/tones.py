"""Prompts that are not speech: the beep, comfort tones while a caller waits, and silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDGE_S: Final = 0.01  # a tone that starts and ends softly does not click


@dataclass(frozen=True, slots=True)
class Tone:
    """A tone, or silence when its frequency is 0.

    Attributes:
        seconds: How long.
        hertz: The frequency of the sine.
        text: Shown by lists in place of a spoken text; it changes when the tone changes.
    """

    seconds: float
    hertz: float

    @property
    def text(self) -> str:
        """A description in brackets."""
        return f"(tone of {self.hertz:g} Hz, {self.seconds:g} s)" if self.hertz else f"(silence, {self.seconds:g} s)"

    def samples(self, rate: int) -> NDArray[np.float64]:
        """Return the tone at full scale, mono, ``rate`` samples a second."""
        time = np.arange(round(self.seconds * rate)) / rate
        if not self.hertz:
            return np.zeros_like(time)
        edge = np.minimum(1.0, np.minimum(time, self.seconds - time) / EDGE_S)
        return np.asarray(np.sin(2 * np.pi * self.hertz * time) * edge)


TONES: Final = {
    "beep": Tone(seconds=0.25, hertz=1000.0),
    "silence-half": Tone(seconds=0.5, hertz=0.0),
    # Heard in a queue between two announcements: the line is not dead.
    "hold-tone": Tone(seconds=0.4, hertz=440.0),
    "hold-pause": Tone(seconds=5.0, hertz=0.0),
}
