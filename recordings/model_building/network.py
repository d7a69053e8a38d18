"""The network: five layers over 300 ms of sound, one output for each 30 ms.

A time-delay network in Kaldi's sense. Without padding inside: the input is padded by repeating its first and last
frame, which is what Vosk's decoder does.
"""

from __future__ import annotations

from typing import Final

from torch import Tensor, nn
from torch.nn import functional

from recordings.model_building.acoustic import CONTEXT, SUBSAMPLING, Layer
from recordings.model_building.features import COEFFICIENTS

WIDTH: Final = 384
_KERNELS: Final = ((7, SUBSAMPLING, 1), (3, 1, 1), (3, 1, 1), (3, 1, 2))  # taps, stride, dilation
_EPSILON: Final = 1e-5  # batch norm's


class Network(nn.Module):
    """Convolutions with batch norm before each, the last one without neighbours.

    Args:
        outputs: Two for each sound.
    """

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList([nn.BatchNorm1d(COEFFICIENTS, affine=False)])
        self.layers = nn.ModuleList()
        width = COEFFICIENTS
        for taps, stride, dilation in _KERNELS:
            self.layers.append(nn.Conv1d(width, WIDTH, taps, stride=stride, dilation=dilation))
            self.norms.append(nn.BatchNorm1d(WIDTH, affine=False))
            width = WIDTH
        self.layers.append(nn.Conv1d(width, outputs, 1))

    def forward(self, features: Tensor, drop: float = 0.0) -> Tensor:
        """Return scores, shape (batch, outputs, K), for features of shape (batch, coefficients, 3 (K - 1) + 31)."""
        hidden: Tensor = self.norms[0](features)
        for layer, norm in zip(self.layers[:-1], self.norms[1:], strict=True):
            hidden = norm(functional.relu(layer(hidden)))
            if drop and self.training:
                hidden = functional.dropout(hidden, drop)
        scores: Tensor = self.layers[-1](hidden)
        return scores

    def folded(self) -> list[Layer]:
        """Return the layers as Kaldi has them: each batch norm worked into the layer after it.

        W' = W s and b' = b - sum(W s m), with m the mean and s = 1 / sqrt(variance + epsilon).
        """
        layers: list[Layer] = []
        for place, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            weight = layer.weight.detach().double().numpy()  # (out, in, taps)
            mean = norm.running_mean.double().numpy()
            scale = 1 / (norm.running_var.double().numpy() + _EPSILON) ** 0.5
            scaled = weight * scale[None, :, None]
            bias = layer.bias.detach().double().numpy() - (scaled * mean[None, :, None]).sum((1, 2))
            step = 1 if place == 0 else SUBSAMPLING
            taps, dilation = weight.shape[2], layer.dilation[0] * step
            offsets = tuple(dilation * (tap - taps // 2) for tap in range(taps))
            layers.append(Layer(offsets, scaled.transpose(0, 2, 1).reshape(weight.shape[0], -1), bias))
        if sum(layer.offsets[-1] for layer in layers) != CONTEXT:
            raise AssertionError("the layers see another stretch of sound than acoustic.CONTEXT says")
        return layers
