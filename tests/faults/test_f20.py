"""F-20: a damaged block, header, log entry or score in shared memory. The checksum refuses it, the other ring is used, nothing is lost."""

import json
import os
import signal

from engine_process import REPLICAS, until

from chronus import limits
from chronus.control.replay import SCORED
from chronus.replica.tempo import WHERE
from chronus.shared import layout as at
from chronus.shared.score import SCORE_BYTES, SCORE_HEADER

LEAD = 64                                # blocks: 85 ms in which a block lies in the ring and waits


def damage_ahead(engine, word: int, blocks: int = 8) -> int:
    """Flips bits in a block of the slot that is heard, after it was rendered and before it is due; how many blocks were hit."""
    hit = 0
    for _ in range(200):
        if hit == blocks:
            break
        slot, number = engine[at.CHOSEN], engine[at.PLAYED] + LEAD // 2
        if engine[at.slot_word(slot, at.HEAD)] <= number or engine[at.slot_word(1 - slot, at.HEAD)] <= number:
            engine.advance(1)
            continue
        place = engine[at.H_AUDIO] + (slot * limits.AUDIO_RING_BLOCKS + number % limits.AUDIO_RING_BLOCKS) * engine[at.H_AUDIO_STRIDE]
        engine.memory[place + word] = engine.memory[place + word] ^ 0x40000
        hit += engine[at.PLAYED] < number
        engine.advance(LEAD)
    return hit


def test_damaged_samples_are_refused_and_the_other_ring_is_played(start):
    engine = start(lead=LEAD)
    engine.redundant()
    with engine.take("damaged-samples"):
        engine.play(4)
        hit = damage_ahead(engine, at.BLOCK_SAMPLES + 128)
        engine.play(4, seed=1)
    assert hit and engine[at.BAD_CHECKSUMS] >= hit
    assert engine.client.status()["damaged"]["blocks"] == engine[at.BAD_CHECKSUMS]


def test_a_damaged_header_is_not_believed(start):
    engine = start(lead=LEAD)
    engine.redundant()
    with engine.take("damaged-headers"):
        engine.play(4)
        assert damage_ahead(engine, at.BLOCK_NUMBER)
        engine.play(4, seed=1)


def test_a_damaged_log_entry_and_a_damaged_score_are_left_out_by_everybody(start):
    engine = start(lead=LEAD)
    engine.redundant()
    with engine.take("damaged-entry"):
        engine.play(4)
        stopped = [engine.memory.pid(role) for role in ("supervisor", *REPLICAS)]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            index = engine[at.LOG_HEAD]
            engine.client.send("/mod/sine/freq", 5000.0)
            until(lambda: engine[at.LOG_HEAD] > index, "the entry")
            place = engine[at.H_LOG] + (index % limits.LOG_RING_ENTRIES) * at.ENTRY_BYTES
            engine.memory[place + at.E_VALUE] = engine.memory[place + at.E_VALUE] ^ 1
            engine.client.send("/seq/create", "tick", "adsr", "X.x.")
            until(lambda: engine[at.LOG_HEAD] > index + 1, "the score's entry")
            score = engine[at.H_SCORES] + (engine[place + at.ENTRY_BYTES + at.E_EXTRA] & WHERE) * SCORE_BYTES
            engine.memory[score + SCORE_HEADER] = engine.memory[score + SCORE_HEADER] ^ 1 << 62
            engine.client.send("/seq/start", "tick", "now")
        finally:
            for pid in reversed(stopped):
                os.kill(pid, signal.SIGCONT)
        assert engine.ask("/sync", 1).ok
        engine.play(8, seed=1)
    assert engine[at.BAD_ENTRIES] > 0
    assert not [line for line in engine.journal() if line.args == [5000.0] or line.command == SCORED]
    assert json.loads(engine.ask("/time").args[-1])["runs"] == 0
    assert engine.client.status()["restarts"]["control"] == 0, "control died of it"
