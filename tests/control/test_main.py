"""Control by itself, without the processes around it: what it still takes when the log is full, and when the journal reaches the disk."""

import os
from types import SimpleNamespace

import pytest

from chronus import limits
from chronus.control import main, playing
from chronus.control.journal import Journal
from chronus.control.journal import entries as journal_lines
from chronus.control.main import RESERVED, Control, keep_on_disk
from chronus.control.replay import BYPASSED, END, Session
from chronus.control.session import journal_path
from chronus.doors.osc.codec import decode, encode
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.patch.tone import TONE
from chronus.replica.verdicts import TAKEN, post
from chronus.shared import layout as at
from chronus.shared.log import NOTE, PANIC, SET, oldest_needed
from chronus.shared.memory import Memory
from chronus.shared.program import LOOP_REASON, MASTER, key_of
from chronus.supervisor.start import first_state

ANN = ("127.0.0.1", 40_001)
PATCH = Patch([Module("keys", "notes"), Module("env", "adsr"), Module("tone", "sine")],
              [Cable("keys", "gate", "env", "gate"), Cable("tone", "out", "env", "audio"), Cable("env", "out", OUT, "")])


class Door(list):
    """A socket that nothing comes in by; what goes out, decoded."""

    def sendto(self, datagram: bytes, flags: int, sender) -> None:
        self.extend((message.address, *message.args) for message in decode(datagram))


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """That of an engine that has just begun and whose replicas and device never come."""
    monkeypatch.setenv("CHRONUS_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(main, "Reader", lambda door: SimpleNamespace(take=lambda most: [], dropped=0))
    folder = tmp_path / "session"
    folder.mkdir()
    Journal.create(journal_path(folder), {"rate": 48_000, "block": 64, "seed": 0, "versions": {}, "patch": PATCH.as_dict()}).close()
    memory = Memory.create(folder, 48_000, 64, 4)
    first_state(memory, Session(folder))
    return memory


@pytest.fixture
def synced(monkeypatch):
    """The sizes of the files that were forced to the disk, as they were then."""
    sizes = []
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: sizes.append(os.fstat(descriptor).st_size))
    return sizes


@pytest.fixture
def control(memory):
    control = Control(memory, Door())
    yield control
    control.journal.close()


def told(control, address: str, *args) -> list[tuple]:
    """Sends a command; what was answered at once."""
    control.socket.clear()
    control.handle(ANN, encode(address, args))
    return list(control.socket)


ENDINGS = (("/gate/env", 0), ("/panic",), ("/note/keys", 60, 0), ("/mod/env/gate", 0), ("/mod/tone/gain", 0))
OTHERS = (("/mod/tone/freq", 300.0), ("/gate/env", 1), ("/note/keys", 60, 0.5), ("/note/keys", 60, 0.5, 1.0), ("/bend/keys", 60, 1.0))


def test_a_full_log_still_takes_what_ends_a_note(control, memory):
    """F-50: 1,024 of its entries are for a knob or a gate that goes to 0, a note that is let go, and a panic."""
    memory[at.LOG_HEAD] = oldest_needed(memory) + limits.LOG_RING_ENTRIES - 1 - RESERVED - 1
    assert told(control, "/mod/tone/freq", 200.0) == [], "the last entry that anything may take"
    head = control.log.head
    for address, *args in OTHERS:
        ((fail, what, code, why),) = told(control, address, *args)
        assert (fail, what, code) == ("/fail", address, "busy") and "send again in a moment" in why
    assert control.log.head == head
    for address, *args in ENDINGS:
        assert told(control, address, *args) == []
    entries = control.log.entries(head)
    assert [entry.kind for entry in entries] == [SET, PANIC, NOTE, SET, SET] and all(entry.value == 0.0 for entry in entries if entry.kind == SET)


def test_what_is_reserved_has_an_end_too(control, memory):
    """What a replica that joins still needs is never overwritten."""
    memory[at.LOG_HEAD] = oldest_needed(memory) + limits.LOG_RING_ENTRIES - 2
    assert told(control, "/gate/env", 0) == []
    for address, *args in (*ENDINGS, *OTHERS):
        assert told(control, address, *args)[0][2] == "busy"


def test_the_end_of_a_session_is_on_the_disk_when_control_ends(control, synced):
    control.finish()
    assert synced == [control.journal.size]
    assert b'"command":"' + END.encode() in journal_path(control.folder).read_bytes().splitlines()[-1]


class Enough(Exception):
    """Time stops."""


def test_the_journal_is_forced_to_the_disk_once_a_second(tmp_path, synced, monkeypatch):
    """It goes on after a disk that refused, and the status tells of that."""
    slept, troubles = [], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) > 3:
            raise Enough

    def broken(descriptor: int) -> None:
        synced.append(descriptor)
        raise OSError(5, os.strerror(5))

    monkeypatch.setattr(main, "time", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(main, "linux", SimpleNamespace(ordinary=lambda: None))
    journal = Journal.create(tmp_path / "journal.jsonl", {"rate": 48_000, "block": 64, "seed": 0, "versions": {}, "patch": {}})
    with pytest.raises(Enough):
        keep_on_disk(SimpleNamespace(journal=journal, trouble=lambda *what: troubles.append(what)))
    assert synced == [journal.size] * 3 and slept == [main.SYNC_SECONDS] * 4 and not troubles
    monkeypatch.setattr(os, "fdatasync", broken)
    slept.clear()
    with pytest.raises(Enough):
        keep_on_disk(SimpleNamespace(journal=journal, trouble=lambda *what: troubles.append(what)))
    assert len(synced) == 6 and [what for what, _ in troubles] == ["disk"] * 3 and "power cut" in troubles[0][1]
    journal.close()


def test_control_begins_the_thread_that_forces_the_journal_to_the_disk(memory, synced, monkeypatch):
    begun = []
    monkeypatch.setattr(main, "threading", SimpleNamespace(Thread=lambda **given: SimpleNamespace(start=lambda: begun.append(given))))
    monkeypatch.setattr(main, "linux", SimpleNamespace(realtime=lambda role: None))
    monkeypatch.setattr(main, "gc", SimpleNamespace(collect=lambda: None, freeze=lambda: None))
    monkeypatch.setattr(main, "sys", SimpleNamespace(setswitchinterval=lambda seconds: None))
    memory[at.STOP] = 1
    assert main.run(memory, Door()) == 0
    (thread,) = begun
    assert thread["target"] is keep_on_disk and thread["daemon"] and isinstance(thread["args"][0], Control)
    assert len(synced) == 1, "the end of the session is forced, too"
    thread["args"][0].journal.close()


def reach(memory, block: int, module: str) -> None:
    """A verdict that a replica has taken."""
    number, place = memory[at.VERDICT_HEAD], post(memory.base, block, 5, LOOP_REASON) - memory.base
    memory[place] = memory[place] - 1 + TAKEN
    memory[at.VERDICT_MODULES + 8 * number] = 2 * key_of(module) + 1


def test_a_verdict_is_journaled_once_whenever_control_dies(control, memory, monkeypatch):
    """In the journal, and not told yet: the next control finds it there."""
    reach(memory, 7, "env")
    monkeypatch.setattr(control.playing, "told", lambda number: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        control.settle_verdicts()
    follower = Control(memory, Door())
    for block, module in ((7, "tone"), (9, "env")):
        reach(memory, block, module)
        follower.settle_verdicts()
    follower.journal.close()
    lines = [line for line in journal_lines(journal_path(follower.folder)) if line.command == BYPASSED]
    assert [(line.frame, line.args[0]) for line in lines] == [(7 * 64, "env"), (7 * 64, "tone"), (9 * 64, "env")]
    assert memory[at.VERDICTS_TOLD] == 3


def test_names_of_modules_that_stay_are_never_forgotten(control, monkeypatch):
    """Nor those of the engine's own modules: a verdict in the journal without a name would bypass nobody when it is played again."""
    monkeypatch.setattr(playing, "NAMES_KEPT", 40)
    for number in range(50):
        control.playing.learn(Patch([*PATCH.modules.values(), Module(f"m{number}", "gain")], PATCH.cables))
    assert len(control.playing.names) <= 40
    assert {control.playing.names[key_of(id_)][0] for id_ in ("keys", "env", "tone", TONE.id, MASTER)} == {"keys", "env", "tone", TONE.id, MASTER}
