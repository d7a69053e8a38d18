"""Where the voice lies on this machine, and what of it is there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path("/opt/warroom/voice")
"""Where `warroom voice install` puts it."""


@dataclass(frozen=True, slots=True)
class Installation:
    """The parts of the voice below one folder.

    Attributes:
        folder: Where they lie.
    """

    folder: Path

    @property
    def model(self) -> Path:
        """The network, ONNX, 8-bit weights."""
        return self.folder / "model.onnx"

    @property
    def vocabulary(self) -> Path:
        """JSON: ``{"vocab": {sign: number}}``."""
        return self.folder / "vocab.json"

    @property
    def voices(self) -> Path:
        """A file ``<name>.bin`` for each style: 510 rows of 256 numbers, float32."""
        return self.folder / "voices"

    @property
    def packages(self) -> Path:
        """Python packages that only the voice needs; need not be there when the environment has them."""
        return self.folder / "python"

    def missing(self) -> list[Path]:
        """Return the parts that are not there."""
        return [part for part in (self.model, self.vocabulary, self.voices) if not part.exists()]

    def is_complete(self) -> bool:
        """Whether it can speak."""
        return not self.missing()
