"""Kaldi's `final.mdl`: which phone may follow which, and the network, in Kaldi's binary form.

Source: Kaldi's `transition-model.cc`, `hmm-topology.cc`, `nnet-nnet.cc`, `nnet-simple-component.cc`,
`am-nnet-simple.cc`, `compressed-matrix.cc` and `io-funcs-inl.h`. A phone is one state: its first 30 ms have one output
of the network (forward class 0), all that follow another (self-loop class 1), so output 2 i is the beginning of sound
i and 2 i + 1 the rest of it.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from recordings.model_building.features import COEFFICIENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from recordings.model_building.phones import Phone

SUBSAMPLING: Final = 3  # frames for each output: Vosk has it built in
CONTEXT: Final = 15  # frames that the network sees to each side
_HALF: Final = 0.5  # every transition's probability: stay or go on
_RAREST: Final = 1e-5  # floor of the outputs' frequencies
_LEVELS: Final = 65535  # 16-bit weights


class Layer(NamedTuple):
    """One affine layer.

    Attributes:
        offsets: Frames it reads, relative to its own, in 10 ms.
        weights: Shape (out, len(offsets) × in), offset by offset.
        bias: Shape (out,).
    """

    offsets: tuple[int, ...]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]


class KaldiBytes:
    """Writes Kaldi's binary form: tokens with a blank after them, numbers with their size before them."""

    def __init__(self) -> None:
        self._bytes = bytearray(b"\0B")

    def token(self, *tokens: str) -> None:
        """Write tokens like `<Tuples>`."""
        for token in tokens:
            self._bytes += token.encode() + b" "

    def text(self, text: str) -> None:
        """Write text as it is."""
        self._bytes += text.encode()

    def int32(self, *values: int) -> None:
        """Write 32-bit integers."""
        for value in values:
            self._bytes += struct.pack("<bi", 4, value)

    def float32(self, value: float) -> None:
        """Write a 32-bit float."""
        self._bytes += struct.pack("<bf", 4, value)

    def float64(self, value: float) -> None:
        """Write a 64-bit float."""
        self._bytes += struct.pack("<bd", 8, value)

    def int_vector(self, values: Sequence[int]) -> None:
        """Write a list of integers; its length has no size before it."""
        self._bytes += struct.pack("<bi", 4, len(values)) + np.asarray(values, "<i4").tobytes()

    def vector(self, values: ArrayLike) -> None:
        """Write a vector of 32-bit floats."""
        array = np.asarray(values, "<f4")
        self.token("FV")
        self.int32(len(array))
        self._bytes += array.tobytes()

    def matrix(self, values: ArrayLike) -> None:
        """Write a matrix with 16 bits for each value, between its smallest and its largest (Kaldi's `CM2`)."""
        array = np.asarray(values, np.float32)
        low = float(array.min())
        width = float(array.max()) - low or 1.0
        self.token("CM2")
        self._bytes += struct.pack("<ffii", low, width, *array.shape)
        levels = np.clip(np.round((array - low) / width * _LEVELS), 0, _LEVELS)
        self._bytes += levels.astype("<u2").tobytes()

    def take(self) -> bytes:
        """Return the bytes written."""
        return bytes(self._bytes)


def final_mdl(phones: Sequence[Phone], layers: Sequence[Layer], frequencies: ArrayLike) -> bytes:
    """Return the bytes of `final.mdl`.

    Args:
        phones: Phone number n is `phones[n - 1]`.
        layers: The network, ReLU between its layers.
        frequencies: How often each output was right in the training, in any unit; Kaldi takes their logarithm off the
            network's scores.
    """
    out = KaldiBytes()
    _transitions(out, phones)
    _network(out, layers)
    out.token("<LeftContext>")
    out.int32(CONTEXT)
    out.token("<RightContext>")
    out.int32(CONTEXT)
    share = np.asarray(frequencies, np.float64)
    share = np.maximum(share / share.sum(), _RAREST)
    out.token("<Priors>")
    out.vector(share / share.sum())
    return out.take()


def _transitions(out: KaldiBytes, phones: Sequence[Phone]) -> None:
    """Write `<TransitionModel>`: one state a phone, with a loop and a way out."""
    count = len(phones)
    out.token("<TransitionModel>", "<Topology>")
    out.int_vector(range(1, count + 1))
    out.int_vector([-1] + [0] * count)  # every phone has topology 0
    out.int32(-1, 1)  # -1: loop and way out have outputs of their own; one topology
    out.int32(2)  # with two states
    out.int32(0, 1, 2)  # the first: way out's class 0, loop's class 1, two transitions
    for state in (0, 1):
        out.int32(state)
        out.float32(_HALF)
    out.int32(-1, -1, 0)  # the second: the end
    out.token("</Topology>", "<Tuples>")
    out.int32(count)
    for number, phone in enumerate(phones, 1):
        out.int32(number, 0, 2 * phone.sound, 2 * phone.sound + 1)
    out.token("</Tuples>", "<LogProbs>")
    out.vector([0.0] + [float(np.log(_HALF))] * (2 * count))
    out.token("</LogProbs>", "</TransitionModel>")


def _network(out: KaldiBytes, layers: Sequence[Layer]) -> None:
    """Write `<Nnet3>`: its wiring as text, then its components."""
    wiring = [f"input-node name=input dim={COEFFICIENTS}"]
    source = "input"
    names: list[tuple[str, str]] = []  # affine and the layer after it
    for number, layer in enumerate(layers, 1):
        affine = f"tdnn{number}.affine"
        after = "output.log-softmax" if number == len(layers) else f"tdnn{number}.relu"
        reads = [source if offset == 0 else f"Offset({source}, {offset})" for offset in layer.offsets]
        joined = reads[0] if len(reads) == 1 else f"Append({', '.join(reads)})"
        wiring.append(f"component-node name={affine} component={affine} input={joined}")
        wiring.append(f"component-node name={after} component={after} input={affine}")
        names.append((affine, after))
        source = after
    wiring.append(f"output-node name=output input={source} objective=linear")
    out.token("<Nnet3>")
    out.text("\n" + "\n".join(wiring) + "\n\n")
    out.token("<NumComponents>")
    out.int32(2 * len(layers))
    for (affine, after), layer in zip(names, layers, strict=True):
        _affine(out, affine, layer)
        _nonlinear(out, after, len(layer.bias))
    out.token("</Nnet3>")


def _affine(out: KaldiBytes, name: str, layer: Layer) -> None:
    out.token("<ComponentName>", name, "<AffineComponent>", "<LearningRate>")
    out.float32(0.001)
    out.token("<LinearParams>")
    out.matrix(layer.weights)
    out.token("<BiasParams>")
    out.vector(layer.bias)
    out.token("</AffineComponent>")


def _nonlinear(out: KaldiBytes, name: str, size: int) -> None:
    kind = "LogSoftmaxComponent" if name.endswith("softmax") else "RectifiedLinearComponent"
    out.token("<ComponentName>", name, f"<{kind}>", "<Dim>")
    out.int32(size)
    out.token("<ValueAvg>")
    out.vector([])
    out.token("<DerivAvg>")
    out.vector([])
    out.token("<Count>")
    out.float64(0.0)
    out.token(f"</{kind}>")
