"""Whether what an engine rendered is the work: every voice at its pitch, as loud as it should be, not silent, not clipped."""

from pathlib import Path

import numpy as np

from chronus.proof.peers.works import CHANNELS, Q, RATE, voices

LEVELS = {"W1": (-42.0, -22.0), "W1b": (-48.0, -28.0), "W2": (-36.7, -34.7), "W4": (-36.0, -22.0), "W5": (-22.0, -12.0),
          "W3": (-32.0, -12.0), "W3x16": (-46.0, -22.0)}                   # RMS of the louder channel in dBFS
CLIPPED = 0.999
STANDS_OUT_DB = 6.0                      # the middle voice over the hertz below it; no voice is below that, whatever its envelope and its neighbour leave there
EVEN_DB, ECHOING_DB = 12.0, 20.0         # a voice beside the middle one; echoes and rooms take one pitch and leave another
BANDS = [(200 << i, 400 << i) for i in range(5)]                         # of noise, 200 Hz to 6.4 kHz
BAND_DB = 4.0                            # filters of several kinds are summed, so phases decide, too


def read(path: Path) -> np.ndarray:
    """The samples of a WAV file of 32-bit floats, or of a NumPy file: float32 of shape (frames, channels). Raises ValueError."""
    if path.suffix == ".npy":
        return np.load(path).astype(np.float32)
    content = path.read_bytes()
    at, channels = 12, 0
    while at + 8 <= len(content):
        name, size = content[at:at + 4], int.from_bytes(content[at + 4:at + 8], "little")
        if name == b"fmt ":
            channels, bits = int.from_bytes(content[at + 10:at + 12], "little"), int.from_bytes(content[at + 22:at + 24], "little")
            if bits != 32:
                raise ValueError(f"it has {bits} bits for a sample, not 32")
        if name == b"data" and channels:
            frames = min(size, len(content) - at - 8) // (4 * channels)
            return np.frombuffer(content, "<f4", frames * channels, at + 8).reshape(frames, channels)
        at += 8 + size + size % 2
    raise ValueError("it is no WAV file")


def complaint(work: str, samples: np.ndarray, seconds: float) -> str:
    """What is wrong with a render, "" if nothing is."""
    if abs(len(samples) - seconds * RATE) > 0.05 * RATE:
        return f"it is {len(samples) / RATE:.2f} s long, not {seconds:g}"
    if samples.shape[1] < CHANNELS[work]:
        return f"it has {samples.shape[1]} channels, not {CHANNELS[work]}"
    if not np.isfinite(samples).all():
        return "not all of it is finite"
    if not samples.any():
        return "it is silent"
    if np.abs(samples).max() >= CLIPPED:
        return f"it clips: the highest sample is {np.abs(samples).max():.3g}"
    whole = len(samples) // RATE
    heard = samples[RATE:whole * RATE].astype(np.float64)                # the first second is for what has to settle
    level = 10 * np.log10((heard**2).mean(0).max() + 1e-30)
    if not LEVELS[work][0] <= level <= LEVELS[work][1]:
        return f"it is {level:.1f} dBFS loud, not {LEVELS[work][0]:g} to {LEVELS[work][1]:g}"
    spectra = np.abs(np.fft.rfft(heard.reshape(whole - 1, RATE, -1), axis=1))**2 / (RATE / 2)**2
    return CHECKS[work](work, spectra.mean(0), heard)


def lines(work: str, power: np.ndarray, heard: np.ndarray) -> str:
    """Every voice stands out at its frequency, and all are about as loud."""
    freqs, both = np.array([int(voice.freq) for voice in voices(work)]), power.sum(1)
    out, high = 10 * np.log10(both[freqs] / (both[freqs - 1] + 1e-30) + 1e-30), 10 * np.log10(both[freqs] + 1e-30)
    worst, odd = int(out.argmin()), int(np.abs(high - np.median(high)).argmax())
    if out[worst] < 0.0:
        return f"the voice at {freqs[worst]} Hz is {out[worst]:.1f} dB over the hertz below it"
    if np.median(out) < STANDS_OUT_DB:
        return f"voices are {np.median(out):.1f} dB over the hertz below them, not {STANDS_OUT_DB:g}"
    if abs(high[odd] - np.median(high)) > (ECHOING_DB if work.startswith("W3") else EVEN_DB):
        return f"the voice at {freqs[odd]} Hz is {high[odd] - np.median(high):+.1f} dB from the middle one"
    return ""


def stereo_lines(work: str, power: np.ndarray, heard: np.ndarray) -> str:
    """The same, and left is not right."""
    if np.sqrt(((heard[:, 0] - heard[:, 1])**2).mean() / (heard**2).mean()) < 0.01:
        return "left and right are the same"
    return lines(work, power, heard)


def sines(work: str, power: np.ndarray, heard: np.ndarray) -> str:
    """Every sine has its amplitude within 0.5 dB, and beside them there is nothing, 40 dB down."""
    freqs, levels = np.array([int(voice.freq) for voice in voices(work)]), np.array([voice.level for voice in voices(work)])
    found = power[freqs, 0]
    off = 10 * np.log10(found / levels**2 + 1e-30)
    worst, rest = int(np.abs(off).argmax()), power[:, 0].sum() - found.sum()
    if abs(off[worst]) > 0.5:
        return f"the sine at {freqs[worst]} Hz is {off[worst]:+.2f} dB from its amplitude"
    if rest > 1e-4 * found.sum():
        return f"what is no sine is only {10 * np.log10(found.sum() / rest):.1f} dB below them"
    return ""


def bands(work: str, power: np.ndarray, heard: np.ndarray) -> str:
    """The noise has the spectrum of the sum of the filters, in octaves."""
    hertz = np.arange(1, RATE // 2)
    total = np.zeros(len(hertz), complex)
    for voice in voices(work):                  # all at once they are a table of 200 MB
        s = np.tan(np.pi * hertz / RATE) / np.tan(np.pi * voice.freq / RATE) * 1j
        total += voice.level / (1 + s / Q + s * s)
    wanted = np.abs(total)**2 * 2 / 3 / (RATE / 2)      # uniform noise from -1 to 1
    for low, high in BANDS:
        off = 10 * np.log10(power[low:high, 0].sum() / wanted[low - 1:high - 1].sum() + 1e-30)
        if abs(off) > BAND_DB:
            return f"from {low} to {high} Hz it is {off:+.1f} dB from what the filters should let through"
    return ""


CHECKS = {"W1": stereo_lines, "W1b": stereo_lines, "W2": sines, "W4": lines, "W5": bands, "W3": stereo_lines, "W3x16": stereo_lines}
