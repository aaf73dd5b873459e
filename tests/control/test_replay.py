"""Log entries as lines of the journal, and back: what was played is what is played again."""

import json

import pytest

from chronus.control.journal import DECODER, Journal, JournalError, Line, encode
from chronus.control.replay import BYPASSED, COMMITTED, Session, command_of, entry_of
from chronus.control.sequences import Sequences
from chronus.control.session import journal_path
from chronus.control.timing import packed
from chronus.dsp.lines import longest_delay
from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.replica.tempo import WHERE_BITS
from chronus.shared.log import (
    BYPASS,
    COMMIT,
    EXPRESS,
    EXPRESSIONS,
    GATE,
    NOTE,
    NOTHING,
    PANIC,
    RETRY,
    SCORE,
    SET,
    SIGNATURE,
    TEMPO,
    TRANSPORT,
    Entry,
    expression,
)
from chronus.shared import program as pr
from chronus.shared.memory import Memory
from chronus.shared.program import key_of
from chronus.shared.score import A_BEAT, FULL_VELOCITY, SERIAL_SHIFT, START
from chronus.shared.scores import put, sequencer_key

FRAME, PLACE, AREA = 12_345, 7, 3
NAMES = {key_of(*name): (*name, "")[:2] for name in (("env", "gate"), ("tone", "freq"), ("keys",), ("env",))}
PATCH = Patch([Module("keys", "notes"), Module("env", "adsr"), Module("tone", "sine")], [Cable("tone", "out", "env", "audio"), Cable("env", "out", OUT, "")])

# each kind, once for each form that it has
ENTRIES = {
    "a knob": Entry(SET, key_of("tone", "freq"), 440.25, FRAME),
    "a gate that opens": Entry(SET, key_of("env", "gate"), 0.75, FRAME, extra=GATE),
    "a gate that closes": Entry(SET, key_of("env", "gate"), 0.0, FRAME, extra=GATE),
    "a panic": Entry(PANIC, 0, 0.0, FRAME),
    "a sync": Entry(NOTHING, 0, 0.0, FRAME),
    "a retry": Entry(RETRY, key_of("env"), 0.0, FRAME),
    "a note": Entry(NOTE, key_of("keys"), 60.5, FRAME, extra=round(0.3 * FULL_VELOCITY)),
    "the softest note": Entry(NOTE, key_of("keys"), 60.0, FRAME, extra=1),
    "a note with a length": Entry(NOTE, key_of("keys"), 127.0, FRAME, extra=(123_457 << SERIAL_SHIFT) + FULL_VELOCITY),
    "the end of that": Entry(NOTE, key_of("keys"), 127.0, FRAME, extra=123_457 << SERIAL_SHIFT),
    "a note of an arpeggio": Entry(NOTE, sequencer_key("arp"), 64.0, FRAME, extra=FULL_VELOCITY),
    "the end of it": Entry(NOTE, sequencer_key("arp"), 64.0, FRAME),
    "a score": Entry(SCORE, sequencer_key("a"), 11.5, FRAME, extra=PLACE + (2 << WHERE_BITS)),
    "a sequencer that starts": Entry(TRANSPORT, sequencer_key("a"), float(START), FRAME, extra=5 << WHERE_BITS | 2),
    "all that stop": Entry(TRANSPORT, 0, 2.0, FRAME, extra=1),
    "a tempo": Entry(TEMPO, 0, 128.5, FRAME, extra=48_000 << WHERE_BITS | 1),
    "beats counted anew": Entry(TEMPO, A_BEAT, 7.25, FRAME, extra=9),
    "a signature": Entry(SIGNATURE, 0, 3.5, FRAME, extra=2),
    "a commit": Entry(COMMIT, AREA, 375.0, FRAME, extra=99),
    **{f"{which} of a note": Entry(EXPRESS, key_of("keys"), 60.0, FRAME, extra=expression(which, amount))
       for which, amount in zip(EXPRESSIONS, (-1.37, 0.625, 0.1))},
}
# a commit names a program area and a serial, which are of one engine only, a score a place in its memory; `Session` puts there what a replay has instead
OF_ONE_ENGINE = {"a commit": {"target": 0, "extra": 0}, "a score": {"extra": 2 << WHERE_BITS}}


@pytest.fixture(scope="module")
def memory(tmp_path_factory):
    """With the score and the program that the entries name."""
    found, sequences = Memory.create(tmp_path_factory.mktemp("session"), 48_000, 64, 4), Sequences(lambda: PATCH)
    put(found, PLACE, packed(sequences.create("a", "keys", "X.x.")[0].score), 0)
    found.put_program(AREA, compile_patch(PATCH, 48_000, 64, [("tone", "freq")], 17).words, 99)
    return found


def line_of(entry: Entry, memory) -> Line:
    """The line as it is read from a file."""
    command, args = command_of(entry, NAMES, memory)
    return DECODER.decode(encode(Line(entry.frame, "osc:127.0.0.1:40001", command, args)))


def test_every_kind_is_looked_at():
    """That of a verdict alone is in no log."""
    assert {entry.kind for entry in ENTRIES.values()} == set(range(12)) - {BYPASS}


@pytest.mark.parametrize("what", ENTRIES)
def test_an_entry_comes_back_from_its_line(memory, what):
    entry = ENTRIES[what]
    assert entry_of(line_of(entry, memory)) == entry._replace(**OF_ONE_ENGINE.get(what, {}))


@pytest.mark.parametrize("what", [what for what in ENTRIES if what not in OF_ONE_ENGINE])
def test_a_line_comes_back_from_its_entry(memory, what):
    line = line_of(ENTRIES[what], memory)
    assert command_of(entry_of(line), NAMES, memory) == (line.command, line.args)


def test_the_line_of_a_commit_has_its_patch_its_knobs_and_the_last_edit_in_it(memory):
    line = line_of(ENTRIES["a commit"], memory)
    assert line.command == COMMITTED and Patch.from_dict(json.loads(line.args[0])).as_dict() == PATCH.as_dict()
    assert line.args[1:] == ["tone/freq", 375, 17, ""]


def test_the_line_of_a_score_has_what_was_said(memory):
    said = json.loads(line_of(ENTRIES["a score"], memory).args[0])
    assert (said["id"], said["target"], said["pattern"]) == ("a", "keys", "X.x.")


@pytest.mark.parametrize("kept, blocks", (({}, 192), ({"line_kept": 64}, 64), ({"line_kept": 112}, 112)))
def test_the_rings_of_a_session_are_as_long_as_they_were_when_it_began(tmp_path, kept, blocks):
    """A commit takes as many blocks as it takes to carry them over, so a replay needs the same, whoever replays it; older journals do not say."""
    echo = Patch([Module("blip", "saw"), Module("echo", "delay")], [Cable("blip", "out", "echo", "audio"), Cable("echo", "out", OUT, "")])
    header = {"rate": 48_000, "block": 64, "seed": 0, "versions": {}, "patch": echo.as_dict(), **kept}
    journal = Journal.create(journal_path(tmp_path), header)
    journal.append([Line(0, "prompt", COMMITTED, [json.dumps(echo.as_dict()), "", 0, 0, ""])])
    for words in Session(tmp_path).programs:
        line = words[words[pr.P_LINES // 8] // 8:]
        assert line[pr.LN_FRAMES // 8] == longest_delay(2.01, 48_000) + 64 * blocks


def test_a_verdict_is_an_entry():
    """Its line is the replicas' and has the reason in words, too."""
    line = Line(FRAME, "engine", BYPASSED, ["env", "crashed (SIGSEGV)", 11, 1])
    assert entry_of(line) == Entry(BYPASS, key_of("env"), 11.0, FRAME, extra=1)


@pytest.mark.parametrize("command, args", (("/gate/env", []), ("/note/keys", [60.0, 0.5]), ("/note/keys", ["c", 0.5, 0]), ("/tempo", [120.0]),
                                           (COMMITTED, ["{}", ""]), ("/seq/score", ["{}", 0]), ("/nowhere", [1])))
def test_a_line_that_is_no_command_is_named(command, args):
    with pytest.raises(JournalError, match=f"the journal has {command}"):
        entry_of(Line(FRAME, "osc:127.0.0.1:40001", command, args))
