"""What becomes of a commit whose patch does not fit: it is refused, and control goes on; and which memory the next one may take."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from chronus import limits
from chronus.control import commits as commits_module
from chronus.control.commits import LOADING_SECONDS, LOOP_CPU_NS, LOUDEST, REHEARSAL_SECONDS, SHARE, Commits, Pending, free_areas
from chronus.modules import registry
from chronus.modules.registry import modules
from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.replica.arena import table_digests
from chronus.replica.offline import Offline
from chronus.replica.rehearsal import GOOD
from chronus.shared import layout as at
from chronus.shared.memory import Memory

OWN = replace(modules()["gain"], id="foo")
NEW = {"an outlet": replace(OWN, outlets=("sound",)), "an inlet": replace(OWN, inlets=(replace(OWN.inlets[0], name="sound"),), bypass="sound"),
       "a parameter": replace(OWN, params=(replace(OWN.params[0], name="level"),)), "a range": replace(OWN, params=(replace(OWN.params[0], high=1.0),))}


@pytest.fixture
def asked(tmp_path):
    """Commits the patch that plays once more, as after a module of one's own was saved: what was answered."""
    registry.install(OWN)
    playing = Patch([Module("s", "sine"), Module("f", "foo", {"gain": 8.0}), Module("t", "gain")],
                    [Cable("s", "out", "f", "audio"), Cable("f", "out", "t", "audio"), Cable("t", "out", OUT, "")])
    offline = Offline([compile_patch(Patch([], []), 48_000, 64).words], [], 48_000, 64)
    control = SimpleNamespace(memory=offline.memory, folder=tmp_path, commit_is_undecided=lambda: False, clients=SimpleNamespace(listeners=lambda: []),
                              send=lambda *_: None)
    commits, said = Commits(control), []

    def ask(make=lambda: (playing, [], 0)) -> tuple:
        commits.ask(Pending(("x", 0), make, lambda *_: said.append(("done",)), lambda *why: said.append(why)))
        commits.turn()
        return said[-1] if said else ()
    yield ask
    registry.remove("foo")


@pytest.mark.parametrize("what", NEW)
def test_a_module_that_was_saved_with_other_ports_is_refused_where_they_are_in_use(what, asked):
    registry.install(NEW[what])
    code, why = asked()
    assert code in ("unknown-param", "range") and "f" in why


def test_a_mistake_of_ours_takes_one_commit_and_not_control(asked, capsys):
    def mistaken():
        raise ZeroDivisionError("somewhere")
    code, why = asked(mistaken)
    assert code == "internal" and "please report it" in why and "ZeroDivisionError" in capsys.readouterr().err


@pytest.fixture
def memory(tmp_path):
    """That of an engine at rest: program area 0 plays, no entry of the log is undecided."""
    found = Memory.create(tmp_path, 48_000, 64, 4)
    found.put_program(0, compile_patch(Patch([], []), 48_000, 64).words, 1)
    return found


def under_way(memory, patch=Patch([], [])) -> tuple[Commits, list]:
    """A commit that was compiled and waits for what comes next; and what its sender was told."""
    said = []
    commits = Commits(SimpleNamespace(memory=memory, commit_is_undecided=lambda: True))
    commits.current = Pending(("x", 0), lambda: (patch, [], 0), lambda *_: said.append(("done",)), lambda *why: said.append(why))
    commits.current.program = compile_patch(patch, 48_000, 64)
    return commits, said


def judged(memory, share: float = 0.1, peak: float = 1.0, both: float = 0.0) -> list:
    """What is said of a patch that needed this share of a block's time when it was tried, and `both` beside the one before, and was this many times as loud
    as full scale.
    """
    commits, said = under_way(memory)
    commits.step, memory[at.RH_DONE], memory[at.RH_RESULT] = commits.rehearse, commits.current.serial, GOOD
    memory[at.RH_NEW_NS], memory[at.RH_BOTH_NS] = (round(part * 1e9 * memory[at.H_BLOCK] / memory[at.H_RATE]) for part in (share, both or share))
    memory[at.RH_PEAK] = int(np.float32(peak).view(np.int32))
    commits.turn()
    assert said or commits.step == commits.load, "who is not refused goes on"
    return said


@pytest.mark.parametrize("share", (0.8, 1.2))
def test_a_patch_that_needs_too_much_of_a_block_is_refused(memory, share):
    ((code, why),) = judged(memory, share=share)
    assert code == "fault" and f"needs {100 * share:.0f} % of the time" in why and "may need 75; take something out" in why
    assert judged(memory, share=SHARE - 0.01) == []


@pytest.mark.parametrize("frames, most", ((16, 1.25), (64, 1.25), (128, 1.5), (512, 3.0), (1024, 3.0)))
def test_two_patches_that_need_more_than_the_lead_holds_while_they_fade_are_refused(tmp_path, frames, most):
    """A fade takes 512 frames: at 64 eight blocks, at 512 one, in which two patches that may be played fit together."""
    memory = Memory.create(tmp_path, 48_000, frames, 4)
    assert judged(memory, share=0.7, both=most - 0.01) == []
    ((code, why),) = judged(memory, share=0.7, both=most + 0.01)
    assert code == "fault" and "while one fades into the other" in why


MS = 1_000_000


def looked_at(memory, monkeypatch, used: list[int], gone: float = 0.004) -> tuple[int, list]:
    """How often a rehearsal is looked at that uses so much CPU time, in ns, between two looks; and what is said of the patch."""
    now, cpu = [100.0], [0]
    monkeypatch.setattr(commits_module.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(commits_module, "cpu_time", lambda pid: cpu[0])
    monkeypatch.setattr(commits_module.linux, "alive", lambda pid: True)
    monkeypatch.setattr(commits_module.linux, "kill", lambda pid: None)
    commits, said = under_way(memory)
    memory[at.slot_word(at.REHEARSAL_SLOT, at.FAULT_BLOCK)], memory[at.RH_TRIED] = -1, commits.current.serial
    memory[at.RH_DONE], commits.current.since, commits.step, commits.looked = -1, now[0], commits.rehearse, None
    for looks, more in enumerate([0, *used]):
        now[0], cpu[0] = now[0] + gone, cpu[0] + more
        commits.turn()
        if said:
            return looks, said
    return len(used), said


@pytest.mark.parametrize("step", (MS, 4 * MS, 60 * MS, 150 * MS))
def test_a_rehearsal_that_goes_on_using_time_is_a_loop(memory, monkeypatch, step):
    """As soon as it has used too much, however often control comes to look."""
    looks, ((code, _),) = looked_at(memory, monkeypatch, [step] * 700, step / 1e9)
    assert code == "fault" and looks == LOOP_CPU_NS // step


@pytest.mark.parametrize("stalls", ((700,), (389, 400)))
def test_a_rehearsal_on_a_host_that_stood_still_is_no_loop(memory, monkeypatch, stalls):
    """The time of that counts as its own."""
    used = [4 * MS] * 30
    for i, stall in enumerate(stalls):
        used[5 + 9 * i] += stall * MS
    assert looked_at(memory, monkeypatch, used) == (len(used), [])


def test_a_rehearsal_that_gets_nowhere_is_ended_at_last(memory, monkeypatch):
    looks, ((code, _),) = looked_at(memory, monkeypatch, [0] * 100, 0.1)
    assert code == "fault" and looks == pytest.approx(10 * REHEARSAL_SECONDS, abs=1)


def test_a_patch_that_was_too_loud_when_it_was_tried_is_refused(memory):
    """50 times full scale is far below the 1024 that an outlet may put out."""
    ((code, why),) = judged(memory, peak=50.0)
    assert code == "fault" and "50 times as loud as full scale; turn something down" in why
    assert judged(memory, peak=LOUDEST) == []


def area_entry(area: int) -> int:
    return at.AREAS + at.LINE * area + at.AREA_ENTRY


def joined_from(memory, applied: int) -> None:
    """The only snapshot, saved just now, has all entries of the log below `applied` in it."""
    snapshot = memory[at.H_SNAPSHOT]
    memory[at.PLAYED] = memory[snapshot + at.S_BLOCK] = 1_000
    memory[snapshot + at.S_APPLIED] = applied


def test_an_area_is_free_when_the_journal_has_the_entry_that_brought_it_in(memory):
    """A control that comes back reads the patch of a commit that is not in the journal yet from its area."""
    memory[at.LOG_HEAD], memory[at.JOURNALED] = 9, 7
    memory[area_entry(3)], memory[area_entry(4)] = 7, 6
    joined_from(memory, 9)
    assert free_areas(memory) == [area for area in range(1, limits.PROGRAM_AREAS) if area != 3]
    memory[at.JOURNALED] = 8
    assert free_areas(memory) == [*range(1, limits.PROGRAM_AREAS)]


def test_an_area_is_free_when_no_replica_that_joins_would_read_the_entry_that_brought_it_in(memory):
    memory[at.LOG_HEAD] = memory[at.JOURNALED] = 9
    memory[area_entry(3)], memory[area_entry(4)] = 6, 5
    joined_from(memory, 6)
    assert free_areas(memory) == [area for area in range(1, limits.PROGRAM_AREAS) if area != 3]
    memory[at.PLAYED] += 4 * limits.SNAPSHOT_BLOCKS + limits.MAX_LEAD + 1           # nobody joins from so old a one
    assert free_areas(memory) == [*range(1, limits.PROGRAM_AREAS)]


def test_a_commit_waits_while_all_areas_are_needed(memory, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(commits_module.time, "monotonic", lambda: now[0])
    memory[at.LOG_HEAD] = 9
    for area in range(limits.PROGRAM_AREAS):
        memory[area_entry(area)] = 8
    commits, said = under_way(memory)
    commits.step, commits.current.since = commits.place, now[0]
    assert commits.turn() and commits.step == commits.place and not said
    now[0] += LOADING_SECONDS + 0.1
    commits.turn()
    assert said[0][0] == "busy" and "still needed" in said[0][1] and commits.current is None


def sampled(table: str) -> Patch:
    return Patch([Module("tone", "wavetable", tables={"waves": table})], [Cable("tone", "out", OUT, "")])


@pytest.mark.parametrize("more, fits", ((0, True), (1, False)))
def test_a_commit_waits_while_its_tables_have_no_room_beside_those_that_are_needed(memory, more, fits):
    before = compile_patch(sampled("pulses"), 48_000, 64).words
    memory.put_program(3, before, 5)
    memory[at.LOG_HEAD], memory[area_entry(3)] = 9, 8
    commits, said = under_way(memory, sampled("vocal"))
    (old,), (new,) = table_digests(before), table_digests(commits.current.program.words)
    commits.sizes = {old: limits.TABLES_KEPT_BYTES - 100, new: 100 + more}
    commits.step, commits.current.since = commits.place, commits_module.time.monotonic()
    assert commits.turn() and not said and commits.step == (commits.rehearse if fits else commits.place)
    memory[at.JOURNALED] = 9
    assert commits.turn() and commits.step == commits.rehearse, "the tables of a patch that nobody needs any more count no more"
    assert fits or memory[at.AREAS + at.LINE * 3 + at.AREA_LET_GO] == 5
