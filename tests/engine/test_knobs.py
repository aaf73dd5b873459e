"""Where the knobs stand is told as it sounds: whoever turned them, whatever was taken back, whoever died meanwhile."""

import json
import time

import pytest
from engine_process import until

FAR = "/patch/set", "filter", "cutoff", 900.0


def told(engine, address: str) -> float:
    return engine.ask(address).args[0]


@pytest.fixture
def begun(engine):
    for address, *args in (("/panic",), ("/patch/load", "default"), ("/mod/sine/freq", 111.0), ("/mod/filter/cutoff", 222.0)):
        assert engine.client.ask(address, *args).ok
    return engine


def test_what_is_asked_right_behind_a_command_has_heard_of_it(begun):
    """The question by another name of the knob, since a client tells answers apart by their addresses."""
    asked = []
    for i in range(50):
        begun.client.post("/mod/sine/freq", 100.0 + i / 3)
        asked.append(begun.client.post("/mod/sine/frequency"))
    assert [begun.client.wait(ticket).args[0] for ticket in asked] == [100.0 + i / 3 for i in range(50)]


def test_a_value_of_its_own_frame_counts_when_it_has_come_and_not_over_a_newer_one(begun):
    assert begun.ask("/mod/filter/cutoff", 800.0, tag=time.time() + 0.5).ok
    assert told(begun, "/mod/filter/cutoff") == 222.0
    until(lambda: told(begun, "/mod/filter/cutoff") == 800.0, "the tagged value")
    assert begun.ask("/mod/filter/cutoff", 300.0, tag=time.time() + 0.3).ok and begun.ask("/mod/filter/cutoff", 500.0).ok
    until(lambda: told(begun, "/mod/filter/cutoff") == 300.0, "the tagged value")
    assert begun.ask("/mod/filter/cutoff", 500.0).ok
    begun.advance(300)
    assert told(begun, "/mod/filter/cutoff") == 500.0


def test_they_are_told_as_they_stand_when_control_comes_back(begun):
    """What a commit set, what was turned since, a gate that is open, and numbers as people write them."""
    for edit in (FAR, ("/patch/commit",)):
        assert begun.ask(*edit).ok
    assert begun.ask("/mod/sine/freq", 330.1).ok and begun.ask("/gate/adsr", 0.7).ok
    begun.replaced("control", begun.kill("control"))
    found = {address: told(begun, address) for address in ("/mod/filter/cutoff", "/mod/sine/freq", "/mod/adsr/gate")}
    assert found == {"/mod/filter/cutoff": 900.0, "/mod/sine/freq": 330.1, "/mod/adsr/gate": 0.7}


def test_what_a_sequencer_turns_is_told_and_saved(begun):
    for command in (("/seq/create", "lane", "adsr", "X..."), ("/seq/param_lane", "lane", "filter/cutoff", 1_250.5), ("/seq/start", "lane", "now")):
        assert begun.ask(*command).ok
    until(lambda: told(begun, "/mod/filter/cutoff") == 1_250.5, "what the lane turned")
    assert begun.ask("/seq/delete", "lane", "now").ok
    live = json.loads(begun.ask("/patch/show").args[0])
    assert next(m["params"]["cutoff"] for m in live["modules"] if m["id"] == "filter") == 1_250.5


def test_a_panic_is_told_at_once(begun):
    assert begun.ask("/gate/adsr", 1.0).ok and told(begun, "/mod/adsr/gate") == 1.0
    panic = begun.client.post("/panic")
    assert told(begun, "/mod/adsr/gate") == 0.0 and begun.client.wait(panic).ok
