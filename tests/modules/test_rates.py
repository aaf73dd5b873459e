"""What is made of noise and of impulses is as loud at every sample rate: power from 20 Hz to 20 kHz, against that at 48 kHz."""

import numpy as np
import pytest

from chronus.limits import RATES
from chronus.modules.registry import builtin
from chronus.workshop.harness import given_values, run, signals

LANES = 8
SOUNDS = (("snare", "out", {"snap": 1.0}), ("clap", "out", {}), ("cymbal", "out", {"noise": 1.0}), ("velvet", "out", {}),
          ("velvet", "out", {"density": 100.0}), ("dust", "out", {}), ("dust", "out", {"density": 5_000.0}), ("noise", "pink", {}), ("noise", "brown", {}))
STICKS = (("kick", {"click": 1.0, "drive": 0.0}), ("tom", {"skin": 1.0}), ("rim", {"click": 1.0}), ("hat", {"noise": 1.0}))     # from 3 to 12 kHz


def heard(type_: str, outlet: str, rate: int, seconds: float, lanes: int = LANES, **settings) -> np.ndarray:
    """One outlet of a module at a sample rate, struck four times a second where it has a gate."""
    module, frames = builtin()[type_], round(seconds * rate)
    if module.param("gate"):
        settings["gate"] = np.arange(frames) % (rate // 4) < rate // 100
    result = run(module, signals(module, frames, lanes, settings), given=given_values(module, lanes, rate))
    return result.outlets[module.outlets.index(outlet)].astype(np.float64)


def loudness(sound: np.ndarray, rate: int, low: float = 20.0, high: float = 20_000.0) -> float:
    """Its power from 20 Hz to 20 kHz, or from `low` to `high`, in dB."""
    power, hertz = np.abs(np.fft.rfft(sound, axis=0)) ** 2, np.fft.rfftfreq(len(sound), 1.0 / rate)
    return 10.0 * np.log10(power[(hertz >= low) & (hertz <= high)].sum() / len(sound) ** 2)


@pytest.mark.parametrize("type_, outlet, settings", SOUNDS)
def test_noise_and_impulses_are_as_loud_at_every_rate(type_, outlet, settings):
    levels = {rate: loudness(heard(type_, outlet, rate, 4.0, **settings), rate) for rate in RATES}
    off = {rate: round(level - levels[48_000], 2) for rate, level in levels.items()}
    assert max(map(abs, off.values())) < 0.5, f"against 48 kHz it has {off} dB"


@pytest.mark.parametrize("type_, settings", STICKS)
def test_the_stick_is_as_loud_at_every_rate(type_, settings):
    levels = {rate: loudness(heard(type_, "out", rate, 4.0, **settings), rate, 3_000.0, 12_000.0) for rate in RATES}
    off = {rate: round(level - levels[48_000], 2) for rate, level in levels.items()}
    assert max(map(abs, off.values())) < 0.6, f"against 48 kHz it has {off} dB"


@pytest.mark.parametrize("rate", RATES)
def test_the_wrong_sideband_is_down_from_20_hertz_on_at_every_rate(rate):
    """A sine of 20 Hz that is moved up by 7 comes out at 27 Hz, and not at 13."""
    seconds = 8.0
    low = np.sin(2.0 * np.pi * 20.0 / rate * np.arange(round(seconds * rate)))
    sound = heard("frequency_shifter", "up", rate, seconds, 1, audio=low, shift=7.0)[round(rate):, 0]
    power = np.abs(np.fft.rfft(sound * np.kaiser(len(sound), 20.0))) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1.0 / rate)
    image, wanted = (power[np.abs(hertz - at) < 2.0].sum() for at in (13.0, 27.0))
    assert 10.0 * np.log10(image / wanted) < (-65.0 if rate < 50_000 else -59.0)
