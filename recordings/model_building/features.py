"""The features of the network: Kaldi's MFCC of telephone sound, as `mfcc.conf` of the model sets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATE: Final = 8000
COEFFICIENTS: Final = 40
LOWEST_HZ: Final = 40
BELOW_NYQUIST_HZ: Final = -200  # the highest filter ends at 3800 Hz
MFCC_CONF: Final = f"""\
--sample-frequency={SAMPLE_RATE}
--use-energy=false
--num-mel-bins={COEFFICIENTS}
--num-ceps={COEFFICIENTS}
--low-freq={LOWEST_HZ}
--high-freq={BELOW_NYQUIST_HZ}
--dither=0
"""
"""Kaldi's default dither is random; 0 gives the same text for the same sound every time."""


class Ear:
    """Makes features; holds kaldi-native-fbank's options."""

    def __init__(self) -> None:
        import kaldi_native_fbank

        options = kaldi_native_fbank.MfccOptions()
        options.frame_opts.samp_freq = SAMPLE_RATE
        options.frame_opts.dither = 0.0
        options.frame_opts.snip_edges = True
        options.mel_opts.num_bins = COEFFICIENTS
        options.mel_opts.low_freq = LOWEST_HZ
        options.mel_opts.high_freq = BELOW_NYQUIST_HZ
        options.num_ceps = COEFFICIENTS
        options.use_energy = False
        self._online = kaldi_native_fbank.OnlineMfcc
        self._options = options

    def hear(self, samples: NDArray[np.int16]) -> NDArray[np.float32]:
        """Return one row of `COEFFICIENTS` for each 10 ms of sound at 8 kHz (the window is 25 ms)."""
        online = self._online(self._options)
        online.accept_waveform(SAMPLE_RATE, samples.astype(np.float32).tolist())
        online.input_finished()
        rows = [online.get_frame(number) for number in range(online.num_frames_ready)]
        return np.stack(rows) if rows else np.zeros((0, COEFFICIENTS), np.float32)
