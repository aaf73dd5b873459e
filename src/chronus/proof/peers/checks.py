"""Whether what an engine rendered is the work: every voice at its pitch, as loud as it should be, not silent, not clipped."""

from pathlib import Path

import numpy as np

from chronus.proof.peers.works import CHANNELS, ECHO_MS, Q, RATE, voices

LEVELS = {"W1": (-42.0, -22.0), "W1b": (-48.0, -28.0), "W2": (-36.7, -34.7), "W4": (-36.0, -22.0), "W5": (-22.0, -12.0),
          "W3": (-32.0, -12.0), "W3x16": (-46.0, -22.0)}                   # RMS of the louder channel in dBFS
CLIPPED = 0.999
STANDS_OUT_DB = 6.0                      # the middle voice over the hertz below it; no voice is below that, whatever its envelope and its neighbour leave there
EVEN_DB, ECHOING_DB = 12.0, 20.0         # a voice beside the middle one; echoes and rooms take one pitch and leave another
BANDS = [(200 << i, 400 << i) for i in range(5)]                         # of noise, 200 Hz to 6.4 kHz
BAND_DB = 4.0                            # filters of several kinds are summed, so phases decide, too

# the filter of W1: what is above 8 kHz beside the pitches, dB. When the envelope rests, eight engines have -24 (the vcf~ of Pure Data) to -33, and two
# bare saws -8. When it opens they have 6.7 to 10.5 more, and the bare saws 1.2. Not so in W1b: 256 voices that begin together are bright by themselves
OVERTONES, PITCHES = (8_000, 16_000), (1_400, 3_100)
OPENED, RESTING = (0.01, 0.06), (0.5, 0.85)     # seconds after a note began
OPENS_DB, DULL_DB = 3.0, -17.0
# the chain of W3: what is between 300 Hz and the lowest pitch beside all above, in windows of 40 ms. A saw and its chorus leave nothing there; where
# the first tone comes, and comes again, something is, and a room keeps it
WINDOW, UNDER, ABOVE = 1_920, (300, 1_150), 1_350
TAIL, SETTLED = (0.08, 0.12, 0.16, 0.2), (1.98, 2.02, 2.2, 2.25, 2.5, 2.55)     # seconds behind the first tone, far from any echo
TAIL_DB, ECHO_DB = 11.0, 6.0            # 15.7 to 48 in seven engines, 1 to 6.3 without their rooms; 13 to 31, and -2 to 0 without their echoes
MOVED_DB = 3.0                          # what a chorus makes of a pitch's level, from its lowest to its highest: 7.8 to 14, and 0 without it
BEGINS = 0.1                            # of the highest sample: that is the first tone


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
    return CHECKS[work](work, spectra.mean(0), heard) or (chain(samples) if work.startswith("W3") else "")


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


def opened(work: str, power: np.ndarray, heard: np.ndarray) -> str:
    """The same, and a filter is there that opens with each note."""
    notes = heard.reshape(-1, RATE, heard.shape[1])
    bright, dull = (brightness(notes[:, round(begin * RATE):round(end * RATE)]) for begin, end in (OPENED, RESTING))
    if dull > DULL_DB:
        return f"above {OVERTONES[0]} Hz it is {dull:.1f} dB beside the pitches when the filter rests, not {DULL_DB:g} or less"
    if work == "W1" and bright - dull < OPENS_DB:
        return f"the filter does not move: when a note begins it is {bright - dull:+.1f} dB brighter than when it is held, not {OPENS_DB:g}"
    return stereo_lines(work, power, heard)


def brightness(parts: np.ndarray) -> float:
    """dB of the overtones over the pitches in parts of notes, shape (notes, frames, channels)."""
    frames = parts.shape[1]
    power = (np.abs(np.fft.rfft(parts * np.hanning(frames)[:, None], axis=1))**2).sum((0, 2))
    high, low = (power[begin * frames // RATE:end * frames // RATE].sum() for begin, end in (OVERTONES, PITCHES))
    return float(10 * np.log10((high + 1e-30) / (low + 1e-30)))


def chain(samples: np.ndarray) -> str:
    """After the first tone a room goes on, at its time an echo comes, and the pitch moves as a chorus moves it. `samples` begin with the render."""
    loud = np.abs(samples).max(1)
    sound = samples[int((loud > BEGINS * loud.max()).argmax()):].astype(np.float64)
    tail, settled = (float(np.median([under(sound, at) for at in times])) for times in (TAIL, SETTLED))
    if tail - settled < TAIL_DB:
        return f"there is no room: after the first tone there is {tail - settled:.1f} dB of it, not {TAIL_DB:g}"
    echo = 1e-3 * ECHO_MS - 0.5 * WINDOW / RATE                           # the middle of a window sees it
    rise = under(sound, echo) - under(sound, echo - WINDOW / RATE)
    if rise < ECHO_DB:
        return f"there is no echo of the first tone after {ECHO_MS:g} ms: it rises by {rise:.1f} dB, not {ECHO_DB:g}"
    levels = [10 * np.log10(window(sound, at)[ABOVE * WINDOW // RATE:].max() + 1e-30) for at in np.arange(1.0, 2.8, 0.04)]
    if max(levels) - min(levels) < MOVED_DB:
        return f"there is no chorus: the pitch moves by {max(levels) - min(levels):.1f} dB, not {MOVED_DB:g}"
    return ""


def window(sound: np.ndarray, at: float) -> np.ndarray:
    """The power spectrum of 40 ms, in bands of 25 Hz (Blackman and Harris: 92 dB from one to the others)."""
    turn = np.arange(WINDOW) / WINDOW * 2 * np.pi
    shape = 0.35875 - 0.48829 * np.cos(turn) + 0.14128 * np.cos(2 * turn) - 0.01168 * np.cos(3 * turn)
    begin = round(at * RATE)
    return (np.abs(np.fft.rfft(sound[begin:begin + WINDOW] * shape[:, None], axis=0))**2).sum(1)


def under(sound: np.ndarray, at: float) -> float:
    """dB of what is below the pitches over all above, in 40 ms from `at` on."""
    power, band = window(sound, at), RATE // WINDOW
    return float(10 * np.log10(power[UNDER[0] // band:UNDER[1] // band].sum() / (power[ABOVE // band:].sum() + 1e-30) + 1e-30))


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


CHECKS = {"W1": opened, "W1b": opened, "W2": sines, "W4": lines, "W5": bands, "W3": stereo_lines, "W3x16": stereo_lines}
