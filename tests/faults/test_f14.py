"""F-14: a bit flips in one replica's state. It is found, the replica that is wrong is named by playing the block again, and replaced."""

import os

import pytest
from engine_process import until

from chronus.replica.witness import NEITHER, NOTHING_TO_SAY, liar
from chronus.shared import layout as at
from chronus.shared import program as pr
from chronus.shared.memory import find_engine

PHASE_BIT = 1 << 27


def place_of_state(memory, slot: int, module: str) -> int:
    """Offset of the first state of a module in a slot's arena."""
    arena = memory[at.H_ARENA] + slot * (memory.plan.events - memory.plan.arena) // 2
    side = memory[arena + pr.A_SIDE]
    words = memory.program(memory[arena + pr.A_AREA_0 + 8 * side])
    for i in range(int(words[pr.P_MODULE_COUNT // 8])):
        row = (int(words[pr.P_MODULES // 8]) + i * pr.MODULE_BYTES) // 8
        if int(words[row + pr.R_KEY // 8]) == pr.key_of(module):
            return arena + pr.side_offset(side) + int(words[row + pr.R_STATE // 8])
    raise AssertionError(f"no module {module}")


@pytest.mark.parametrize("slot", (0, 1))
def test_a_flipped_bit_is_found_and_its_replica_replaced(start, slot):
    engine = start()
    engine.play(5)
    engine.redundant()
    assert engine.ask("/gate/adsr", 1.0).ok
    engine.advance(200)                     # so that each slot has snapshots of this
    memory = find_engine(engine.session, writable=True)
    wrong, right = engine.memory.pid(f"replica {slot}"), engine.memory.pid(f"replica {1 - slot}")
    place = place_of_state(memory, slot, "sine")
    memory.words[place >> 3] ^= PHASE_BIT
    os.close(memory.descriptor)
    until(lambda: engine[at.DISAGREEMENTS] > 0, "a disagreement that is seen")
    until(lambda: engine.memory.pid(f"replica {slot}") not in (0, wrong), "a new process for the slot that was wrong")
    assert engine.memory.pid(f"replica {1 - slot}") == right, "the wrong one was replaced"
    engine.redundant()
    faults = [row["what"] for row in engine.client.status()["faults"]]
    assert any(f"replica {slot} was wrong" in text for text in faults), faults
    before = engine[at.DISAGREEMENTS]
    with engine.take("afterwards"):
        engine.play(5)
    assert engine[at.DISAGREEMENTS] == before, "they still disagree"


@pytest.mark.parametrize("votes, published, slot", (
    ([7, 7, 7, 7], (7, 8), 1), ([7, 7, 8, 7], (8, 7), 0), ([7, 8, 7, 8], (8, 7), 0), ([NOTHING_TO_SAY, 8], (8, 7), 1),
    ([], (7, 8), NEITHER), ([9, 9], (7, 8), NEITHER), ([NOTHING_TO_SAY], (7, 8), NEITHER)))
def test_most_votes_and_then_the_oldest_decide(votes, published, slot):
    assert liar(votes, published) == slot
