"""How many changes of a sequencer wait: a fifth is refused and none is dropped, whether the replicas have read the others yet or not."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path[:0] = [str(Path(__file__).parent.parent / "replica")]

from band import PATCH, Band, number, onsets  # noqa: E402

from chronus import limits  # noqa: E402
from chronus.control.commands import Refusal, find  # noqa: E402
from chronus.control.timing import Timing  # noqa: E402
from chronus.replica.sides import M_ARENA  # noqa: E402
from chronus.replica.tempo import begin_time  # noqa: E402
from chronus.shared import layout as at  # noqa: E402
from chronus.shared.log import Entry, Log  # noqa: E402
from chronus.shared.program import A_APPLIED, A_BLOCK, TIME  # noqa: E402

BEAT, BAR = 24_000, 96_000
RUNS = ("seq/create a a X...", "seq/config a step 1/4 now", "seq/start a now")


class Stage(Band):
    """A band whose state stands where that of a replica does, and a control that logs; `read` lets the replica read."""

    def __init__(self, folder):
        super().__init__()
        memory = self.memory
        place = memory[at.H_ARENA]
        self.arena = memory.bytes[place:place + limits.ARENA_BYTES]
        self.words[M_ARENA // 8], self.time = memory.base + place, memory.base + place + TIME
        begin_time(self.machine)
        memory[at.slot_word(0, at.HEAD)] = 1
        self.log_of = Log(memory)
        self.engine = SimpleNamespace(memory=memory, log=self.log_of, folder=folder, playing=SimpleNamespace(patch=PATCH), append=self.append)
        self.timing = Timing(self.engine)

    def append(self, kind, target, value, sender, frame=-1, extra=0) -> int:
        return self.log_of.append(Entry(kind, target, value, frame, extra=extra))

    def ask(self, *lines: str, moment: int = -1) -> "Stage":
        """Commands, as control has them. Raises Refusal."""
        for line in lines:
            address, *words = line.split()
            call = SimpleNamespace(command=find("/" + address)[0], args=[number(word) for word in words], frame=moment, sender="somebody")
            call.log = lambda kind, target, value, extra=0, call=call: self.append(kind, target, value, None, call.frame, extra)
            self.timing.sequencer(call)
        return self

    def read(self, frame: int | None = None) -> "Stage":
        """What is in the log is read by the replica, which then plays up to a frame; what was heard is kept."""
        memory, place = self.memory, self.memory[at.H_ARENA]
        for entry in self.log_of.entries(memory[place + A_APPLIED]):
            self.direct(entry.kind, entry.target, entry.value, entry.extra)
        memory[place + A_APPLIED] = self.log_of.head
        self.played = self.until(self.frame + 1 if frame is None else frame)
        memory[place + A_BLOCK] = self.frame // 64
        return self


@pytest.fixture
def stage(tmp_path) -> Stage:
    return Stage(tmp_path).ask(*RUNS).read(BAR // 2)


FOUR = ("bar", "bar+1", "bar+2", "bar+3")
BEATS = {"xx..": (0, 1), "xxx.": (0, 1, 2), "x..x": (0, 3), ".x..": (1,), "..x.": (2,), "x.x.": (0, 2)}


def changes(*places: str) -> list[str]:
    return [f"seq/pattern a {pattern} {place}" for pattern, place in zip(BEATS, places)]


@pytest.mark.parametrize("is_read", (False, True))
def test_a_fifth_change_is_refused_and_the_four_before_it_are_played(stage, is_read):
    for line in changes(*FOUR):
        stage.ask(line)
        if is_read:
            stage.read()
    before = dict(stage.timing.sequences.said["a"]), stage.log_of.head
    with pytest.raises(Refusal, match="4 changes of 'a' wait already; say this one when bar 2 has begun") as error:
        stage.ask("seq/pattern a X bar+4")
    assert error.value.code == "busy" and (stage.timing.sequences.said["a"], stage.log_of.head) == before, "nothing of it was said"
    heard = onsets(stage.read(5 * BAR).played, "a")
    assert heard == [bar * BAR + beat * BEAT for bar, beats in enumerate(list(BEATS.values())[:4], 1) for beat in beats]
    stage.ask("seq/pattern a X bar+4")


@pytest.mark.parametrize("is_read", (False, True))
@pytest.mark.parametrize("place", ("bar+3", "bar+2", "beat", "now"))
def test_one_that_takes_the_place_of_others_has_room(stage, is_read, place):
    stage.ask(*changes(*FOUR))
    if is_read:
        stage.read()
    stage.ask(f"seq/pattern a .... {place}").read(6 * BAR)
    last = {"bar+3": 3 * BAR + 3 * BEAT, "bar+2": 2 * BAR + 2 * BEAT, "beat": None, "now": None}[place]
    assert onsets(stage.played, "a")[-1:] == ([] if last is None else [last]), "it is heard from there on, and nothing else after it"


def test_when_one_has_come_the_next_has_room(stage):
    stage.ask(*changes(*FOUR)).read(BAR + 100)
    stage.ask("seq/pattern a X bar+3")
    with pytest.raises(Refusal):
        stage.ask("seq/pattern a X bar+4")


def test_just_before_a_bar_it_counts_as_if_it_were_read_behind_it(stage):
    """It would be read a few blocks later, maybe in the next bar: then a place that somebody waits for is one that nobody waits for."""
    stage.ask("seq/pattern a x beat+1", *changes("bar+1", "bar+2", "bar+3")).read(BAR - 30_000)
    with pytest.raises(Refusal):
        stage.ask("seq/pattern a X bar+4")
    stage.read(BAR - 100).ask("seq/pattern a X bar+3")
    with pytest.raises(Refusal):
        stage.ask("seq/pattern a X bar+4")


def test_who_stands_still_changes_at_once_and_nothing_waits(tmp_path):
    Stage(tmp_path).ask("seq/create a a X...", *changes(*FOUR, "bar+4", "bar+5")).read().ask(*changes(*FOUR, "bar+4", "bar+5"))


def test_what_is_started_in_the_same_breath_may_run_when_it_is_read(tmp_path):
    stage = Stage(tmp_path).ask(*RUNS, *changes("loop", "loop+1", "loop+2", "loop+3"))
    with pytest.raises(Refusal):
        stage.ask("seq/pattern a X loop+4")


def test_bundles_that_are_sent_ahead_wait_too(stage):
    for i in range(1, 5):
        stage.ask(f"seq/pattern a {'x' * i} now", moment=i * BAR)
    with pytest.raises(Refusal):
        stage.ask("seq/pattern a X now", moment=5 * BAR)
    stage.ask("seq/pattern a X now", moment=4 * BAR)


@pytest.mark.parametrize("is_read", (False, True))
def test_a_control_that_comes_back_knows_what_waits(stage, is_read):
    stage.ask(*changes(*FOUR))
    if is_read:
        stage.read()
    stage.timing = Timing(stage.engine)
    stage.timing.sequences.said.setdefault("a", dict(stage.timing.sequences.said.get("a", {})))
    with pytest.raises(Refusal, match="wait already"):
        stage.ask("seq/pattern a X bar+4")
    stage.ask("seq/pattern a X bar+3")


def test_others_have_room_of_their_own(stage):
    stage.ask("seq/create b b x", "seq/start b now").read()
    stage.ask(*changes(*FOUR)).ask(*(line.replace(" a ", " b ") for line in changes(*FOUR)))
    for id_ in "ab":
        with pytest.raises(Refusal, match=f"changes of '{id_}' wait"):
            stage.ask(f"seq/pattern {id_} X bar+4")
