"""How the supervisor compares what both replicas rendered."""

from types import SimpleNamespace

import pytest

from chronus.shared import events
from chronus.shared import layout as at
from chronus.shared.memory import Memory
from chronus.supervisor.main import Supervisor
from chronus.supervisor.watch import Comparison, Witness


@pytest.fixture
def memory(tmp_path):
    return Memory.create(tmp_path, 48_000, 64, 4)


def publish(memory, comparison, slot: int, block: int, checksum: int) -> None:
    place = comparison.place(slot, block)
    memory[place + at.BLOCK_NUMBER], memory[place + at.BLOCK_CHECKSUM] = block + 1, checksum
    memory[at.slot_word(slot, at.HEAD)] = block + 1


def test_the_first_block_that_differs_is_found(memory):
    comparison = Comparison(memory)
    for block in range(10):
        publish(memory, comparison, 0, block, 7)
        publish(memory, comparison, 1, block, 8 if block == 6 else 7)
    assert comparison.first_difference() == (6, 7, 8)
    assert comparison.first_difference() is None


def test_what_a_wrong_replica_left_behind_is_not_held_against_the_next_one(memory):
    comparison = Comparison(memory)
    for block in range(10):
        publish(memory, comparison, 0, block, 7)
        publish(memory, comparison, 1, block, 8 if block >= 6 else 7)
    assert comparison.first_difference() == (6, 7, 8)
    comparison.forget()
    assert comparison.first_difference() is None
    for slot in (0, 1):
        publish(memory, comparison, slot, 10, 9 + slot)
    assert comparison.first_difference() == (10, 9, 10)


def test_after_the_answer_of_a_witness_nobody_is_asked_about_what_the_wrong_one_had_rendered(memory):
    """Its rings are full of blocks that differ: each of them would have a healthy replica judged once more."""
    comparison, witness = Comparison(memory), Witness(memory)
    asks = SimpleNamespace(memory=memory, comparison=comparison, witness=witness, disagreed=-10.0, redundant=True)
    for block in range(10):
        publish(memory, comparison, 0, block, 7)
        publish(memory, comparison, 1, block, 8 if block >= 6 else 7)
    Supervisor.agree(asks)
    assert witness.asking and memory[at.WITNESS_BLOCK] == 6
    memory[at.WITNESS_LIAR], memory[at.WITNESS_DONE] = -1, memory[at.WITNESS_REQUEST]
    Supervisor.agree(asks)
    told = memory[at.DISAGREEMENTS]
    asks.disagreed = -10.0
    for _ in range(5):
        Supervisor.agree(asks)
    assert memory[at.DISAGREEMENTS] == told and not witness.asking and memory[at.WITNESS_REQUEST] == 1
    assert [event.kind for event in events.read_events(memory, 0)[0]] == [events.DISAGREEMENT]
