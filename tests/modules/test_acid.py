"""The envelope and the accent of the acid filter: how far they open it, how long, and how much louder an accent is."""

import numpy as np
import pytest

from chronus.modules.registry import modules
from chronus.workshop.measures.tones import play

RATE, STRUCK = 48_000, 4_800
NOISE = np.random.default_rng(3).uniform(-0.1, 0.1, 2 * RATE).astype(np.float32)


def heard(gate, frames: int = RATE, **settings) -> np.ndarray:
    return play(modules()["acid"], frames, gate=np.asarray(gate, np.float32), **settings).outlets[0][:, 0]


def struck(height: float, frames: int = RATE, held: int = 2_000, **settings) -> np.ndarray:
    gate = np.zeros(frames, np.float32)
    gate[STRUCK:STRUCK + held] = height
    return heard(gate, frames, **settings)


def peak_at(sound: np.ndarray, ms: float, width: int = 2_048) -> float:
    """Where in hertz a resonant filter stands so long after the gate, of noise through it."""
    first = STRUCK + round(0.001 * ms * RATE)
    spectrum = np.abs(np.fft.rfft(sound[first:first + width] * np.hanning(width)))
    return float(np.argmax(np.convolve(spectrum, np.ones(5), "same")) * RATE / width)


def test_without_a_gate_it_is_the_filter():
    still = {"audio": NOISE[:RATE], "cutoff": 500.0, "resonance": 0.8}
    plain = heard(np.zeros(RATE), **still)
    assert heard(np.zeros(RATE), envelope=1.0, accent=1.0, **still).tobytes() == plain.tobytes()
    assert struck(0.8, **still).tobytes() == plain.tobytes(), "a gate moves nothing where envelope and accent are 0"


@pytest.mark.parametrize("held", (10, 30_000))
def test_the_envelope_opens_it_by_octaves_and_falls_in_its_time_whatever_the_gate(held):
    sound = struck(0.8, held=held, audio=NOISE[:RATE], cutoff=200.0, resonance=1.0, envelope=0.8, decay=600.0)
    soon, middle, late = (peak_at(sound, ms) for ms in (5.0, 100.0, 700.0))
    level = 10.0**(-3.0 * (5.0 + 1_000.0 * 1_024 / RATE) / 600.0)
    assert 200.0 * 2.0**(4.0 * level) * 0.7 < soon < 200.0 * 2.0**4.0 * 1.1
    assert soon > 1.5 * middle > 1.5 * 1.1 * late and late == pytest.approx(200.0, rel=0.15)


def test_an_accent_is_louder_by_6_db_and_what_is_none_by_nothing():
    tone = 0.01 * np.sin(2 * np.pi * 100.0 * np.arange(RATE) / RATE).astype(np.float32)
    settings = {"audio": tone, "cutoff": 8_000.0, "resonance": 0.0, "decay": 3_000.0}
    plain = np.abs(struck(0.8, accent=1.0, **settings)[STRUCK:STRUCK + 4_800]).max()
    assert plain == pytest.approx(np.abs(struck(0.8, accent=0.0, **settings)[STRUCK:STRUCK + 4_800]).max())
    loud = struck(1.0, accent=1.0, **settings)
    assert 20 * np.log10(np.abs(loud[STRUCK:STRUCK + 1_000]).max() / plain) == pytest.approx(5.0, abs=1.2)
    assert np.abs(np.diff(loud)).max() < 3 * np.abs(np.diff(tone)).max(), "it steps"
    ended = STRUCK + round(0.3 * RATE)
    assert np.abs(loud[ended:]).max() == pytest.approx(plain, rel=0.01), "an accented note falls in 200 ms"


def test_accents_that_follow_each_other_sweep_higher():
    gate = np.zeros(2 * RATE, np.float32)
    for number in range(8):
        gate[STRUCK + number * 6_000:][:2_000] = 1.0
    sound = heard(gate, 2 * RATE, audio=NOISE, cutoff=300.0, resonance=1.0, accent=1.0)
    first, last = peak_at(sound, 90.0), peak_at(sound, 90.0 + 7 * 125.0)
    assert last > 1.1 * first > 1.1 * 300.0
