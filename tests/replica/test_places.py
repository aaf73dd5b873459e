"""Beats that are counted anew, starts at the nearest beat, and going on from where it was stopped: by the frames of what is played, 0 frames off."""

import pytest

from chronus.control.scripted import Scripted
from chronus.replica.offline import Offline
from chronus.replica.trace import Trace
from chronus.shared.log import TEMPO, Entry
from chronus.shared.score import A_BEAT, FULL_VELOCITY

BEAT = 24_000                            # frames, at 120 BPM
INSTRUMENT = [("/patch/create", "keys", "notes"), ("/patch/create", "env", "adsr"), ("/patch/connect", "keys/gate", "env"), ("/patch/connect", "env", "out", 0.1),
              ("/patch/commit",), ("/seq/create", "a", "keys", "X.X.X.X.X.X.X.X."), ("/seq/notes", "a", *range(60, 68))]        # an eighth each, a bar of 60 to 67


def played(commands: list[tuple], beats: float, block: int = 64) -> list[tuple[int, int]]:
    """(frame, note) of all that is played of commands (beat, address, arguments ...) or (beat, Entry)."""
    script = Scripted(block=block)
    for address, *args in INSTRUMENT:
        script.obey(address, args)
    for beat, *command in commands:
        script.frame = round(beat * BEAT)
        script.entries.append(command[0]) if isinstance(command[0], Entry) else script.obey(command[0], command[1:])
    offline = Offline(script.programs, sorted(script.entries, key=lambda e: e.frame), script.rate, block, script.scores)
    trace = Trace(offline.machine, 4_096)
    offline.run(-(-round(beats * BEAT) // block))
    return [(frame, round(note)) for frame, _, note, extra in trace.take()[0] if extra & FULL_VELOCITY and frame < beats * BEAT]


def eighths(first: float, count: int, note: int = 60) -> list[tuple[int, int]]:
    """Notes of the sequencer from a beat on."""
    return [(round((first + i / 2) * BEAT), 60 + (note - 60 + i) % 8) for i in range(count)]


@pytest.mark.parametrize("block", (64, 512))
@pytest.mark.parametrize("number", (0, 3.7, 100.25, -8))
def test_what_runs_is_not_disturbed_when_beats_are_counted_anew(number, block):
    anew = [(5.1, "/tempo/beat", number)]
    assert played([(0, "/seq/start", "a", "now"), *anew], 12, block) == eighths(0, 24)
    assert played([(0, "/seq/start", "a", "now"), (5.05, "/tempo", 60, "beat+1"), *anew], 11, block) == eighths(0, 14) + [(7 * BEAT + BEAT * i, 60 + (14 + i) % 8) for i in range(4)]


def test_bars_are_counted_from_beat_0():
    assert played([(1.3, "/tempo/beat", 0), (1.4, "/seq/start", "a", "bar")], 8)[0] == (round(5.3 * BEAT), 60)
    assert played([(1.3, "/tempo/beat", 6), (1.4, "/seq/start", "a", "beat")], 8)[0] == (round(2.3 * BEAT), 60)


def test_a_moment_that_has_gone_by_has_a_beat():
    """Frame 24,000 was beat 7, so bar 3 (beat 8) is at 48,000."""
    assert played([(1.5, Entry(TEMPO, A_BEAT, 7.0, 36_000, extra=24_000)), (1.6, "/seq/start", "a", "bar")], 6)[0] == (48_000, 60)


@pytest.mark.parametrize("at, first", ((3.9, 4.0), (4.02, 4.0), (4.49, 4.0), (4.51, 5.0)))
def test_the_nearest_beat(at, first):
    """What was missed comes at once, what follows is in time."""
    found = played([(at, "/seq/start", "a", "nearest")], 8)
    missed = sum(frame < at * BEAT for frame, _ in eighths(first, 8))
    assert found[:missed] == [(round(at * BEAT), 60 + i) for i in range(missed)]
    assert found[missed:8 - int(2 * (first - 4))] == eighths(first, 8)[missed:8 - int(2 * (first - 4))]


def test_a_start_takes_back_a_stop_of_the_same_moment():
    again = eighths(0, 9) + [(round(4.02 * BEAT), 60)] + eighths(4.5, 7, 61)
    assert played([(0, "/seq/start", "a", "now"), (4.02, "/seq/stop", "a"), (4.02, "/seq/start", "a", "nearest")], 8) == again
    assert played([(0, "/seq/start", "a", "now"), (4.1, "/seq/start", "a", "nearest"), (4.1, "/seq/stop", "a")], 8) == eighths(0, 9)


def test_it_goes_on_from_where_it_was_stopped():
    stopped = [(0, "/seq/start", "a", "now"), (1.75, "/seq/stop", "a")]
    assert played([*stopped, (6.0, "/seq/continue", "a")], 8.9) == eighths(0, 4) + eighths(6.25, 6, 64)
    assert played([*stopped, (6.1, "/seq/continue", "a", "beat+1")], 9.9) == eighths(0, 4) + eighths(8.25, 4, 64)
    assert played([*stopped, (3, "/seq/continue"), (3.1, "/seq/continue"), (4, "/seq/stop", "a"), (5, "/seq/continue", "a")], 5.9) == \
        eighths(0, 4) + eighths(3.25, 2, 64) + eighths(5.25, 2, 66)
    assert played([(2, "/seq/continue", "a")], 4) == eighths(2, 4), "what never ran begins"
    assert played([*stopped, (2, "/seq/reset", "a", "now"), (3, "/seq/continue", "a")], 4) == eighths(0, 4) + eighths(3, 2), "reset goes back to the beginning"
    assert played([*stopped, (3, "/seq/continue", "a"), (4, "/seq/start", "a", "now")], 5) == eighths(0, 4) + eighths(3.25, 2, 64) + eighths(4, 2)


def test_after_a_song_position_it_goes_on_where_the_song_is():
    """Started at beat 0, stopped, the song put to beat 33.5: that is the fourth eighth of a bar. Who asks a little late misses nothing."""
    stopped = [(0, "/seq/start", "a", "now"), (1.75, "/seq/stop", "a"), (5, "/tempo/beat", 33.5)]
    assert played([*stopped, (5, "/seq/continue")], 7) == eighths(0, 4) + eighths(5, 4, 63)
    assert played([*stopped, (5.05, "/seq/continue")], 7) == eighths(0, 4) + [(round(5.05 * BEAT), 63)] + eighths(5.5, 3, 64)
    assert played([*stopped, (6.05, "/seq/continue")], 7) == eighths(0, 4) + eighths(6.5, 1, 66)


def test_a_panic_is_a_stop():
    assert played([(0, "/seq/start", "a", "now"), (1.76, "/panic"), (3, "/seq/continue", "a")], 3.9)[:5] == eighths(0, 4) + [(72_000 + 24_000 * 2 - -(-round(1.76 * BEAT) // 64) * 64, 64)]
