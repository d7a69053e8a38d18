"""The speakers that Kokoro lends the network: its voices, and mixtures of two or more, each a person of its own.

Styles of other languages speak Hindi signs with an accent; with a prosody of the Hindi voices less so. Two of the four
Hindi voices, and every mixture with them, are kept for the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from recordings.kokoro.styles import load_style, mix, style_names
from recordings.model_building.errors import HeldOutVoiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from recordings.kokoro.installed import Installation
    from recordings.kokoro.styles import Style

HELD_OUT_STYLES: Final = ("hf_beta", "hm_psi")
"""Only the tests hear them."""
HINDI: Final = ("hf_alpha", "hm_omega")
_ONE_HINDI: Final = 0.20
_ONE_OTHER: Final = 0.32  # these are shares added up
_HINDI_PROSODY: Final = 0.66


class Person(NamedTuple):
    """A speaker.

    Attributes:
        name: A voice, or the weights of a mixture: timbre, then prosody after a bar where it is another.
        style: For `Kokoro.speak`.
    """

    name: str
    style: Style


class Speakers:
    """Draws speakers.

    Args:
        styles: The voices by name.

    Raises:
        HeldOutVoiceError: If one of them is kept for the tests.
    """

    def __init__(self, styles: Mapping[str, Style]) -> None:
        if apart := sorted(set(styles) & set(HELD_OUT_STYLES)):
            raise HeldOutVoiceError(f"{', '.join(apart)}: kept for the tests, and never trained on")
        self._styles = styles
        self._names = sorted(styles)
        self._others = [name for name in self._names if name not in HINDI]

    def draw(self, rng: np.random.Generator) -> Person:
        """Return the next speaker."""
        chance = rng.random()
        if chance < _ONE_OTHER:
            names = HINDI if chance < _ONE_HINDI else self._others
            name = names[int(rng.integers(len(names)))]
            return Person(name, self._styles[name])
        timbre = self._pair(rng, self._names)
        if chance < _HINDI_PROSODY:
            prosody = self._pair(rng, HINDI)
        else:
            prosody = self._pair(rng, self._names) if rng.random() < 0.5 else timbre
        name = _weights(timbre) if prosody is timbre else f"{_weights(timbre)}|{_weights(prosody)}"
        return Person(name, mix(self._styles, timbre, prosody))

    @staticmethod
    def _pair(rng: np.random.Generator, names: tuple[str, ...] | list[str]) -> dict[str, float]:
        first, second = (names[int(place)] for place in rng.choice(len(names), 2, replace=False))
        share = rng.uniform(0, 1)
        return {first: share, second: 1 - share}


def training_speakers(installation: Installation) -> Speakers:
    """Return all speakers that may be trained on."""
    names = [name for name in style_names(installation) if name not in HELD_OUT_STYLES]
    return Speakers({name: load_style(installation, name) for name in names})


def _weights(mixture: Mapping[str, float]) -> str:
    return "+".join(f"{weight:.2f}*{name}" for name, weight in mixture.items())
