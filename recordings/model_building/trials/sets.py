"""The sets of speech that models are tried with: which voices say which texts.

The test set has voices that no training may hear, nor a mixture with them: Kokoro's hf_beta and hm_psi, festival's NSK,
and variants of espeak-ng. The development set has mixtures that training does not draw, with texts of their own: scales
and shares are chosen by it, never by the test set. The texts are written out in `data/trials`, so that figures of
different models compare when the vocabulary grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Final = ("phrases", "words", "sentences", "outside")
"""Phrases of the vocabulary, single words said in a frame, natural sentences, and speech outside the vocabulary."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """A speaker of Kokoro: weights of styles; the prosody's are those of the timbre unless it has its own."""

    timbre: Mapping[str, float]
    prosody: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Nsk:
    """The voice NSK of festival, cut from recordings of a person."""


@dataclass(frozen=True, slots=True)
class Espeak:
    """Speakers of espeak-ng drawn at random.

    Attributes:
        seed: Another seed, other speakers.
        variants: Whether the variants that are kept for the tests are among them.
    """

    seed: int
    variants: bool


@dataclass(frozen=True, slots=True)
class TrialSet:
    """One set.

    Attributes:
        name: Its folder, `<voice>-<kind>`.
        speakers: Say the texts in turns.
        first: Place of its first text in the file `<kind>.txt`.
        last: Place after its last text; None for all.
        step: 2 for every other text.
    """

    name: str
    speakers: tuple[Mixture | Nsk | Espeak, ...]
    first: int = 0
    last: int | None = None
    step: int = 1

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        return self.name.rpartition("-")[2]

    def texts(self, part: str) -> list[str]:
        """Return what is said; `part` is a key of `SETS`."""
        return lines_of(f"{part}/{self.kind}.txt")[self.first : self.last : self.step]


_BETA: Final = (Mixture({"hf_beta": 1}),)
_PSI: Final = (Mixture({"hm_psi": 1}),)
_BOTH: Final = tuple(Mixture({"hf_beta": share, "hm_psi": 1 - share}) for share in (0.35, 0.5, 0.65))
_NSK: Final = (Nsk(),)
# Training draws mixtures of two; three at a time, and a voice driven away from another, it does not.
_HINDI_PROSODY: Final = {"hf_alpha": 0.4, "hm_omega": 0.6}
_DEVELOPMENT: Final = (
    Mixture({"hf_alpha": 0.4, "hm_omega": 0.3, "af_heart": 0.3}),
    Mixture({"hm_omega": 0.4, "am_michael": 0.3, "if_sara": 0.3}, _HINDI_PROSODY),
    Mixture({"hf_alpha": 1.25, "bf_emma": -0.25}),
    Mixture({"hm_omega": 1.25, "bm_george": -0.25}),
    Mixture({"pf_dora": 0.4, "ff_siwis": 0.3, "zf_xiaoni": 0.3}, _HINDI_PROSODY),
    Mixture({"em_alex": 0.4, "pm_santa": 0.3, "am_onyx": 0.3}, _HINDI_PROSODY),
)

SETS: Final[Mapping[str, tuple[TrialSet, ...]]] = {
    "test": (
        TrialSet("nsk-phrases", _NSK, 260, 330),
        TrialSet("nsk-words", _NSK, 200, 280),
        TrialSet("nsk-outside", _NSK),
        TrialSet("espeak-phrases", (Espeak(5151, variants=True),), 330, 430),
        TrialSet("hf_beta-words", _BETA, 0, 100),
        TrialSet("hm_psi-words", _PSI, 100, 200),
        TrialSet("hf_beta-phrases", _BETA, 0, 100),
        TrialSet("hm_psi-phrases", _PSI, 100, 200),
        TrialSet("hf_beta-outside", _BETA, 0, None, 2),
        TrialSet("hm_psi-outside", _PSI, 1, None, 2),
        TrialSet("hf_beta-sentences", _BETA, 0, None, 2),
        TrialSet("hm_psi-sentences", _PSI, 1, None, 2),
        TrialSet("mixture-phrases", _BOTH, 200, 260),
    ),
    "dev": (
        TrialSet("espeak-phrases", (Espeak(5252, variants=False),), 120, 180),
        TrialSet("mixture-phrases", _DEVELOPMENT, 0, 120),
        TrialSet("mixture-words", _DEVELOPMENT, 0, 120),
        TrialSet("mixture-outside", _DEVELOPMENT),
        TrialSet("mixture-sentences", _DEVELOPMENT),
    ),
}


def lines_of(name: str) -> list[str]:
    """Return the lines of a file of `data/trials` without its comments."""
    path = files("recordings.model_building").joinpath("data", "trials", *name.split("/"))
    return [line for line in path.read_text("utf-8").splitlines() if line and line[0] != "#"]


def grammar() -> list[str]:
    """Return the words of the run-time list that single words are heard with."""
    return lines_of("grammar.txt")
