"""What is shown of a sequencer tells apart what plays and what waits, whether the replicas have read it yet or not."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path[:0] = [str(Path(__file__).parent)]

from test_changes import BAR, RUNS, Stage  # noqa: E402

from chronus.control.commands import find  # noqa: E402
from chronus.shared import score as sc  # noqa: E402
from chronus.shared import scores  # noqa: E402


@pytest.fixture
def stage(tmp_path) -> Stage:
    return Stage(tmp_path).ask(*RUNS).read(BAR // 2)


def show(stage: Stage, id_: str = "a") -> dict:
    found = []
    stage.timing.show(SimpleNamespace(command=find("/seq/show")[0], args=[id_], reply_in_parts=found.append))
    return json.loads(found[0])


def test_what_waits_is_not_what_plays(stage):
    assert show(stage)["pattern"] == "X..." and "waits" not in show(stage)
    stage.ask("seq/pattern a xx.. bar", "seq/config a swing 0.2 pattern xxx. bar+2").read()
    found = show(stage)
    assert found["pattern"] == "X..." and found["waits"] == [{"bar": 2, "pattern": "xx.."}, {"bar": 4, "pattern": "xxx.", "swing": 0.2}]
    stage.read(BAR + 100)
    found = show(stage)
    assert found["pattern"] == "xx.." and found["waits"] == [{"bar": 4, "pattern": "xxx.", "swing": 0.2}]
    stage.read(4 * BAR)
    found = show(stage)
    assert found["pattern"] == "xxx." and found["swing"] == 0.2 and "waits" not in found


def test_what_no_replica_has_read_yet_waits_in_no_bar_that_is_known(stage):
    stage.ask("seq/pattern a xx.. now")
    assert show(stage)["waits"] == [{"pattern": "xx.."}] and show(stage)["pattern"] == "X..."
    assert show(stage.read())["pattern"] == "xx.." and "waits" not in show(stage)
    assert show(stage.ask("seq/create b b x"), "b")["pattern"] == "x", "of what is new there is nothing else"


def test_who_stands_still_waits_for_nothing(stage):
    stage.ask("seq/stop a now").read()
    stage.ask("seq/pattern a xx.. bar+3").read()
    assert show(stage)["pattern"] == "xx.." and "waits" not in show(stage)


def test_a_clock_of_its_own_is_told_in_the_bars_of_the_session(stage):
    stage.ask("seq/bpm a 60").read()
    stage.ask("seq/pattern a xx.. bar").read()
    assert show(stage)["waits"] == [{"bar": 2, "pattern": "xx.."}], "at 1.75 s of a bar of 2 s its own has begun"


@pytest.mark.parametrize("word", (sc.W_TEXT_BYTES, sc.SCORE_TEXT))
def test_a_damaged_score_is_shown_as_what_was_said(stage, word):
    areas = scores.areas_in(stage.arena.view("<i8"), 0) - {-1}
    (area,) = areas
    stage.memory[scores.place(stage.memory, area) + word] = -1
    assert show(stage)["pattern"] == "X..."
