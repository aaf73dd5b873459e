"""How many changes of tempo wait: one too many is refused and none is dropped, whether the replicas have read the others yet or not."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path[:0] = [str(Path(__file__).parent)]

from test_changes import BAR, Stage  # noqa: E402

from chronus import limits  # noqa: E402
from chronus.control.commands import Refusal, find  # noqa: E402
from chronus.control.timing import Timing  # noqa: E402
from chronus.native.words import load, load_float64  # noqa: E402
from chronus.replica.tempo import change_at  # noqa: E402
from chronus.shared import score as sc  # noqa: E402
from chronus.shared.log import TEMPO  # noqa: E402

COUNT = limits.TEMPO_CHANGES


class Conductor(Stage):
    """A stage on which the tempo is asked for."""

    def tempo(self, bpm, where: str, moment: int = -1) -> "Conductor":
        call = SimpleNamespace(command=find("/tempo")[0], args=[bpm, where], frame=moment, sender="somebody")
        call.log = lambda kind, target, value, extra=0: self.append(kind, target, value, None, moment, extra)
        self.timing.tempo(call)
        return self

    def fill(self, is_read: bool) -> "Conductor":
        for i in range(COUNT):
            self.tempo(100 + i, f"bar+{i + 1}")
            if is_read:
                self.read()
        return self

    def waits(self) -> list[float]:
        """The tempos that wait in the state of the replica."""
        rows = [change_at(self.time, i) for i in range(load(self.time + sc.Q_CHANGES))]
        return [load_float64(row + sc.C_VALUE) for row in rows if load(row + sc.C_KIND) == TEMPO]


@pytest.fixture
def stage(tmp_path) -> Conductor:
    return Conductor(tmp_path).read(BAR // 2)


@pytest.mark.parametrize("is_read", (False, True))
def test_one_too_many_is_refused_and_all_before_it_come(stage, is_read):
    stage.fill(is_read)
    head = stage.log_of.head
    with pytest.raises(Refusal, match=f"{COUNT} changes of tempo wait .* say this one when the next of them has come") as error:
        stage.tempo(300, f"bar+{COUNT + 1}")
    assert error.value.code == "busy" and stage.log_of.head == head
    assert stage.read().waits() == [100 + i for i in range(COUNT)]
    stage.read(2 * BAR + 10_000).tempo(300, f"bar+{COUNT + 1}")
    assert stage.read().waits() == [*range(101, 100 + COUNT), 300]


@pytest.mark.parametrize("is_read", (False, True))
def test_what_takes_the_place_of_others_has_room(stage, is_read):
    stage.fill(is_read).tempo(300, "bar+3")
    assert stage.read().waits() == [100, 101, 300]
    stage.tempo(310, "now").read()
    assert stage.fill(is_read).read(stage.frame + 1).waits() == [100 + i for i in range(COUNT)]


@pytest.mark.parametrize("is_read", (False, True))
def test_the_next_beat_the_next_bar_and_a_signature_lose_nobody(stage, is_read):
    stage.ask("signature 64/4").read(BAR + 100)
    for i in range(COUNT):
        stage.tempo(100 + i / 2, f"beat+{i + 1}")
    if is_read:
        stage.read()
    stage.ask("signature 4/4").read()
    assert stage.waits() == [100 + i / 2 for i in range(COUNT)]


def test_bundles_that_are_sent_ahead_count_until_they_have_come(stage):
    for i in range(COUNT):
        stage.tempo(100 + i, "beat+100", moment=BAR + i * 64)
    for moment in (-1, BAR):
        with pytest.raises(Refusal):
            stage.tempo(300, "beat+200", moment)
    stage.tempo(300, "bar", BAR).tempo(300, "now", BAR).tempo(300, "beat", BAR)
    stage.timing.tempo_changes.forget()                         # as a panic does
    stage.tempo(300, "beat+200")


@pytest.mark.parametrize("is_read", (False, True))
def test_a_control_that_comes_back_knows_what_waits(stage, is_read):
    stage.fill(is_read)
    stage.timing = Timing(stage.engine)
    with pytest.raises(Refusal):
        stage.tempo(300, f"bar+{COUNT + 1}")
    stage.tempo(300, f"bar+{COUNT - 1}")
