"""Training: the network learns which sound is heard in each 30 ms, from the times that the synthesiser gave.

Frame cross-entropy with AdamW; the learning rate rises for a moment, then falls in a straight line to nearly nothing
when the time is up. The time counts only while training: a run that was stopped goes on from its last checkpoint.
"""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from torch.nn import functional

from recordings.model_building.acoustic import CONTEXT, SUBSAMPLING
from recordings.model_building.augmentation import altered
from recordings.model_building.errors import NoCorpusError
from recordings.model_building.network import Network
from recordings.model_building.phones import SOUNDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

OUTPUTS: Final = 2 * len(SOUNDS)
_HIGHEST_RATE: Final = 2.5e-3
_LOWEST_RATE: Final = 1e-5
_WARM_UP: Final = 200  # steps
_BATCH: Final = 32  # utterances of about the same length
_LENGTHS_APART: Final = 30.0  # frames: how far lengths in a batch are mixed
_DROP: Final = 0.1
_NO_LABEL: Final = -100  # what cross_entropy leaves out
_CHECKED: Final = 40  # one utterance in so many is not trained on, only checked
_SAVE_EVERY_S: Final = 60.0


class Examples:
    """All parts of a corpus in memory (about 50 MB for each hour of sound)."""

    def __init__(self, folder: Path) -> None:
        parts = [np.load(path) for path in sorted(folder.glob("part-*.npz"))]
        if not parts:
            raise NoCorpusError(f"no part-*.npz in {folder}: run the step corpus first")
        self._features: NDArray[np.float16] = np.concatenate([part["features"] for part in parts])
        self._labels: NDArray[np.uint8] = np.concatenate([part["labels"] for part in parts])
        self.lengths: NDArray[np.int64] = np.concatenate([part["lengths"] for part in parts])
        self._first = np.concatenate([[0], np.cumsum(self.lengths)])
        self._first_label = np.concatenate([[0], np.cumsum((self.lengths + 2) // SUBSAMPLING)])
        self.frequencies = np.bincount(self._labels, minlength=OUTPUTS)

    def batch(
        self, chosen: NDArray[np.int64], rng: np.random.Generator | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return features (batch, coefficients, frames) with repeated ends, and labels (batch, outputs).

        Args:
            chosen: Numbers of utterances.
            rng: If given, each utterance is altered at random.
        """
        outputs = int((self.lengths[chosen].max() + 2) // SUBSAMPLING)
        frames = np.arange(SUBSAMPLING * (outputs - 1) + 1 + 2 * CONTEXT) - CONTEXT
        features = np.empty((len(chosen), self._features.shape[1], len(frames)), np.float32)
        labels = np.full((len(chosen), outputs), _NO_LABEL, np.int64)
        for row, number in enumerate(chosen):
            places = self._first[number] + np.clip(frames, 0, self.lengths[number] - 1)
            heard = self._features[places].T.astype(np.float32)
            features[row] = heard if rng is None else altered(heard, rng)
            own = self._labels[self._first_label[number] : self._first_label[number + 1]]
            labels[row, : len(own)] = own
        return torch.from_numpy(features), torch.from_numpy(labels)

    def split(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the utterances to train on and those to check with."""
        numbers = np.arange(len(self.lengths))
        return numbers[numbers % _CHECKED != 0], numbers[numbers % _CHECKED == 0]


def train(corpus: Path, checkpoint: Path, minutes: float, threads: int, say: Callable[[str], None]) -> None:
    """Train for so many minutes in all, from the checkpoint if there is one.

    Args:
        corpus: Folder of the parts.
        checkpoint: Written every minute and at the end.
        minutes: Time box; a run that has had it already does nothing.
        threads: Processor cores to use.
        say: Gets a line of progress every minute or so.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    run = _Run(checkpoint, minutes * 60)
    if run.spent >= run.budget:
        say(f"training: has had its {minutes:g} minutes already")
        return
    examples = Examples(corpus)
    chosen, checked = examples.split()
    say(f"training: {len(chosen)} utterances, {examples.lengths.sum() / 360000:.1f} hours, {minutes:g} minutes")
    rng = np.random.default_rng([7, run.step])
    while run.spent < run.budget:
        for numbers in _batches(examples.lengths, chosen, rng):
            run.learn(*examples.batch(numbers, rng))
            if run.save_due():
                run.save(examples.frequencies)
                say(run.progress())
            if run.spent >= run.budget:
                break
        run.epochs += 1
        say(f"training: pass {run.epochs}: {run.right(examples, checked):.1%} of unheard frames right")
    run.save(examples.frequencies)


def _batches(
    lengths: NDArray[np.int64], chosen: NDArray[np.int64], rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Yield utterances of about the same length together, in random order."""
    order = chosen[np.argsort(lengths[chosen] + rng.uniform(-_LENGTHS_APART, _LENGTHS_APART, len(chosen)))]
    starts = np.arange(0, len(order), _BATCH)
    for start in rng.permutation(starts):
        yield order[start : start + _BATCH]


class _Run:
    """A training run that can be stopped and goes on."""

    def __init__(self, checkpoint: Path, budget: float) -> None:
        self.budget = budget
        self._path = checkpoint
        self._network = Network(OUTPUTS)
        self._optimizer = torch.optim.AdamW(self._network.parameters(), weight_decay=1e-3)
        self.spent, self.step, self.epochs = 0.0, 0, 0
        if checkpoint.exists():
            saved: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
            self._network.load_state_dict(saved["network"])
            self._optimizer.load_state_dict(saved["optimizer"])
            self.spent, self.step, self.epochs = saved["spent"], saved["step"], saved["epochs"]
        self._network.train()
        self._losses: list[float] = []
        self._clock = time.monotonic()
        self._saved = self._clock

    def learn(self, features: torch.Tensor, labels: torch.Tensor) -> None:
        """Take one step."""
        left = max(0.0, 1 - self.spent / self.budget)
        rate = _HIGHEST_RATE * min(1.0, self.step / _WARM_UP) * left + _LOWEST_RATE
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", torch.bfloat16, enabled=_half_is_quicker()):
            scores = self._network(features, _DROP)
        loss = functional.cross_entropy(scores.float(), labels, ignore_index=_NO_LABEL)
        self._optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), 5.0)
        self._optimizer.step()
        self._losses.append(float(loss.detach()))
        self.step += 1
        now = time.monotonic()
        self.spent += now - self._clock
        self._clock = now

    def right(self, examples: Examples, chosen: NDArray[np.int64]) -> float:
        """Return the share of outputs that are right on utterances that were not trained on."""
        self._network.eval()
        right = total = 0
        with torch.no_grad():
            for start in range(0, len(chosen), _BATCH):
                features, labels = examples.batch(chosen[start : start + _BATCH])
                known = labels != _NO_LABEL
                right += int(((self._network(features).argmax(1) == labels) & known).sum())
                total += int(known.sum())
        self._network.train()
        return right / total

    def save_due(self) -> bool:
        return time.monotonic() - self._saved > _SAVE_EVERY_S

    def save(self, frequencies: NDArray[np.int64]) -> None:
        """Write the checkpoint whole or not at all."""
        state = {
            "network": self._network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "frequencies": torch.from_numpy(frequencies),
            "spent": self.spent,
            "step": self.step,
            "epochs": self.epochs,
        }
        unfinished = self._path.with_suffix(".unfinished")
        torch.save(state, unfinished)
        unfinished.rename(self._path)
        self._saved = time.monotonic()

    def progress(self) -> str:
        """Return a line that says how far the training is."""
        loss = float(np.mean(self._losses[-300:]))
        return f"training: {self.spent / self.budget:4.0%}, step {self.step}, loss {loss:.3f}"


@cache
def _half_is_quicker() -> bool:
    """Whether the processor multiplies 16-bit floats itself: then a step takes little more than half the time."""
    flags = Path("/proc/cpuinfo")
    return flags.exists() and not {"avx512_bf16", "amx_bf16"}.isdisjoint(flags.read_text("ascii", "replace").split())


def trained(checkpoint: Path) -> tuple[Network, NDArray[np.int64]]:
    """Return the network of a checkpoint and how often each output was right."""
    saved: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    network = Network(OUTPUTS)
    network.load_state_dict(saved["network"])
    return network, saved["frequencies"].numpy()
