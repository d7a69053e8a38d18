"""Speaks signs, and says how long each of them takes."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from recordings.kokoro.errors import NotInstalledError, UnspeakableError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from recordings.kokoro.installed import Installation
    from recordings.kokoro.styles import Style

RATE: Final = 24_000
"""Samples a second."""
UNIT: Final = 600
"""Samples of a unit of duration: 25 ms."""
MAX_SIGNS: Final = 510
"""The longest text it was made for."""

_DURATIONS: Final = "/encoder/Clip_output_0"
"""The node of the network that holds the length of each sign, in units."""
_GRAPH, _OUTPUT, _NAME = 7, 12, 1  # fields of ModelProto, GraphProto, ValueInfoProto (onnx.proto)


@dataclass(frozen=True, slots=True)
class Speech:
    """Speech and its times.

    Attributes:
        samples: `RATE` a second, float32, between -1 and 1.
        units: The length in units of the silence before, of each sign that was spoken, and of the silence after.
        places: Of each sign that was spoken, its index in what was to be said.
    """

    samples: NDArray[np.float32]
    units: NDArray[np.int64]
    places: list[int]

    def start(self, sign: int) -> int:
        """Return the first sample of the n-th spoken sign; of one past the last, the end of speech."""
        return int(self.units[: sign + 1].sum()) * UNIT


class Kokoro:
    """The network, on one core; loading takes a second.

    Args:
        installation: Where its parts lie.

    Raises:
        NotInstalledError: A part is missing.
    """

    def __init__(self, installation: Installation) -> None:
        if missing := installation.missing():
            raise NotInstalledError(
                f"the voice Kokoro is not installed ({missing[0]} is missing): warroom voice install"
            )
        self._numbers: dict[str, int] = json.loads(installation.vocabulary.read_text(encoding="utf-8"))["vocab"]
        runtime = _runtime(installation.packages)
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # the other cores have calls
        content = with_durations(installation.model.read_bytes())
        self._session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def speak(self, signs: str, style: Style, speed: float = 1.0) -> Speech:
        """Speak.

        Args:
            signs: As `recordings.kokoro.phonemes` writes them; those that the voice does not know are left out.
            style: The speaker.
            speed: 1 is the voice's own; lower is slower.

        Raises:
            UnspeakableError: There is nothing to speak, or more than `MAX_SIGNS`.
        """
        places = [place for place, sign in enumerate(signs) if sign in self._numbers]
        if not 0 < len(places) <= MAX_SIGNS:
            raise UnspeakableError(f"{signs!r}: {len(places)} signs; from 1 to {MAX_SIGNS} can be spoken at once")
        numbers = [0, *(self._numbers[signs[place]] for place in places), 0]
        sound, units = self._session.run(
            None,
            {
                "tokens": np.array([numbers], np.int64),
                "style": style[len(places) - 1].reshape(1, -1),
                "speed": np.array([speed], np.float32),
            },
        )
        return Speech(np.asarray(sound, np.float32).ravel(), np.asarray(units).ravel().astype(np.int64), places)


def with_durations(model: bytes) -> bytes:
    """Return an ONNX model that gives the lengths of the signs as its second output.

    Parts of a message that come twice in a Protocol Buffers file are merged: so a graph that has nothing but the
    further output is written behind the model. Source: protobuf.dev, "Encoding", "Last One Wins".
    """
    name = _field(_NAME, _DURATIONS.encode())
    return model + _field(_GRAPH, _field(_OUTPUT, name))


def _field(number: int, content: bytes) -> bytes:
    """Return a length-delimited field of less than 128 bytes."""
    return bytes((number << 3 | 2, len(content))) + content


def _runtime(packages: Path) -> Any:
    """Return the module onnxruntime: the environment's own, or the one that was installed for the voice."""
    if str(packages) not in sys.path:
        sys.path.append(str(packages))  # at the end: what both have is the environment's
    try:
        import onnxruntime
    except ImportError as error:
        raise NotInstalledError(f"onnxruntime is missing ({error}): warroom voice install") from error
    return onnxruntime
