"""Chaos on a piece: what a script becomes, and that a small one plays through injuries to the very samples of its render."""

import random
from pathlib import Path

import pytest

from chronus.faces.words import LineError
from chronus.proof import chaos
from chronus.proof.chaos import Progress
from chronus.proof.injuries import kill_replica, kill_role
from chronus.proof.piece import Musician, Piece

EXAMPLES = Path(__file__).parents[2] / "examples"
SMALL = """patch create keys notes
patch create beep sine
patch set beep freq 0
patch create shape adsr
patch connect keys/freq beep/freq
patch connect keys/gate shape/gate
patch connect beep shape
patch connect shape out
patch commit
sleep 0.1
arp create run keys step 1/16 latch 1
note run c4 0.7 0.5
mod shape release 90
sleep 0.3
note keys e5 0.5 0.2
sleep 0.2
"""


def test_a_script_begins_with_its_patch_and_goes_on_in_time():
    piece = Piece(EXAMPLES / "live-set.txt")
    assert piece.begins[-1] == ["/patch/commit", []] and {address.split("/")[1] for address, _ in piece.begins} == {"patch"}
    assert [seconds for seconds, *_ in piece.lines] == sorted(seconds for seconds, *_ in piece.lines)
    assert piece.seconds == pytest.approx(184.1) and {"kick", "reese", "room"} <= set(piece.patch.modules)


def test_a_line_that_is_none_is_named(tmp_path):
    file = tmp_path / "wrong.txt"
    file.write_text("patch create a sine\nsleep 1\nnote a c4 0.5 1\n")
    with pytest.raises(LineError, match="wrong.txt, line 3: "):
        Piece(file)


def test_a_piece_plays_through_injuries(tmp_path):
    file = tmp_path / "small.txt"
    file.write_text(SMALL)
    piece, dice = Piece(file), random.Random(1)
    faults = [(0.3, "F-01", kill_replica), (0.7, "F-03", kill_role("control"))]
    found = chaos.injured_run(None, lambda engine: Musician(engine, dice, piece), 1.5, faults, Progress("s"))
    assert found["samples_differ"] == found["acknowledged_and_lost"] == found["disagreements"] == 0
    assert found["applied"] > 50 and not found["refused"] and len(found["injuries"]) == 2
