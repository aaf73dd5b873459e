"""What a module may promise, as measurements. Each takes the module and the promise's settings and fails with what it found.

Settings that name an input of the module are how it is set; the others are what it must do.
"""
import numpy as np

from chronus.workshop.harness import RATE, play

SECOND = RATE
ANALYSED = 1 << 18                        # frames of a spectrum: 5.5 s
LOBE = 20                                 # bins to either side of a line that belong to it, with the window below
WINDOW = np.kaiser(ANALYSED, 40.0)        # side lobes below -290 dB, so that what is left beside a line is the module's own


def spectrum(signal: np.ndarray) -> np.ndarray:
    """Power of each bin; a bin is RATE / ANALYSED Hz."""
    return np.abs(np.fft.rfft(signal.astype(np.float64) * WINDOW)) ** 2


def lines(power: np.ndarray) -> tuple[int, slice]:
    """The strongest bin and the bins of its line."""
    peak = int(power.argmax())
    return peak, slice(max(0, peak - LOBE), peak + LOBE + 1)


def pitch(module, within_cents, freq, **settings):
    """The strongest line is `freq` Hz: the centre of its power, which a symmetric window does not move."""
    power = spectrum(play(module, ANALYSED, freq=freq, **settings).outlets[0][:, 0])
    _, line = lines(power)
    found = (power[line] * np.arange(ANALYSED // 2 + 1)[line]).sum() / power[line].sum() * RATE / ANALYSED
    cents = 1200.0 * np.log2(found / freq)
    assert abs(cents) <= within_cents, f"{found:.4f} Hz instead of {freq}: {cents:.3f} cents off"


def thd_n(signal: np.ndarray) -> float:
    """All that is not the strongest line, against it, in dB."""
    power = spectrum(signal)
    _, line = lines(power)
    return 10.0 * np.log10(np.delete(power, line).sum() / power[line].sum())


def purity(module, thd_db, **settings):
    """Harmonics and noise together stay below `thd_db`."""
    found = thd_n(play(module, ANALYSED, **settings).outlets[0][:, 0])
    assert found <= thd_db, f"THD+N is {found:.1f} dB instead of {thd_db}"


def gain_at(module, at, db, within, outlet="out", inlet=None, lane=None, **settings):
    """Half a second later a sine of `at` Hz comes out `db` louder, in one lane or in all."""
    frames = np.arange(SECOND)
    tone, window = np.exp(2j * np.pi * at / RATE * frames), np.kaiser(SECOND // 2, 20.0)
    inlet = inlet or module.bypass or module.inlets[0].name
    signal = play(module, SECOND, lanes=2, **{inlet: tone.real.astype(np.float32)}, **settings).outlets[module.outlets.index(outlet)]
    heard = tone[SECOND // 2:].conj() * window
    level = np.abs(heard @ signal[SECOND // 2:]) / np.abs(heard @ tone.real[SECOND // 2:])
    found = 20.0 * np.log10(np.maximum(level if lane is None else level[[lane]], 1e-12))
    assert (np.abs(found - db) <= within).all(), f"{outlet} is {found} dB at {at} Hz instead of {db}"


def note(module, opened, closed=0, gate=1.0, **settings) -> np.ndarray:
    """The envelope of a gate that opens at frame 0, and closes after `opened` frames."""
    gates = np.repeat(np.float32([gate, 0.0]), [opened, closed])
    return play(module, opened + closed, gate=gates, **settings).outlets[0][:, 0].astype(np.float64)


def attack_frames(module, frames, attack, gate=0.8):
    """From rest a straight line arrives at the gate's height in `frames` frames, at no other, and in no way but straight."""
    level = note(module, frames + 1, attack=attack, sustain=0.0, gate=gate)
    top = float(np.float32(gate))
    assert level[frames - 1] == top and (level[:frames - 1] < top).all(), f"{level[frames - 1]} at frame {frames} instead of {gate}"
    sag = np.abs(level[:frames] - gate * np.arange(1, frames + 1) / frames).max()
    assert sag < 1e-5, f"the attack is {sag} away from a straight line"


def release_frames(module, frames, within, **settings):
    """After the gate closes the level is down by 60 dB in `frames` frames, and at last it is nothing at all."""
    opened = SECOND // 10
    level = note(module, opened, 3 * frames, attack=0.0, sustain=1.0, **settings)
    found = int(np.argmax(level[opened:] <= level[opened - 1] * 1e-3)) + 1
    assert abs(found - frames) <= within, f"60 dB in {found} frames instead of {frames}"
    assert level[-1] == 0.0, f"the release never ends: {level[-1]}"


def settled(module, at, within, decay, **settings):
    """Held for three times the decay, the envelope stands at `at`."""
    level = note(module, 3 * round(decay * RATE / 1000.0), decay=decay, **settings)
    assert abs(level[-1] - at) <= within, f"it settles at {level[-1]} instead of {at}"


def largest_step(module, below, **settings):
    """Gates that open, close and open again at any moment, softer and harder, never make the level jump."""
    heights, lengths = [1.0, 0.0, 0.6, 0.0, 1.0, 0.2, 0.0, 0.9, 0.0], [200, 100, 300, 1, 2000, 900, 3000, 4000, 5000]
    gates = np.repeat(np.float32(heights), lengths)
    level = play(module, len(gates), gate=gates, **settings).outlets[0][:, 0]
    found = np.abs(np.diff(level, prepend=np.float32(0.0))).max()
    assert 0.0 < found < below, f"a step of {found}"


MEASURES = {f.__name__: f for f in (pitch, purity, gain_at, attack_frames, release_frames, settled, largest_step)}
