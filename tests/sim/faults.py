"""Harm, from a seed, at rates far above life: something happens to some process or some memory every few milliseconds."""

from random import Random

from chronus import limits
from chronus.shared import layout as at

from .promises import MS
from .world import World


class Injector:
    """Harms a world until it is told to stop. `count` says how often each kind was done."""

    def __init__(self, world: World, mean_ns: int):
        self.world, self.mean_ns, self.random, self.active = world, mean_ns, Random(f"{world.seed}/faults"), True
        self.kinds = {self.kill_replica: 6, self.stop_replica: 5, self.starve_replica: 4, self.rob_all: 4, self.kill_both: 1, self.kill_stopped: 1,
                      self.kill_device: 1, self.starve_device: 1, self.kill_control: 3, self.starve_control: 1, self.damage_block: 5,
                      self.damage_snapshot: 3, self.crash_a_module: 3, self.hang_a_module: 2}
        self.count = {kind.__name__: 0 for kind in self.kinds}
        self.next()

    def next(self) -> None:
        self.world.scheduler.at(int(self.random.expovariate(1.0 / self.mean_ns)) + 1, self.strike)

    def strike(self) -> None:
        if self.active:
            (kind,) = self.random.choices(list(self.kinds), self.kinds.values())
            self.count[kind.__name__] += 1
            kind()
            self.next()

    def replica(self) -> str:
        return f"replica {self.random.randrange(2)}"

    def kill_replica(self) -> None:
        self.world.kill(self.replica())

    def stop_replica(self) -> None:
        self.world.hold(self.replica(), self.random.randrange(100_000, 80 * MS), visibly=True)

    def starve_replica(self) -> None:
        longest = self.random.choice((1, 5, 30, 250)) * MS
        self.world.hold(self.replica(), self.random.randrange(50_000, longest), visibly=False)

    def rob_all(self) -> None:
        """The host of a virtual machine stands still, and who was at work then has used that time, it is said. In the midst of a block, where one is soon."""
        nanoseconds, leader = self.random.randrange(MS, self.random.choice((5, 30, 250)) * MS), self.world.memory[at.LEADER]
        self.wait_for_work(leader, lambda: self.world.rob(nanoseconds))

    def wait_for_work(self, slot: int, act, tries: int = 200) -> None:
        """Does `act` when a replica is at an operation, looked for every 20 microseconds."""
        if self.world.is_at_work(slot) or tries == 0:
            act()
        else:
            self.world.scheduler.at(20_000, lambda: self.wait_for_work(slot, act, tries - 1))

    def kill_both(self) -> None:
        first = self.random.randrange(2)
        self.world.kill(f"replica {first}")
        self.world.scheduler.at(self.random.randrange(10 * MS), lambda: self.world.kill(f"replica {1 - first}"))

    def kill_stopped(self) -> None:
        role = self.replica()
        self.world.hold(role, 90 * MS, visibly=False)
        self.world.scheduler.at(self.random.randrange(20 * MS), lambda: self.world.kill(role))

    def block_to_come(self) -> int:
        """One of the next blocks that no replica, of those that have ended either, has reached: no cut was decided for it."""
        self.world.note_cuts()
        return self.world.first_block + len(self.world.cuts) + self.random.randrange(1, self.world.lead + 4)

    def crash_a_module(self) -> None:
        """A module will crash every replica that comes to one of the next blocks without a verdict."""
        self.world.crashes.add(self.block_to_come())

    def hang_a_module(self) -> None:
        """A module will never return in every replica that comes to one of the next blocks without a verdict."""
        self.world.hangs.add(self.block_to_come())

    def kill_device(self) -> None:
        self.world.kill("device")

    def starve_device(self) -> None:
        self.world.hold("device", self.random.randrange(100_000, 20 * MS), visibly=False)

    def kill_control(self) -> None:
        self.world.kill("control")

    def starve_control(self) -> None:
        self.world.hold("control", self.random.randrange(100_000, 50 * MS), visibly=False)

    def flip(self, offset: int) -> None:
        self.world.memory.bytes[offset] ^= 1 << self.random.randrange(8)

    def damage_block(self) -> None:
        """One bit of a published block that has not been played yet, unless the other slot's copy is damaged already."""
        world, memory, slot = self.world, self.world.memory, self.random.randrange(2)
        number = memory[at.PLAYED] + self.random.randrange(world.lead)
        place = memory[at.H_AUDIO] + (slot * limits.AUDIO_RING_BLOCKS + number % limits.AUDIO_RING_BLOCKS) * memory[at.H_AUDIO_STRIDE]
        if memory[place + at.BLOCK_NUMBER] == number + 1 and (1 - slot, number) not in world.damaged_blocks:
            self.flip(place + at.BLOCK_SAMPLES + self.random.randrange(4 * at.CHANNELS * memory[at.H_BLOCK]))
            world.damaged_blocks.add((slot, number))
            world.scheduler.note(f"block {number} of slot {slot} is damaged")

    def damage_snapshot(self) -> None:
        """One bit of a whole snapshot, header or state, if three others are whole: nothing can be promised without any."""
        world, memory = self.world, self.world.memory
        places = [memory[at.H_SNAPSHOT] + i * at.SNAPSHOT_STRIDE for i in range(2 * at.SNAPSHOTS_PER_SLOT)]
        whole = [p for p in places
                 if 0 < memory[p + at.S_BLOCK] <= memory[at.PLAYED] + 1 and world.damaged_snapshot != (p, memory[p + at.S_BLOCK])]
        if len(whole) < 4:
            return
        place = self.random.choice(whole)
        header = self.random.random() < 0.5
        size = at.S_CHECK + 8 if header else memory[place + at.S_BYTES]
        self.flip(place + (0 if header else at.SNAPSHOT_DATA) + self.random.randrange(size))
        world.damaged_snapshot = (place, memory[place + at.S_BLOCK])
        world.scheduler.note(f"the snapshot at {place:#x} is damaged in its {'header' if header else 'state'}")
