"""The song of `chronus chaos`: it can be played by a script, all its sequencers sound, and its changes are commands that there are."""

import random

import numpy as np

from chronus.control.replay import SCORED
from chronus.control.scripted import Scripted
from chronus.proof import song
from chronus.proof.chaos import KEYS
from chronus.proof.engine import busy_patch
from chronus.replica.offline import render
from chronus.shared.log import SCORE


class Script:
    """A door that plays into a script."""

    def __init__(self):
        self.script, self.sent = Scripted(), []
        self.script.play(busy_patch(8, KEYS), ())

    def send(self, address: str, *args) -> None:
        self.sent.append(address)
        self.script.obey(address, list(args))


def test_the_song_plays_and_changes():
    door, dice = Script(), random.Random(1)
    song.begin(door)
    for _ in range(200):
        door.script.rest(0.05)
        song.change(door, dice)
    script = door.script
    heard = np.concatenate(list(render(script.programs, script.entries, 48_000, 64, 0, script.frame, scores=script.scores)))
    assert np.abs(heard[48_000:]).max() > 0.05
    assert sum(entry.kind == SCORE for entry in script.entries) > 100
    assert {address for address in door.sent if song.JOURNALED.get(address) == SCORED} >= {"/seq/pattern", "/seq/swing", "/scene/set", "/song/set"}
