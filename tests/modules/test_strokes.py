"""What is struck: a soft stroke leaves ringing what is louder, a closed hat wins, and a choice counts in its very frame."""

import numpy as np
import pytest

from chronus.modules.registry import builtin
from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.replica.offline import Offline
from chronus.shared.log import SET, Entry
from chronus.shared.program import key_of
from chronus.workshop.harness import play

FRAMES, SECOND = 9_600, 2_400


def heard(type_: str, *strokes: tuple[int, float], **settings) -> np.ndarray:
    gate = np.zeros(FRAMES, np.float32)
    for frame, velocity in strokes:
        gate[frame:frame + 100] = velocity
    return play(builtin()[type_], FRAMES, gate=gate, **settings).outlets[0][:, 0]


@pytest.mark.parametrize("type_", ("cymbal", "hat", "cowbell"))
def test_a_soft_stroke_leaves_ringing_what_is_louder(type_):
    once, twice = heard(type_, (0, 1.0), decay=1_000.0), heard(type_, (0, 1.0), (SECOND, 0.1), decay=1_000.0)
    after = slice(SECOND + 10, SECOND + 2_000)
    assert np.square(twice[after]).sum() > 0.7 * np.square(once[after]).sum() > 0.0


def test_of_a_closed_and_an_open_hat_at_once_the_closed_one_wins():
    grip = np.zeros(FRAMES, np.float32)
    grip[:100] = 1.0
    rings, choked = heard("hat", (0, 1.0), decay=5_000.0), heard("hat", (0, 1.0), decay=5_000.0, choke=grip)
    assert np.abs(choked[1_500:]).max() < 0.01 * np.abs(rings[1_500:]).max()


def test_a_slice_that_is_chosen_with_the_stroke_is_the_one_that_is_struck():
    """Downwards, where on the way from one to another all between would be."""
    patch = Patch([Module("break", "sampler", {"slices": 16.0, "slice": 12.0, "gain": 0.5})], [Cable("break", "out", OUT, "")])
    chosen = Patch([Module("break", "sampler", {"slices": 16.0, "slice": 6.0, "gain": 0.5})], [Cable("break", "out", OUT, "")])
    strike = Entry(SET, key_of("break", "gate"), 1.0, 640)
    found, wanted = (Offline([compile_patch(each, 48_000, 64).words], entries, 48_000, 64).run(60)
                     for each, entries in ((patch, [Entry(SET, key_of("break", "slice"), 6.0, 640), strike]), (chosen, [strike])))
    assert np.abs(wanted).max() > 0.01 and found.tobytes() == wanted.tobytes()


def test_no_scale_between_two_is_heard():
    notes = play(builtin()["quantise"], 10, semitones=6.0, scale=np.repeat(np.float32([1.0, 10.0]), 5)).outlets[0][:, 0]
    assert set(notes) == {5.0} and builtin()["quantise"].param("scale").glide_ms == 0.0


@pytest.mark.parametrize("velocity", (0.3, 0.99, 1.0))
def test_a_velocity_that_changes_in_an_attack_steps_nowhere(velocity):
    """A note in legato, at any frame of the attack of the one before: it arrived at once, in what was left of the attack."""
    gate = np.where(np.arange(1_000)[:, None] < np.arange(1, 482)[None, :], 1.3 - velocity, velocity).astype(np.float32)
    steps = [np.abs(np.diff(play(builtin()["adsr"], 1_000, 4, gate=gate[:, i:i + 4], attack=10.0).outlets[0], axis=0)).max() for i in range(0, 480, 4)]
    assert max(steps) < 1.01 / 480
