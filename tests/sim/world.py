"""The engine in one process: the real protocol code in simulated processes, and a supervisor and a control in miniature."""

import os
from contextlib import ExitStack
from functools import cache
from random import Random
from unittest.mock import patch

import numpy as np
from .oracle import MOST_ENTRIES, Oracle, entries
from .promises import CATCH_UP_NS, MS, Promises
from .scheduler import Scheduler

from chronus import limits
from chronus.device import callback, null
from chronus.native import words
from chronus.native.build import native
from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch, default
from chronus.replica import loop, snapshot
from chronus.replica.arena import Kernels, Machine
from chronus.replica import verdicts
from chronus.replica.block import SIGNATURE
from chronus.replica.machine import run_block
from chronus.replica.sides import M_ARENA, M_CRUMB
from chronus.shared.program import CRUMB_SIDE
from chronus.shared import layout as at
from chronus.shared import program as pr
from chronus.shared import rings
from chronus.shared.log import COMMIT, PANIC, RETRY, SET, Entry, Log, pack
from chronus.shared.memory import Memory
from chronus.supervisor import watch

RATE, BLOCK = 48_000, 64
SLOW_NS = 13 * MS                   # a block of a module that takes ten times too long
SLICE_NS = 50_000                   # who is asked how much it has used by now tells it as finely as this
SETTLE_NS = 6 * MS                  # after the device itself came late it may ask for some blocks at once
# How long an access takes at most, by itself and when interrupted, in ns, and how many there are to one that is interrupted.
# In a storm a block may come late for no other reason.
WEATHER = {"calm": (500, 5_000, 50), "breeze": (1_500, 30_000, 50), "wind": (2_000, 60_000, 50), "storm": (2_000, 1_500_000, 200)}
TURNED = ((("sine", "freq"), 50, 5000), (("sine", "gain"), 0.1, 1), (("filter", "cutoff"), 100, 9000))
GATE, UNKNOWN = (("adsr", "gate"), 0, 1), (("nobody", "knows"), 0, 1)
FIRST_BLOCKS = (0, 0, 999_936, (1 << 31) - 320, (1 << 32) - 320)
FIRST_ENTRIES = (0, 0, (1 << 31) - 40, (1 << 32) - 40)


@cache
def compiled():
    """Patches to change between and, as native code, what is not part of the protocol: a block, and a checksum of memory that one process owns."""
    modules, cables = list(default().modules.values()), default().cables
    louder = Patch([*modules, Module("more", "gain", {"gain": 1.5})], [*cables[:-1], Cable("filter", "low", "more", "audio"), Cable("more", "out", OUT, "")])
    beside = Patch([*modules, Module("two", "sine", {"freq": 333.0, "gain": 0.1})], [*cables, Cable("two", "out", OUT, ""), Cable("two", "out", "two", "freq", 9.0)])
    programs = [compile_patch(patch, RATE, BLOCK) for patch in (default(), louder, beside)]
    return programs, native(run_block, SIGNATURE), native(rings.checksum, "int64(intp, intp)")


class Crashed(Exception):
    """Ends a simulated process as a crash handler does."""


class World(Promises):
    """All of the engine. `play` lets virtual time pass; an AssertionError says which promise was broken, and when."""

    def __init__(self, seed: int, folder, lead: int | None = None, weather: str | None = None, patches=()):
        self.seed, self.random = seed, Random(f"{seed}/world")
        self.first_block = self.random.choice(FIRST_BLOCKS)
        self.first_entry = self.random.choice(FIRST_ENTRIES)
        self.block = BLOCK
        self.lead = lead or self.random.choice((2, 3, 4, 4, 8, 32))
        weather = weather or self.random.choice(list(WEATHER))
        self.scheduler = Scheduler(f"{seed}/scheduler", *WEATHER[weather])
        self.stormy = weather == "storm"
        self.scheduler.ended = self.ended
        programs, self.native_block, self.native_checksum = compiled()
        self.programs, self.knobs = [program.words for program in programs], programs[0].knobs
        self.crashes, self.crashed = set(), 0
        self.hangs, self.hung, self.slow_from = set(), [], None
        self.memory = Memory.create(folder / "engine", RATE, BLOCK, self.lead)
        self.log = Log(self.memory)
        self.oracle = Oracle(folder, self.programs, RATE, BLOCK, self.first_block, self.first_entry, self.native_block)
        self.processes, self.journal, self.cuts = {}, [], []
        self.damaged_blocks, self.damaged_snapshot = set(), None
        self.caught_up, self.last_well, self.strict_from, self.away = [False, False], [0, 0], 0, set()
        self.ticks, self.checked = 0, 0
        self.stack = ExitStack()
        self.take_over(patches)
        self.lay_out()
        # in every one of the programs: the same operation is the filter's kernel
        self.operation = 1 + next(i for i in range(int(self.programs[0][pr.P_OPERATION_COUNT // 8])) if self.is_filter(i))

    def is_filter(self, index: int) -> bool:
        """Whether an operation of the first program is the kernel of the filter."""
        words_, at_ = self.programs[0], (int(self.programs[0][pr.P_OPERATIONS // 8]) + index * pr.OPERATION_BYTES) // 8
        return int(words_[at_]) == pr.KERNEL and int(words_[(int(words_[at_ + pr.O_C // 8]) + pr.R_KEY) // 8]) == pr.key_of("filter")

    # setting up

    def take_over(self, patches) -> None:
        """Puts virtual meanings in the place of `native.words` where the protocol imported them, and native code where nothing is shared."""
        own = {name: getattr(self.scheduler, name) for name in ("wait", "wake", "monotonic_ns", "sleep_until", "cpu_time_ns")}
        own |= {"copy": self.copy, "checksum": self.native_checksum, "poke": self.poke}
        for module in (rings, snapshot, loop, callback, null, verdicts):
            for name in own.keys() & vars(module).keys():
                self.stack.enter_context(patch.object(module, name, own[name]))
        self.stack.enter_context(patch.object(words, "pause", self.scheduler.pause))
        self.stack.enter_context(patch.object(loop, "play_block", self.run_block))
        self.stack.enter_context(patch.object(null, "play_block", self.play_block))
        self.stack.enter_context(patch.object(watch, "cpu_time_of", self.scheduler.cpu_time_ns))
        for module, name, function in patches:
            self.stack.enter_context(patch.object(module, name, function))

    def lay_out(self) -> None:
        """The memory as the supervisor leaves it before the first process: program, rings of an earlier time, a snapshot at rest."""
        memory, plan = self.memory, self.memory.plan
        for area, words in enumerate(self.programs):
            memory.put_program(area, words, area + 1)
        for word in (at.PLAYED, at.DECIDED):
            memory[word] = self.first_block
        for word in (at.LOG_HEAD, at.JOURNALED):
            memory[word] = self.first_entry
        past = np.arange(max(0, self.first_block - limits.CUT_RING_BLOCKS), self.first_block)
        tags = ((past + 1) << 32) | (self.first_entry & rings.LOW)
        memory.words[plan.cut // 8 + past % limits.CUT_RING_BLOCKS] = tags
        self.kernels = Kernels(memory)
        self.kernels.load()
        self.arenas = [memory.bytes[plan.arena + i * limits.ARENA_BYTES:][:limits.ARENA_BYTES] for i in (0, 1)]
        used = max(int(words[pr.P_SIDE_BYTES // 8]) for words in self.programs)
        sides = [(pr.side_offset(side), used) for side in (0, 1)]
        arenas = [plan.arena + i * limits.ARENA_BYTES for i in (0, 1)]
        places = [plan.snapshot + i * at.SNAPSHOT_STRIDE for i in range(2 * at.SNAPSHOTS_PER_SLOT)]
        shared = [(0, at.FIXED), (plan.audio, plan.cut), (plan.tap, plan.size), *((p, p + at.SNAPSHOT_STRIDE) for p in places)]
        self.writable = [*shared, *((a, a + pr.SIDES) for a in arenas), *((a + begin, a + begin + size) for a in arenas for begin, size in sides)]
        self.readable = self.writable
        machine = self.machine(0)
        machine.begin(0)
        state = self.arenas[0][:pr.ARENA_HEADER].view(np.int64)
        state[pr.A_BLOCK // 8], state[pr.A_APPLIED // 8] = self.first_block, self.first_entry
        snapshot.save_snapshot(machine.address, 0)

    def machine(self, slot: int) -> Machine:
        return Machine(self.memory, self.arenas[slot], self.kernels, self.memory.base + at.slot_word(slot, at.CRUMB), self.memory.lines(slot))

    def start(self, role: str) -> None:
        """A new process for a role, entered into the table as the supervisor does."""
        if role in self.away or (role in self.processes and self.processes[role].alive):
            return
        slot = int(role[-1]) if role.startswith("replica") else None
        body = {"device": lambda: null.run_null(self.memory.base), "control": self.control}.get(role, lambda: self.replica(slot))
        process = self.processes[role] = self.scheduler.spawn(role, body)
        self.memory[at.role_line(role) + at.PID] = process.pid
        if slot is not None:
            self.memory[at.slot_word(slot, at.HEAD)] = 0
        self.disturb(role)

    def replica(self, slot: int) -> int:
        """What replica/main.py does, without what concerns a real process."""
        machine = self.machine(slot)
        self.memory[at.slot_word(slot, at.FAULT_BLOCK)] = -1
        self.memory[at.slot_word(slot, at.CRUMB)] = 0
        try:
            return loop.run_replica(machine.address, slot)
        except Crashed:
            return loop.LEFT_BEHIND

    # stand-ins

    def copy(self, target: int, source: int, count: int) -> None:
        """`words.copy`, which must stay inside what belongs together, and which others can see half done."""
        for place, regions in ((target, self.writable), (source, self.readable)):
            inside = any(begin <= place - self.memory.base and place - self.memory.base + count <= end for begin, end in regions)
            assert count >= 0 and inside, f"{count} bytes copied across the border of their region (offset {place - self.memory.base:#x})"
        half = self.random.randrange(count + 1) & ~7 if self.random.random() < 0.3 else 0
        self.scheduler.pause()
        if half:
            words.ctypes.memmove(target, source, half)
            self.scheduler.pause()
        words.ctypes.memmove(target + half, source + half, count - half)

    def poke(self, pid: int) -> None:
        """What guard.on_poke does in a replica that runs."""
        self.scheduler.pause()
        for slot in (0, 1):
            process = self.processes.get(f"replica {slot}")
            if process is not None and process.pid == pid and process.alive and not process.stopped:
                if self.memory[at.slot_word(slot, at.FAULT_BLOCK)] >= 0:
                    self.scheduler.at(0, lambda role=process.name: self.kill(role))
                self.memory[at.slot_word(slot, at.ANSWERED_CPU)] = process.cpu_ns

    def run_block(self, machine: int, block: int, until: int) -> int:
        """A block of sound, natively; it can be killed or held up while its breadcrumb is out."""
        crumb = words.load(machine + M_CRUMB)
        words.store_release(crumb, block * loop.CRUMB_OPERATIONS + 1)
        self.scheduler.spend(self.scheduler.random.randrange(20_000, 120_000))
        if block in self.crashes | self.hangs and not self.is_judged(machine, block):
            self.fail(machine, block, until)
        if self.slow_from is not None and block >= self.slow_from and not any(self.slow_from <= accused <= block for accused in self.looped()):
            for _ in range(SLOW_NS // SLICE_NS):
                self.scheduler.spend(SLICE_NS)
        result = self.native_block(machine, block, until)
        self.scheduler.pause()
        return result

    def is_judged(self, machine: int, block: int) -> bool:
        """Whether the verdict about a block is there: then its module is bypassed."""
        number = words.load(words.load(machine + M_ARENA) + pr.A_JUDGED)
        while word := self.memory[at.VERDICT_WORDS + 8 * number]:
            if verdicts.block_of(word) == block & rings.LOW and word % verdicts.STATE != verdicts.ANNULLED:
                return True
            number += 1
        return False

    def looped(self) -> set[int]:
        """The blocks in which somebody was accused of a loop."""
        posted = [self.memory[at.VERDICT_WORDS + 8 * number] for number in range(self.memory[at.VERDICT_HEAD])]
        return {verdicts.block_of(word) for word in posted if word and verdicts.reason_of(word) == pr.LOOP_REASON}

    def fail(self, machine: int, block: int, until: int) -> None:
        """A module that crashes or never returns in this block."""
        arena = words.load(machine + M_ARENA)
        kinds = [self.log.read(index).kind for index in range(words.load(arena + pr.A_APPLIED), until)]
        side = words.load(arena + pr.A_SIDE) ^ (kinds.count(COMMIT) & 1)
        operation = side * CRUMB_SIDE + self.operation
        slot = next(slot for slot in (0, 1) if self.arenas[slot].ctypes.data == arena)
        self.scheduler.note(f"a module {'hangs' if block in self.hangs else 'crashes'} in block {block} of replica {slot}")
        if block in self.hangs:
            words.store_release(words.load(machine + M_CRUMB), block * loop.CRUMB_OPERATIONS + operation)
            self.hung.append((slot, block))
            self.processes[f"replica {slot}"].hangs = True
            self.spend_for_ever()
        self.crash(slot, block, operation)

    def spend_for_ever(self) -> None:
        while True:
            self.scheduler.spend(SLICE_NS)

    def crash(self, slot: int, block: int, operation: int) -> None:
        """What guard.on_crash does, then the end."""
        base = self.memory.base
        if words.load_acquire(base + at.slot_word(1 - slot, at.HEAD)) <= block:
            verdicts.post(base, block, operation, 11)
        self.crashed += 1
        words.store_release(base + at.slot_word(slot, at.FAULT_BLOCK), block)
        raise Crashed

    def play_block(self, base: int, target: int) -> int:
        """The callback, with the promise to whoever listens: what is there is played, and a healthy replica has it there."""
        memory, number = self.memory, self.memory[at.PLAYED]
        concealing, bad, self.ticks = memory[at.CONCEALING], memory[at.BAD_CHECKSUMS], self.ticks + 1
        expected = [self.expect(slot, number) for slot in (0, 1)]
        played = callback.play_block(base, target)
        damaged = {slot for slot in (0, 1) if (slot, number) in self.damaged_blocks}
        assert memory[at.BAD_CHECKSUMS] - bad <= len(damaged), f"block {number} was refused though nobody damaged it"
        assert played or not any(ready for slot, ready in enumerate(expected) if slot not in damaged), f"block {number} was there and was not played"
        if played:
            assert memory[at.PLAYED] == number + 1, f"after block {number} PLAYED is {memory[at.PLAYED]}"
            self.check_played()
            heard = memory.bytes[target - base:target - base + 4 * at.CHANNELS * BLOCK].tobytes()
            assert concealing or heard == self.reference(number), f"the card got another block {number} than the tap"
        return played

    # control, in miniature

    def control(self) -> None:
        """Appends commands, follows what was decided, keeps a journal. May end between any two of these."""
        scheduler, log, random = self.scheduler, Log(self.memory), self.random
        self.log = log
        self.come_back()
        while True:
            scheduler.sleep_until(scheduler.now + random.randrange(100_000, 6 * MS))
            for _ in range(random.choice((0, 1, 1, 2, 5, 40))):
                entry = self.command()
                self.oracle.mean(log.head, np.frombuffer(pack(entry, log.head), np.uint8)[None])
                log.append(entry)
            self.follow()

    def come_back(self) -> None:
        """What the one before wrote into the journal and did not live to settle is settled now."""
        if self.journal and self.journal[-1][0] >= self.memory[at.JOURNALED]:
            self.log.settle(self.journal[-1][0] + 1)

    def follow(self) -> None:
        for entry in self.log.decided():
            self.scheduler.pause()
            self.journal.append((entry.index, entry.applied, entry.value))
            self.scheduler.pause()
            self.log.settle(entry.index + 1)
            self.scheduler.pause()

    def command(self) -> Entry:
        """Any command: at once, at a frame of its own, late, a panic, a knob that there is not."""
        random, now = self.random, self.memory[at.PLAYED] * BLOCK
        if self.log.head == self.first_entry:
            return Entry(SET, self.knobs["adsr", "gate"], 1.0)
        if random.random() < 0.02:
            return Entry(COMMIT, random.randrange(len(self.programs)), float(random.choice((0, 3, 100))))
        if random.random() < 0.01:
            return Entry(RETRY, pr.key_of(random.choice(("sine", "filter"))), 0.0)
        frame = random.choice((-1, -1, 0, now - 300, now + random.randrange(20 * BLOCK), now + random.randrange(200 * BLOCK)))
        target, low, high = random.choice((*TURNED, UNKNOWN, GATE))
        if random.random() < 0.02:
            return Entry(PANIC, 0, 0.0)
        value = random.uniform(low, high)
        return Entry(SET, self.knobs.get(target, 10_000), float(value > 0.2) if target == GATE[0] else value, max(-1, frame))

    # a supervisor, in miniature

    def kill(self, role: str) -> None:
        """kill -9 of a role, whose arena may be left in any state; the supervisor hears of it a little later."""
        process = self.processes.get(role)
        if process is not None and process.alive:
            self.scheduler.kill(process)
            self.gone(role)

    def ended(self, process) -> None:
        """A process that ended by itself."""
        assert process.name.startswith("replica") and process.result == loop.LEFT_BEHIND, f"{process.name} ended with {process.result}"
        self.gone(process.name)

    def gone(self, role: str) -> None:
        self.disturb(role)
        if role.startswith("replica"):
            used = pr.side_offset(1) + int(self.programs[0][pr.P_SIDE_BYTES // 8])
            self.arenas[int(role[-1])][:used] = np.frombuffer(np.random.default_rng(self.random.getrandbits(64)).bytes(used), np.uint8)
        self.scheduler.at(self.random.randrange(50_000, 3 * MS), lambda: self.bury(role))

    def bury(self, role: str) -> None:
        if role.startswith("replica") and not self.processes[role].alive:        # `finish` has started another one
            slot = int(role[-1])
            self.memory[at.LEADER] = 1 - slot
            self.memory[at.slot_word(slot, at.FAULT_BLOCK)], self.memory[at.slot_word(slot, at.CRUMB)] = -1, 0
        self.scheduler.at(self.random.randrange(1 * MS, 12 * MS), lambda: self.start(role))

    def end_loops(self) -> None:
        """The supervisor's round."""
        for slot in (0, 1):
            process = self.processes.get(f"replica {slot}")
            if process is not None and process.alive and self.loops.looping(slot, process.pid):
                self.kill(process.name)
        self.scheduler.at(self.random.randrange(5 * MS, 6 * MS), self.end_loops)

    def hold(self, role: str, nanoseconds: int, visibly: bool, charged: bool = False) -> None:
        """SIGSTOP and SIGCONT (the supervisor may find it and end the process), or, not `visibly`, no CPU for a while; if `charged` it has used it for all that."""
        process = self.processes.get(role)
        if process is None or not process.alive or process.stopped:
            return
        self.scheduler.note(f"{role} is {'stopped' if visibly else 'robbed' if charged else 'starved'} for {nanoseconds / MS:.2f} ms")
        self.scheduler.stop(process)
        self.disturb(role)

        def go_on():
            if process.alive:
                process.cpu_ns += nanoseconds if charged else 0
                self.scheduler.resume(process)
                self.disturb(role)

        def look():
            if process.alive and process.stopped:
                self.kill(role)

        self.scheduler.at(nanoseconds, go_on)
        if visibly:
            self.scheduler.at(self.random.randrange(5 * MS, 55 * MS), look)

    def rob(self, nanoseconds: int) -> None:
        """All stand still for a while, and replicas at work are charged for it."""
        for role in self.processes:
            self.hold(role, nanoseconds, visibly=False, charged=role.startswith("replica") and self.is_at_work(int(role[-1])))

    def is_at_work(self, slot: int) -> bool:
        return self.memory[at.slot_word(slot, at.CRUMB)] % loop.CRUMB_OPERATIONS != 0

    def disturb(self, role: str) -> None:
        """Nothing is promised of a process just after this."""
        if role.startswith("replica"):
            slot = int(role[-1])
            self.caught_up[slot], self.last_well[slot] = False, self.scheduler.now
        if role == "device":
            self.strict_from = self.scheduler.now + SETTLE_NS

    # running

    def play(self, nanoseconds: int) -> None:
        self.scheduler.run(self.scheduler.now + nanoseconds)

    def begin(self) -> None:
        for role in ("replica 0", "replica 1", "control", "device"):
            self.start(role)
        self.strict_from = 30 * MS
        self.loops = watch.LoopWatch(self.memory)
        self.watch()
        self.end_loops()

    def finish(self) -> None:
        """Without faults all is well again soon, nothing decided or played has changed, and the journal has every command once."""
        self.away.clear()
        for role in ("replica 0", "replica 1", "control", "device"):
            self.scheduler.at(0, lambda role=role: self.start(role))
        self.play(CATCH_UP_NS + 120 * MS)
        before, underruns = self.memory[at.PLAYED], self.memory[at.UNDERRUNS]
        self.play(60 * MS)
        assert self.memory[at.PLAYED] - before >= (22 if self.stormy else 44), "the music does not flow again"
        assert self.memory[at.UNDERRUNS] == underruns or self.stormy, "blocks are late though all is well"
        behind = [slot for slot in (0, 1) if self.scheduler.now - self.last_well[slot] > 20 * MS]
        assert not behind, f"replica {behind} is not in step again"
        self.kill("control")
        self.come_back()
        self.follow()
        self.note_cuts()
        self.check_cuts(0)
        for position in range(self.checked):
            assert self.tapped(self.first_block + position) == self.oracle.blocks[position], "what was tapped has changed since"
        self.check_journal()

    def close(self) -> None:
        self.scheduler.ended = None
        self.scheduler.close()
        self.stack.close()
        self.oracle.close()
        os.close(self.memory.descriptor)

    # commands without number

    def flood(self) -> None:
        """Fills the log as far as control may, in one go; in place of control, and without a journal."""
        self.note_cuts()
        self.memory[at.JOURNALED] = self.cuts[-1]
        count, head = min(self.log.room(), MOST_ENTRIES - self.log.head + self.first_entry), self.log.head
        if count <= 0:
            return
        values = 100.0 + (np.arange(head, head + count) * 7919) % 4096
        targets = np.full(count, self.knobs["sine", "freq"])
        targets[0], values[0] = self.knobs["adsr", "gate"], 1.0
        content = entries(head, -1, SET, targets, values)
        self.oracle.mean(head, content)
        ring = self.memory.bytes[self.memory[at.H_LOG]:][:at.ENTRY_BYTES * limits.LOG_RING_ENTRIES].reshape(-1, at.ENTRY_BYTES)
        ring[np.arange(head, head + count) % limits.LOG_RING_ENTRIES] = content
        self.memory[at.LOG_HEAD] = head + count

