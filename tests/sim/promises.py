"""What the engine promises, as checks that run all the time while a world is played."""

import numpy as np

from chronus import limits
from chronus.shared import layout as at
from chronus.shared import rings
from chronus.replica.verdicts import ANNULLED, POSTED, STATE, TAKEN, block_of

MS = 1_000_000
CATCH_UP_NS = 200 * MS              # an undisturbed replica is in step by then: at most a few hundred blocks to replay
STEADY = 16                         # how many recent blocks are looked at again each time


class Promises:
    """The checking half of a `World`. `cuts`, `checked` and `journal` hold what was seen so far."""

    def expect(self, slot: int, number: int) -> bool:
        """Whether a slot must have the block that is due; fails where its replica should have rendered it and has not."""
        process, now = self.processes.get(f"replica {slot}"), self.scheduler.now
        if process is None or not process.alive or process.stopped or process.hangs or (slot, number) in self.damaged_blocks:
            return False
        ready = self.memory[at.slot_word(slot, at.HEAD)] > number
        if now >= self.strict_from:
            assert ready or self.stormy or not self.caught_up[slot], f"replica {slot} was in step, nobody harmed it, and block {number} is not there"
            late = now - max(self.last_well[slot], self.strict_from)
            assert ready or late < CATCH_UP_NS, f"replica {slot} is not in step {late / MS:.1f} ms after it was harmed"
            self.caught_up[slot] = ready
            if ready:
                self.last_well[slot] = now
        return ready and self.caught_up[slot]

    def reference(self, number: int) -> bytes:
        """Block `number` as it should be."""
        while number >= self.first_block + len(self.oracle.blocks):
            self.note_cuts()
            position = len(self.oracle.blocks)
            assert position < len(self.cuts), f"block {self.first_block + position} was played before its cut was decided"
            self.oracle.render(self.cuts[position], self.taken(self.first_block + position))
        return self.oracle.blocks[number - self.first_block]

    def taken(self, block: int) -> list[int]:
        """The verdicts about a block, as they were posted."""
        found = [self.memory[at.VERDICT_WORDS + 8 * number] for number in range(self.memory[at.VERDICT_HEAD])]
        mine = [word for word in found if word and block_of(word) == block & rings.LOW]
        assert all(word % STATE in (TAKEN, ANNULLED) for word in mine), f"block {block} was played before a verdict about it was decided"
        return [word - TAKEN + POSTED for word in mine if word % STATE == TAKEN]

    def cut_word(self, position: int) -> int:
        return self.memory[self.memory[at.H_CUT] + 8 * ((self.first_block + position) % limits.CUT_RING_BLOCKS)]

    def note_cuts(self) -> None:
        """Notes cuts as they are decided, and that none changes."""
        while True:
            position, word = len(self.cuts), self.cut_word(len(self.cuts))
            if (word >> 32) & rings.LOW != (self.first_block + position + 1) & rings.LOW:
                break
            before = self.cuts[-1] if self.cuts else self.first_entry
            self.cuts.append(before + rings.ahead(word & rings.LOW, before & rings.LOW))
            assert before <= self.cuts[-1] <= self.log.head, f"block {self.first_block + position} cuts the log at {self.cuts[-1]}"

    def check_cuts(self, first: int) -> None:
        for position in range(max(0, first), len(self.cuts)):
            expected = (((self.first_block + position + 1) & rings.LOW) << 32) | (self.cuts[position] & rings.LOW)
            assert self.cut_word(position) & (1 << 64) - 1 == expected, f"the cut of block {self.first_block + position} changed"

    def tapped(self, number: int) -> bytes:
        place = self.memory[at.H_TAP] + (number % limits.TAP_RING_BLOCKS) * self.memory[at.H_TAP_STRIDE]
        held = self.memory[place + at.TAP_NUMBER] - 1
        assert held == number, f"the tap holds block {held} where {number} belongs"
        return self.memory.bytes[place + at.TAP_SAMPLES:place + at.TAP_SAMPLES + 4 * at.CHANNELS * self.block].tobytes()

    def check_played(self) -> None:
        """Every block that was played since the last look is the next one, and is the oracle's."""
        played = self.memory[at.PLAYED] - self.first_block
        assert played >= self.checked, "PLAYED went back"
        for position in range(self.checked, played):
            assert self.tapped(self.first_block + position) == self.reference(self.first_block + position), \
                f"block {self.first_block + position} is not what the log says"
        self.checked = played

    def check_slots(self) -> None:
        """What a slot publishes is the oracle's; published blocks of one number have one checksum; nobody was accused of anything."""
        played = self.memory[at.PLAYED]
        for slot in (0, 1):
            head = self.memory[at.slot_word(slot, at.HEAD)]
            for number in range(max(self.first_block, head - STEADY), min(head, self.first_block + len(self.oracle.blocks))):
                place = rings.audio_block(self.memory.base, slot, number) - self.memory.base
                if self.memory[place + at.BLOCK_NUMBER] == number + 1:
                    right = self.memory[place + at.BLOCK_CHECKSUM] == self.oracle.checksums[number - self.first_block]
                    assert right, f"slot {slot} publishes a block {number} that is not what the log says"
        for number in range(played, played + self.lead):
            found = set()
            for slot in (0, 1):
                place = rings.audio_block(self.memory.base, slot, number) - self.memory.base
                if self.memory[place + at.BLOCK_NUMBER] == number + 1:
                    found.add(self.memory[place + at.BLOCK_CHECKSUM])
            assert len(found) < 2, f"the replicas disagree about block {number}"
        wrong = {block for block in self.looped() if self.slow_from is None or block < self.slow_from} - {block & rings.LOW for block in self.hangs}
        assert not wrong, f"in blocks {wrong} somebody was accused of a loop; only {self.hangs} had one"

    def watch(self) -> None:
        """The promises that can be looked at from outside, again and again."""
        self.note_cuts()
        self.check_cuts(len(self.cuts) - STEADY - self.lead)
        self.check_played()
        self.check_slots()
        self.scheduler.at(self.random.randrange(MS // 2, MS), self.watch)

    def check_journal(self) -> None:
        assert [index for index, _, _ in self.journal] == list(range(self.first_entry, self.first_entry + len(self.journal))), \
            "the journal has a command twice, not at all, or out of order"
        assert len(self.journal) >= len(self.oracle.applied), "the journal lacks commands that were heard"
        for (index, applied, value), expected in zip(self.journal, self.oracle.applied):
            meant = self.oracle.meant[index - self.first_entry].view(np.float64)[at.E_VALUE // 8]
            assert applied == expected and value == meant, f"the journal says entry {index} was applied at {applied}, not at {expected}"
