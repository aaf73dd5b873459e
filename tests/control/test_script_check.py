"""A script of which something would be lost is refused with its line, and one that has room is played whole."""

from pathlib import Path

import numpy as np
import pytest

from chronus import limits
from chronus.control import scripted
from chronus.faces.scripts import render_script
from chronus.faces.words import LineError

BEAT = 24_000
KICKS = ("patch create k kick", "patch connect k out", "patch delete sine", "patch commit", "sleep 0.01", "seq create a k X...", "seq config a step 1/4 now", "seq start a now",
         "sleep 0.2")


def rendered(folder: Path, *lines: str) -> dict:
    (folder / "script.txt").write_text("\n".join(lines))
    return render_script(folder / "script.txt")


def patterns(*places: str) -> list[str]:
    return [f"seq pattern a {'X' * (i % 4 + 1)}{'.' * (3 - i % 4)} {place}" for i, place in enumerate(places)]


FIVE = [f"bar+{i}" for i in range(5)]


def test_a_fifth_change_of_a_sequencer_is_refused_with_its_line(tmp_path):
    lines = [*KICKS, *patterns(*FIVE), "sleep 1"]
    with pytest.raises(LineError, match=f"line {len(lines) - 1}: 4 changes of 'a' wait already; say this one behind a `sleep`"):
        rendered(tmp_path, *lines)


@pytest.mark.parametrize("lines", ([*patterns(*FIVE[:4]), "sleep 2", *patterns("bar+3")],                   # the first of them has come
                                   [*patterns(*FIVE[:4]), *patterns("bar+3", "bar+2", "now"), *patterns(*FIVE[:4])],     # and these take the place of others
                                   [*patterns(*FIVE[:4]), "panic", "seq delete a now", "seq create a k X", *patterns(*FIVE[:4])]))
def test_what_has_room_is_played(tmp_path, lines):
    rendered(tmp_path, *KICKS, *lines, "sleep 0.1")


def test_what_stands_still_changes_at_once_and_nothing_waits(tmp_path):
    rendered(tmp_path, *KICKS, "seq stop a now", "sleep 0.1", *[line for place in FIVE for line in ("sleep 0.01", *patterns(place))], "sleep 0.1")


def test_one_change_of_tempo_too_many_is_refused_with_its_line(tmp_path):
    many = [f"tempo {100 + i} bar+{i + 1}" for i in range(limits.TEMPO_CHANGES)]
    rendered(tmp_path, "seq create a adsr X", *many, "tempo 90 bar", "tempo 91 bar+64", "sleep 0.1")
    with pytest.raises(LineError, match="line 65: 64 changes of tempo wait"):
        rendered(tmp_path, *many, "tempo 90 bar+65", "sleep 0.1")
    rendered(tmp_path, *many, "sleep 5", "tempo 90 bar+65", "sleep 0.1")


def test_more_than_can_be_said_in_one_block_is_refused_with_its_line(tmp_path):
    """At its beginning it can: there nothing has to wait."""
    many = [f"mod sine freq {200 + i}" for i in range(limits.SCHEDULE_ENTRIES + 1)]
    rendered(tmp_path, *many, "sleep 0.1")
    with pytest.raises(LineError, match=f"line {len(many) + 1}: more than {limits.SCHEDULE_ENTRIES} commands lie within one block"):
        rendered(tmp_path, "sleep 0.001", *many, "sleep 0.1")


def test_the_trial_finds_what_the_render_loses(tmp_path):
    """The fourth change is heard where three are before it: the last pattern plays four hits a bar."""
    from chronus.recorder.wav import DATA_AT
    (tmp_path / "script.txt").write_text("\n".join([*KICKS, *patterns(*FIVE[:4]), "sleep 9.8"]))
    render_script(tmp_path / "script.txt", out=tmp_path / "out.wav")
    sound = np.abs(np.fromfile(tmp_path / "out.wav", np.float32, offset=DATA_AT).reshape(-1, 2)[:, 0])
    hits = [i for i in range(20) if sound[i * BEAT + 600:i * BEAT + 4_600].max() > 0.5 * sound.max()]
    assert hits == [0, 4, 8, 9, 12, 13, 14, 16, 17, 18, 19]


@pytest.mark.parametrize("playing, coming", ((0, 0), (30, 0), (60, 2)))
def test_more_patterns_than_have_room_in_one_block_are_refused_with_the_line_of_the_first(tmp_path, monkeypatch, playing, coming):
    """Those that play when it begins, and those that are to come, need theirs, too. What has room is rendered, and nothing else could be."""
    many = [f"seq create s{i} adsr X" for i in range(playing)]
    later = [f"seq pattern s{i} X. bar+{bar + 1}" for i in range(playing) for bar in range(coming)]
    before, room = [*many, "seq start", "sleep 0.01", *later, "sleep 0.1"], limits.SCORES - playing - len(later)
    one = ["seq create another adsr X", "seq delete another now"]
    fits, too_many = [*before, *one * room], [*before, *one * (room + 1), "sleep 0.1"]
    rendered(tmp_path, *fits, "sleep 0.002", *one * 2, "sleep 0.1")
    with pytest.raises(LineError, match=f"line {len(fits) + 1}: more than {room} patterns are changed within one block of 64 frames"):
        rendered(tmp_path, *too_many)
    monkeypatch.setattr(scripted, "check", lambda *_: None)
    with pytest.raises(RuntimeError):
        rendered(tmp_path, *too_many)
