"""Measures of what shapes a note: right to one frame, and without a step."""

import numpy as np

from chronus.workshop.harness import RATE, play
from chronus.workshop.measures.spectra import SECOND


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


def slews(module, up, down, reach=1.0, **settings):
    """A step from 0 to 1 is done, up to `reach`, in `up` frames and no sooner, and the step back in `down`."""
    step = np.repeat(np.float32([1.0, 0.0]), [up + 10, down + 10])
    level = play(module, len(step), audio=step, **settings).outlets[0][:, 0].astype(np.float64)
    for name, way, frames in (("up", level[:up + 10], up), ("down", 1.0 - level[up + 10:], down)):
        found = int(np.argmax(way >= reach - 2e-7)) + 1
        assert way.max() <= 1.0 and found == frames, f"it is {name} in {found} frames instead of {frames}, at {way.max()}"


def stroke(module, rises, falls, gate=0.8, **settings):
    """A gate of one frame: the top, which is the gate's height, in `rises` frames, nothing at all after `falls` more, no way back between."""
    gates = np.zeros(rises + falls + 10, np.float32)
    gates[0] = gate
    level = play(module, len(gates), gate=gates, **settings).outlets[0][:, 0].astype(np.float64)
    top, end = int(level.argmax()) + 1, int(np.flatnonzero(level)[-1]) + 2
    assert level[top - 1] == float(np.float32(gate)), f"it rises to {level[top - 1]} instead of {gate}"
    assert top == rises, f"it rises in {top} frames instead of {rises}"
    assert end - top == falls, f"it falls in {end - top} frames instead of {falls}"
    assert np.diff(level[:top]).min(initial=0.0) >= 0.0 and np.diff(level[top - 1:]).max() <= 1e-7, "it turns back on its way"


def follows(module, level, within, **settings):
    """After four seconds of a sine of 997 Hz, 0.5 high, the outlet stands at `level`, ripple included."""
    tone = (0.5 * np.sin(2.0 * np.pi * 997.0 / RATE * np.arange(4 * SECOND))).astype(np.float32)
    heard = play(module, 4 * SECOND, audio=tone, **settings).outlets[0][-SECOND // 10:, 0]
    off = np.abs(heard - level).max()
    assert off <= within, f"it stands at {heard.min():.4f} to {heard.max():.4f} instead of {level}"


def follower_times(module, up, down, within, **settings):
    """Of a step from 0 to 1 and back 60 dB are done in `up` frames and in `down`; at last it is nothing at all."""
    step = np.repeat(np.float32([1.0, 0.0]), [20 * up, 20 * down])
    level = play(module, len(step), audio=step, **settings).outlets[0][:, 0].astype(np.float64)
    risen, fallen = int(np.argmax(level >= 0.999)) + 1, int(np.argmax(level[20 * up:] <= 0.001)) + 1
    assert abs(risen - up) <= within, f"60 dB up in {risen} frames instead of {up}"
    assert abs(fallen - down) <= within, f"60 dB down in {fallen} frames instead of {down}"
    assert level[-1] == 0.0, f"it never ends: {level[-1]}"


def stages(module, frames, sustain=1.0, gate=0.8, early=0, **settings):
    """Delay, attack, hold, decay and release each last so many `frames`: nothing, then up to the gate's height, there, down to `sustain` of it,
    and after the gate closes down to nothing at all; never back on the way. The falls may come to rest `early` frames before their time.
    """
    delay, attack, hold, decay, release = frames
    if module.param("sustain"):
        settings["sustain"] = sustain
    risen, falls = delay + attack, delay + attack + hold
    settled = falls + decay
    opened = settled + 100
    level = note(module, opened, release + 10, gate=gate, **settings)
    top, rest = float(np.float32(gate)), float(np.float32(gate) * np.float32(sustain))
    assert not level[:delay].any(), f"it does not wait for {delay} frames"
    arrived = int(np.argmax(level >= top)) + 1
    assert arrived == risen and level.max() == top, f"it arrives after {arrived} frames instead of {risen}, and goes up to {level.max()}"
    assert (np.diff(level[delay:risen]) > 0.0).all(), "it turns back on its way up, or stops"
    assert (level[risen:falls] == top).all() and (level[falls] < top or sustain == 1.0), f"it does not stay for {hold} frames"
    for name, start, end, low in (("decay", falls, settled, rest), ("release", opened, opened + release, 0.0)):
        if end == start:
            continue
        arrived = int(np.argmax(level[start:] <= low)) + 1
        assert end - start - early <= arrived <= end - start, f"the {name} is over after {arrived} frames instead of {end - start}"
        assert (np.diff(level[start:end]) <= 0.0).all() and (level[end:end + 5] == low).all(), f"in the {name} it turns back, or goes too far"


def struck_again(module, top, within, **settings):
    """Held for a second, the gate closes for one frame: after that the highest level is `top`."""
    gates = np.ones(2 * SECOND, np.float32)
    gates[SECOND] = 0.0
    found = float(play(module, len(gates), gate=gates, **settings).outlets[0][SECOND:].max())
    assert abs(found - top) <= within, f"struck again it goes up to {found} instead of {top}"


def way_points(module, frames, levels, rounds, **settings):
    """The gate is open for `rounds` rounds through three parts and 20 frames: each part ends after its `frames` at its level, and is not there
    a frame sooner; then a fourth part does. With one round the third level stays.
    """
    ends = np.cumsum(np.tile(frames[:3], rounds))
    opened = int(ends[-1]) + 20
    level = note(module, opened, frames[3] + 10, **settings)
    for count, end in enumerate([*ends, opened + frames[3]]):
        part = 3 if end > opened else count % 3
        wanted = float(np.float32(levels[part]))
        assert level[end - 1] == wanted, f"part {count + 1} is at {level[end - 1]} instead of {wanted} after its {frames[part]} frames"
        assert frames[part] == 1 or level[end - 2] != wanted, f"part {count + 1} is at its end too soon"
    assert rounds > 1 or (level[ends[-1]:opened] == np.float32(levels[2])).all(), "the third level does not stay"


MEASURES = (attack_frames, release_frames, settled, largest_step, slews, stroke, follows, follower_times, stages, struck_again, way_points)
