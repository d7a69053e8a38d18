"""A simulated telephone line: the sound of a voice when it reaches the war room.

The order is that of a real line: the room and the microphone, noise around the speaker, the band of the telephone
(after the noise: it limits the noise too), level, the line's own hiss and hum, clicks, lost packets, the codec. All of
it at 8 kHz. Silence must be as varied as speech, or the network hears words in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from recordings.model_building.features import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Wave = NDArray[np.float64]

FULL_SCALE: Final = 32767
PACKET: Final = 160  # 20 ms, the samples of one lost RTP packet
ADAPTIVE_PULSES: Final = (2, 3, 4, 8, 10)
"""Pulses of AMR's modes in each 5 ms."""
_SUBFRAME: Final = 40  # 5 ms
_AIR: Final = np.array([0.2, 0.6, 0.2])  # what distance takes off the treble: 4 dB at 3 kHz
IDLE_LEVELS: Final = (0, 8, -8, 1)  # digital silence: zero, and the smallest steps of A-law and mu-law
_LOUD_ENOUGH: Final = 0.02  # of the peak: lower levels are a pause and do not count for the level of speech


def level_of_speech(wave: Wave) -> float:
    """Return the root mean square of the parts that are not pauses."""
    size = np.abs(wave)
    loud = wave[size > size.max(initial=0) * _LOUD_ENOUGH]
    return float(np.sqrt(np.mean(loud**2))) if len(loud) else 1.0


def line(wave: Wave, rng: np.random.Generator, babble: list[Wave], *, speech: bool = True) -> NDArray[np.int16]:
    """Send a voice over a random line.

    Args:
        wave: Sound at 8 kHz; zeros if nobody speaks.
        rng: Where chance comes from.
        babble: Other voices that may be heard behind.
        speech: False if nobody speaks.

    Returns:
        As many samples as came in.
    """
    wave = _room(wave, rng)
    level = level_of_speech(wave) if speech else 2000.0
    if rng.random() < 0.85:
        noise = _noise(len(wave), rng, babble)
        wave = wave + noise * (level * 10 ** (-rng.uniform(4, 36) / 20))
    if rng.random() < 0.6:
        wave = band(wave, rng.uniform(150, 340), rng.uniform(3200, 3700), taps=int(rng.choice([61, 201])))
    wave = wave * (10 ** (rng.uniform(-30, -0.5) / 20) * FULL_SCALE / (np.abs(wave).max() + 1e-9))
    if not speech:
        wave = wave * rng.uniform(0.001, 0.3)
    if rng.random() < 0.08:
        wave = _overload(wave, rng)
    wave = _clicks(_hiss_and_hum(wave, rng), rng)
    if rng.random() < 0.15:
        wave = lose_packets(wave, rng, rng.uniform(0.01, 0.08))
    return codec(np.clip(np.round(wave), -FULL_SCALE - 1, FULL_SCALE).astype(np.int16), rng)


def idle(rng: np.random.Generator) -> NDArray[np.int16]:
    """Return a stretch of digital silence, as a gateway sends it before and after the voice."""
    return np.full(int(rng.integers(800, 4000)), rng.choice(IDLE_LEVELS), np.int16)


def codec(samples: NDArray[np.int16], rng: np.random.Generator) -> NDArray[np.int16]:
    """Code and decode: mostly A-law, some mu-law, some mobile telephones, some nothing."""
    chance = rng.random()
    if chance < 0.62:
        return a_law(samples)
    if chance < 0.68:
        return mu_law(samples)
    if chance < 0.78:
        return a_law(mobile(samples))
    if chance < 0.92:
        return a_law(adaptive_mobile(samples, int(rng.choice(ADAPTIVE_PULSES))))
    return samples


def a_law(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the samples as A-law keeps them (ITU-T G.711: sign, segment, 4 bits of size; 13-bit input)."""
    value = samples.astype(np.int32)
    size = np.where(value >= 0, value, ~value)
    step = 1 << np.maximum(np.frexp(size >> 8)[1] + 3, 4)
    kept = size // step * step + step // 2
    return np.asarray(np.where(value >= 0, kept, -kept), np.int16)


def mu_law(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the samples as mu-law keeps them (ITU-T G.711: as A-law, with a bias of 33 on the 14-bit scale)."""
    value = samples.astype(np.int32)
    size = np.minimum(np.abs(value >> 2) + 33, 0x1FFF)
    step = 1 << (np.frexp(size >> 5)[1])
    kept = (size // step * step + step // 2 - 33) << 2
    return np.asarray(np.where(value >= 0, kept, -kept), np.int16)


def mobile(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the samples as a codec like GSM full rate leaves them.

    Like ETSI EN 300 961 in kind, not in bits: frames of 20 ms, a predictor of order 8, of the remainder every third
    sample of the strongest of the four grids in each 5 ms, kept with 3 bits. The long-term predictor is left out.
    """
    frames = -(-len(samples) // PACKET)
    wave = np.zeros(frames * PACKET)
    wave[: len(samples)] = samples
    filters = _predictors(wave.reshape(frames, PACKET), 8)
    padded = np.concatenate([np.zeros(8), wave])
    past = np.lib.stride_tricks.sliding_window_view(padded, 9)[:, ::-1].reshape(frames, PACKET, 9)
    remainder = np.einsum("fnk,fk->fn", past, filters)
    coarse = _every_third(remainder.reshape(-1, 40)).reshape(frames, PACKET)
    return _synthesis(coarse, filters, len(samples))


def adaptive_mobile(samples: NDArray[np.int16], pulses: int) -> NDArray[np.int16]:
    """Return the samples as a codec like AMR leaves them.

    Like 3GPP TS 26.090 in kind, not in bits: frames of 20 ms, a predictor of order 10; of the remainder in each 5 ms
    the best matching stretch of 20 to 143 samples before, and pulses of one size, each on a track of its own. The
    pulses are chosen in the remainder and not by what they sound like, and the stretch is taken from what was heard
    and not from what was decoded.

    Args:
        samples: Sound at 8 kHz.
        pulses: In each 5 ms: from 2 (4.75 kbit/s) to 10 (12.2 kbit/s).
    """
    frames = -(-len(samples) // PACKET)
    wave = np.zeros(frames * PACKET)
    wave[: len(samples)] = samples
    filters = _predictors(wave.reshape(frames, PACKET), 10)
    padded = np.concatenate([np.zeros(10), wave])
    past = np.lib.stride_tricks.sliding_window_view(padded, 11)[:, ::-1].reshape(frames, PACKET, 11)
    remainder = np.einsum("fnk,fk->fn", past, filters).reshape(-1, _SUBFRAME)
    repeated = _repeated(remainder)
    coarse = repeated + _pulses(remainder - repeated, pulses)
    return _synthesis(coarse.reshape(frames, PACKET), filters, len(samples))


def _repeated(blocks: Wave) -> Wave:
    """Return for each block the stretch before it that is most like it, at a level of eight steps."""
    lags = np.arange(20, 144)
    whole = np.concatenate([np.zeros(lags[-1]), blocks.ravel()])
    windows = np.lib.stride_tricks.sliding_window_view(whole, _SUBFRAME)
    starts = np.arange(len(blocks))[:, None] * _SUBFRAME + lags[-1] - lags[None, :]
    earlier = windows[starts]  # (block, lag, sample)
    match = np.einsum("bls,bs->bl", earlier, blocks)
    power = np.einsum("bls,bls->bl", earlier, earlier) + 1e-9
    best = np.argmax(np.sign(match) * match**2 / power, 1)
    row = np.arange(len(blocks))
    gain = np.clip(np.round(match[row, best] / power[row, best] * 7) / 7, 0, 1)
    return np.asarray(earlier[row, best] * gain[:, None])


def _pulses(blocks: Wave, count: int) -> Wave:
    """Return blocks with their largest values only, all of one size (a step of 1.5 dB), on five tracks."""
    tracks = blocks.reshape(len(blocks), _SUBFRAME // 5, 5)
    rank = np.argsort(np.argsort(-np.abs(tracks), 1), 1)
    places = np.arange(5) < count % 5 if count % 5 else np.ones(5, bool)
    allowed = np.where(places, -(-count // 5), count // 5)
    kept = np.where(rank < allowed, tracks, 0.0)
    size = np.abs(kept).sum((1, 2), keepdims=True) / count
    size = 10 ** (np.round(np.log10(size + 1e-9) * 20 / 1.5) * 1.5 / 20)
    return np.asarray((np.sign(kept) * size).reshape(blocks.shape))


def _synthesis(excitation: Wave, filters: Wave, length: int) -> NDArray[np.int16]:
    """Return the sound that filters make of an excitation, frame by frame."""
    spoken = np.fft.irfft(np.fft.rfft(excitation, 512) / np.fft.rfft(filters, 512), 512)
    out = np.zeros((len(excitation) + 3) * PACKET + 32)
    for frame in range(len(excitation)):
        out[frame * PACKET : frame * PACKET + 512] += spoken[frame]
    return np.clip(np.round(out[:length]), -FULL_SCALE - 1, FULL_SCALE).astype(np.int16)


def _predictors(frames: Wave, orders: int) -> Wave:
    """Return the error filter `[1, a1, a2 …]` of each frame (Levinson and Durbin, on all frames at once)."""
    spectrum = np.fft.rfft(frames * np.hanning(frames.shape[1]), 512)
    lags = np.fft.irfft(np.abs(spectrum) ** 2, 512)[:, : orders + 1]
    error = lags[:, 0] * 1.001 + 1.0
    filters = np.zeros((len(frames), orders + 1))
    filters[:, 0] = 1
    for order in range(1, orders + 1):
        reflection = -np.einsum("fk,fk->f", filters[:, :order], lags[:, order:0:-1]) / error
        filters[:, 1 : order + 1] += reflection[:, None] * filters[:, order - 1 :: -1][:, :order]
        error = error * (1 - reflection**2)
    return filters * 0.97 ** np.arange(orders + 1)


def _every_third(blocks: Wave) -> Wave:
    """Return blocks of 40 with only the samples of their strongest grid, each rounded to one of 8 steps."""
    grids = np.stack([blocks[:, start : start + 37 : 3][:, :13] for start in range(4)], 1)
    best = np.argmax((grids**2).sum(2), 1)
    kept = grids[np.arange(len(blocks)), best]
    step = np.abs(kept).max(1, keepdims=True) / 4 + 1e-9
    kept = (np.clip(np.floor(kept / step), -4, 3) + 0.5) * step
    out = np.zeros_like(blocks)
    columns = best[:, None] + 3 * np.arange(13)
    np.put_along_axis(out, columns, kept * np.sqrt(3), 1)
    return out


def band(wave: Wave, lowest: float, highest: float, *, taps: int) -> Wave:
    """Pass a band between two frequencies in Hz (windowed sinc, an odd number of taps)."""
    place = np.arange(taps) - taps // 2
    upper, lower = 2 * highest / SAMPLE_RATE, 2 * lowest / SAMPLE_RATE
    kernel = (upper * np.sinc(upper * place) - lower * np.sinc(lower * place)) * np.hamming(taps)
    return np.convolve(wave, kernel, "same")


def lose_packets(wave: Wave, rng: np.random.Generator, share: float) -> Wave:
    """Put silence where packets of 20 ms were lost."""
    lost = rng.random(-(-len(wave) // PACKET)) < share
    return np.where(np.repeat(lost, PACKET)[: len(wave)], 0.0, wave)


def coloured_noise(length: int, rng: np.random.Generator, slope: float) -> Wave:
    """Return noise of level 1 that is white (slope 0) or has less and less treble (towards 1)."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    turn = np.exp(-1j * np.linspace(0, np.pi, len(spectrum)))
    noise = np.fft.irfft(spectrum / (1 - slope * turn), length)
    return _level_one(noise)


def _room(wave: Wave, rng: np.random.Generator) -> Wave:
    """Colour the voice by microphone and room."""
    if rng.random() < 0.5:
        gains = 10 ** (rng.uniform(-8, 8, 7) / 20)
        curve = np.interp(np.linspace(0, 4000, 33), [0, 250, 800, 1500, 2400, 3400, 4000], gains)
        wave = np.convolve(wave, np.roll(np.fft.irfft(curve, 64), 32) * np.hamming(64), "same")
    if rng.random() < 0.2:
        wave = _reverberant(wave, rng, rng.uniform(0.05, 0.25), 0.15)
    elif rng.random() < 0.12:  # far from the microphone: less treble, more room than voice
        wave = np.convolve(_reverberant(wave, rng, rng.uniform(0.25, 0.6), 0.15), _AIR, "same")
    if rng.random() < 0.06:  # the line's own echo
        delay = int(rng.uniform(0.02, 0.2) * SAMPLE_RATE)
        later = np.concatenate([np.zeros(delay), wave])[: len(wave)]
        wave = wave + later * 10 ** (-rng.uniform(8, 25) / 20)
    return wave


def _reverberant(wave: Wave, rng: np.random.Generator, seconds: float, level: float) -> Wave:
    """Add the room: noise that dies away in so many seconds."""
    length = int(seconds * SAMPLE_RATE)
    echo = rng.standard_normal(length) * np.exp(-np.arange(length) / (length / 5)) * level
    echo[0] = 1
    size = len(wave) + length
    return np.fft.irfft(np.fft.rfft(wave, size) * np.fft.rfft(echo, size), size)[: len(wave)]


def _overload(wave: Wave, rng: np.random.Generator) -> Wave:
    """Clip the peaks: hard, as a converter does, or soft, as a small microphone does."""
    limit = float(np.abs(wave).max()) / rng.uniform(1.5, 6) + 1e-9
    if rng.random() < 0.5:
        return np.clip(wave, -limit, limit)
    return np.asarray(np.tanh(wave / limit) * limit)


def _noise(length: int, rng: np.random.Generator, babble: list[Wave]) -> Wave:
    """Return noise of level 1: hiss, rumble, mains hum or other people."""
    kind = rng.random()
    if kind < 0.35:
        return coloured_noise(length, rng, rng.uniform(0.5, 0.97))
    noise = rng.standard_normal(length)
    if kind < 0.5:
        turn = 2 * np.pi * 50 * np.arange(length) / SAMPLE_RATE
        noise = noise * 0.3 + np.sin(turn) + 0.5 * np.sin(3 * turn)
    elif kind < 0.7 and babble:
        voices = [babble[int(place)] for place in rng.integers(len(babble), size=4)]
        crowd = np.zeros(length)
        for voice in voices:
            crowd += np.roll(np.resize(voice, length), int(rng.integers(length)))
        noise = noise * 0.05 + _level_one(crowd)
    return _level_one(noise)


def _level_one(wave: Wave) -> Wave:
    return np.asarray(wave / (np.sqrt(np.mean(wave**2)) + 1e-9))


def _hiss_and_hum(wave: Wave, rng: np.random.Generator) -> Wave:
    """Add the line's own noise: hiss of a fraction of a step up to 16, hum, an offset."""
    if rng.random() < 0.5:
        slope = rng.uniform(0.3, 0.97) if rng.random() < 0.4 else 0.0
        wave = wave + coloured_noise(len(wave), rng, slope) * 10 ** rng.uniform(-0.6, 1.2)
        if rng.random() < 0.3:
            turn = 2 * np.pi * rng.choice([50, 100, 150, 300]) * np.arange(len(wave)) / SAMPLE_RATE
            wave = wave + rng.uniform(1, 15) * np.sin(turn)
    return wave + rng.uniform(-20, 20) if rng.random() < 0.3 else wave


def _clicks(wave: Wave, rng: np.random.Generator) -> Wave:
    """Add a click or a short rumble at the beginning or end, now and then."""
    wave = wave.copy()
    for side in (slice(None), slice(None, None, -1)):
        if rng.random() < 0.12:
            length = min(int(rng.integers(40, 400)), len(wave))
            if rng.random() < 0.5:
                click = np.cumsum(rng.standard_normal(length)) * rng.uniform(1, 30)
            else:
                click = rng.uniform(-700, 700) * np.exp(-np.arange(length) / rng.uniform(15, 250))
            wave[side][:length] += click
    return wave
