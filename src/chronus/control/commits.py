"""Commits: a new patch is compiled, tried unheard, loaded by both replicas, and put into the log; at each step it may still be refused.

One commit is under way at a time, the others wait. Nothing here waits for anything: `turn` does what can be done now.
"""
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from chronus import limits, linux
from chronus.control.builder import Builder
from chronus.control.clients import actor_of, actor_text
from chronus.control.commands import Refusal, mistake
from chronus.control.own_modules import keep
from chronus.modules.registry import modules
from chronus.native.build import elsewhere, folder
from chronus.native.words import cpu_clock_of
from chronus.patch.compiler import Program, compile_patch
from chronus.patch.graph import Patch, PatchError
from chronus.patch.tables import wanted, with_tables
from chronus.replica.arena import table_digests
from chronus.replica.bypass import FADE_FRAMES
from chronus.shared.program import CRUMB_OPERATIONS, CRUMB_SIDE
from chronus.replica.rehearsal import GOOD, MISSING, NO_BLOCKS, NO_SNAPSHOT, NOT_A_NUMBER, SHARE, TOO_SLOW, counted, with_block
from chronus.replica.swap import COMING_BLOCKS
from chronus.shared import layout as at
from chronus.shared import program as pr
from chronus.shared.bell import strike
from chronus.shared.faults import reason_text
from chronus.shared.log import COMMIT, oldest_needed
from chronus.shared.memory import Memory
from chronus.tables.builtin import DIGESTS
from chronus.tables.decode import Fetching
from chronus.tables.store import TableError
from chronus.workshop.words import WorkshopError

SHARE_OF_BOTH = 0.85                    # of a block's time: what a patch and the one before may need, to play side by side
MOST_OF_BOTH, IN_HAND = 1.25, 2         # for the fade, of 8 blocks, they may need more: the lead holds 2 of them; more yet where the fade is of fewer
PROBATION_SECONDS = 0.5
REHEARSAL_SECONDS, LOADING_SECONDS = 5.0, 5.0
AGAIN_SECONDS, AGAIN_FOR_SECONDS = 0.02, 1.0           # a rehearsal that found no snapshot to begin at is asked for again so often, so long
LOOP_CPU_NS = 600_000_000               # CPU time of a rehearsal beyond which something in it never returns
TRIES = 3                               # of a patch beside one that plays and crashes
NO_SIDE = -1
LOUDEST = 16.0                          # +24 dB over full scale: no patch means that
WAITING = 64                            # commits that wait


@dataclass
class Pending:
    """A commit on its way. `turned` are the parameters that it sets; `make` gives the patch, those, and the last edit's number when its turn
    has come, and the commit before is settled. One without probation is not taken back, whatever its modules do. `behind` is done when it is in
    the log, or refused.
    """

    sender: object
    make: Callable[[], tuple[Patch, list[tuple[str, str]], int]]
    done: Callable[[int, Patch], None]
    refuse: Callable[[str, str], None]
    patch: Patch | None = None
    program: Program | None = None
    staged: int = 0
    turned: list[tuple[str, str]] = field(default_factory=list)
    probation: bool = True
    behind: list[Callable[[], None]] = field(default_factory=list)
    serial: int = 0
    area: int = -1
    since: float = 0.0
    built: float = 0.0
    both: float = 0.0
    tries: int = 0


class Commits:
    """The commits of one engine. `control` is the Control that owns log and patch."""

    def __init__(self, control):
        self.control, self.memory, self.queue, self.current = control, control.memory, deque(), None
        self.step = None
        self.serial = max(area_word(self.memory, area, at.AREA_SERIAL) for area in range(limits.PROGRAM_AREAS))
        self.fetching: Fetching | None = None
        self.sizes: dict[str, int] = {}  # in bytes, of tables that are with the session
        self.kinds: dict[str, str] = {}  # of those: what they were read as
        self.applied = -1               # the first block after the fade of the last commit

    def ask(self, pending: Pending) -> None:
        """A commit that shall be done. Raises Refusal when too many wait."""
        if len(self.queue) >= WAITING:
            raise Refusal("busy", f"{WAITING} commits wait already; wait for the answer of one before sending the next")
        self.queue.append(pending)

    def follow(self, sender, then: Callable[[], None]) -> bool:
        """Has something done behind the last commit of a sender that is not in the log yet; False where there is none. Raises Refusal."""
        own = [pending for pending in (self.current, *self.queue) if pending is not None and pending.sender == sender]
        if own and len(own[-1].behind) >= WAITING:
            raise Refusal("busy", f"{WAITING} commands wait for this commit already; wait for its answer")
        if own:
            own[-1].behind.append(then)
        return bool(own)

    def turn(self) -> bool:
        """Does what can be done now; True while something is under way."""
        if self.current is None:
            if not self.queue:
                return False
            self.current, self.step = self.queue.popleft(), self.compile
        try:
            while self.step is not None and self.step():
                pass
        except (Refusal, PatchError) as error:
            self.refuse(error.code, str(error))
        except (WorkshopError, TableError, OSError) as error:
            self.refuse("io", str(error))
        except Exception as error:              # as for any other command
            self.refuse("internal", mistake(error))
        return True

    def refuse(self, code: str, message: str) -> None:
        pending = self.current
        pending.refuse(code, message)
        self.end()

    def end(self) -> None:
        """The next one may come."""
        behind, self.current, self.step = self.current.behind, None, None
        for then in behind:
            then()

    # the steps: each is asked again until it says that there is a next one to do at once

    def compile(self) -> bool:
        """From edits to a program; first, to what its tables hold."""
        pending, control = self.current, self.control
        if control.commit_is_undecided():       # its answer comes first, be it that nothing is left to commit
            return False
        pending.patch, pending.turned, pending.staged = pending.make()
        needed = {each for each in wanted(pending.patch).values() if self.kinds.get(each.digest) != each.kind}
        self.fetching = Fetching(needed, control.folder) if needed else None
        files = ", ".join(sorted(each.name for each in needed if each.name not in DIGESTS))
        for listener in {pending.sender, *control.clients.listeners()} if files else ():
            control.send(listener, "/patch/reading", files)
        self.step = self.fetch
        return True

    def fetch(self) -> bool:
        """Files that become tables are read apart; then what they are is known, and the patch can be compiled."""
        pending, control = self.current, self.control
        if self.fetching is not None and not self.fetching.done():
            return False
        found = self.fetching.found() if self.fetching else {}
        self.sizes |= dict(found.values())
        self.kinds |= {digest: each.kind for each, (digest, _) in found.items()}
        there = {each: (each.digest, self.sizes[each.digest]) for each in wanted(pending.patch).values() if each.digest in self.sizes}
        pending.patch = with_tables(pending.patch, there | found)
        for type_ in {module.type for module in pending.patch.modules.values()}:
            if modules()[type_].digest:
                keep(control.folder, modules()[type_])
        Patch([*pending.patch.modules.values()], pending.patch.cables)          # of a module that was built anew the ports may be others
        pending.program = compile_patch(pending.patch, self.memory[at.H_RATE], self.memory[at.H_BLOCK], pending.turned, pending.staged,
                                        self.memory[at.H_LINE_KEPT])
        self.builder = Builder(pending.program.kernels)
        self.step = self.build
        if not self.builder.missing:
            return True
        for listener in {pending.sender, *control.clients.listeners()}:
            control.send(listener, "/patch/compiling", ", ".join(f"{kernel[0]} x{kernel[1]}" for kernel in self.builder.missing))
        return True

    def build(self) -> bool:
        """Kernels that nobody has compiled yet are compiled apart; a second for each, once."""
        if not self.builder.done():
            return False
        if left := self.builder.left():
            raise Refusal("io", f"{', '.join(left)} could not be compiled: {elsewhere(f'make room in {folder()}')}, and commit again")
        self.current.since = self.current.built = time.monotonic()
        self.step = self.place
        return True

    def place(self) -> bool:
        """Into a program area that nobody needs any more; who rehearses, and the replicas, load it at once."""
        free = free_areas(self.memory)
        if not free or not self.has_room(free):
            if time.monotonic() - self.current.since > LOADING_SECONDS:
                raise Refusal("busy", "the patches of the last commits are all still needed; send /patch/commit again in a moment")
            return False
        pending, memory = self.current, self.memory
        self.serial += 1
        area = free[0]
        pending.serial, pending.area, pending.since = self.serial, area, time.monotonic()
        memory[at.slot_word(at.REHEARSAL_SLOT, at.FAULT_BLOCK)], memory[at.RH_SIDE] = -1, NO_SIDE
        memory.put_program(area, pending.program.words, self.serial)
        memory[at.RH_AREA] = area
        memory[at.RH_REQUEST] = self.serial
        strike(memory, at.LOAD_REQUEST)
        self.looked = None
        self.step = self.rehearse
        return True

    def has_room(self, free: list[int]) -> bool:
        """Whether there is memory for the tables of this patch beside those of all that are needed yet; those of the others are let go."""
        for area in free:
            self.memory[at.AREAS + at.LINE * area + at.AREA_LET_GO] = area_word(self.memory, area, at.AREA_SERIAL)
        needed = [area for area in range(limits.PROGRAM_AREAS) if area not in free and area_word(self.memory, area, at.AREA_SERIAL) != 0]
        digests = {digest for area in needed for digest in table_digests(self.memory.program(area))} | {*table_digests(self.current.program.words)}
        return sum(self.sizes.get(digest, 0) for digest in digests) <= limits.TABLES_KEPT_BYTES

    def rehearse(self) -> bool:
        """Waits for how the rehearsal went."""
        pending, memory = self.current, self.memory
        if memory[at.RH_DONE] == pending.serial:
            now = time.monotonic()
            if memory[at.RH_RESULT] in (NO_SNAPSHOT, MISSING) and now < pending.built + AGAIN_FOR_SECONDS:
                # just behind a commit that carries delay lines: it ended the older snapshots, and the next one is not there yet
                if now < pending.since + AGAIN_SECONDS:
                    return False
                self.step = self.place
                return True
            self.judge()
            pending.since, self.step = time.monotonic(), self.load
            return True
        if memory[at.RH_TRIED] != pending.serial:
            if time.monotonic() - pending.since > REHEARSAL_SECONDS:
                raise Refusal("busy", "the process that tries patches out does not come; send /patch/commit again in a moment")
            return False
        pid = memory.pid("rehearsal")
        if memory[at.slot_word(at.REHEARSAL_SLOT, at.FAULT_BLOCK)] >= 0 or not linux.alive(pid) or self.is_stuck(pid):
            return self.ended()
        return False

    def is_stuck(self, pid: int) -> bool:
        """Whether the rehearsal has used more CPU time than any can need; then it is ended. What it used between two looks counts as blocks do that are
        tried: where all of a virtual machine stands still, that is a jump, and a loop goes on.
        """
        used = cpu_time(pid)
        before, since, times = self.looked or (pid, used, NO_BLOCKS)
        times = with_block(times, max(0, used - since)) if before == pid else NO_BLOCKS
        self.looked = pid, used, times
        if counted(times) < LOOP_CPU_NS and time.monotonic() - self.current.since < REHEARSAL_SECONDS:
            return False
        crumb = self.memory[at.slot_word(at.REHEARSAL_SLOT, at.CRUMB)]
        linux.kill(pid)
        memory = self.memory
        memory[at.slot_word(at.REHEARSAL_SLOT, at.FAULT_REASON)] = pr.LOOP_REASON
        memory[at.slot_word(at.REHEARSAL_SLOT, at.FAULT_OPERATION)] = crumb % CRUMB_OPERATIONS
        return True

    def ended(self) -> bool:
        """The process that rehearsed has ended. Where a module of the patch that plays did that, the replicas bypass it, and the new patch is
        tried once more. Raises Refusal where it was the new patch.
        """
        memory, pending = self.memory, self.current
        operation, reason = (memory[at.slot_word(at.REHEARSAL_SLOT, word)] for word in (at.FAULT_OPERATION, at.FAULT_REASON))
        if operation != 0 and operation // CRUMB_SIDE == 1 - memory[at.RH_SIDE] and pending.tries < TRIES:
            pending.tries += 1
            pending.since, self.step = time.monotonic(), self.place
            return True
        module = module_of(pending.program, operation)
        raise Refusal("fault", f"'{module}' {reason_text(reason)} when the patch was tried unheard, so nothing was changed; mend the module, or leave "
                      "it out" if module else "the patch ended the process that tried it unheard, so nothing was changed; leave out what you added "
                      "last")

    def judge(self) -> None:
        """Refuses what did not come through. Raises Refusal."""
        memory, pending = self.memory, self.current
        block_ns = 1e9 * memory[at.H_BLOCK] / memory[at.H_RATE]
        alone, pending.both = memory[at.RH_NEW_NS] / block_ns, memory[at.RH_BOTH_NS] / block_ns
        result = memory[at.RH_RESULT]
        if result == NOT_A_NUMBER:
            module = next((m for m in pending.program.modules if pr.key_of(m) == memory[at.RH_MODULE] & -pr.PLANES), "a module")
            raise Refusal("fault", f"'{module}' put out what is no number, or a blast, when the patch was tried unheard; nothing was changed")
        if result == TOO_SLOW or alone > SHARE:
            raise Refusal("fault", f"the patch needs {100 * alone:.0f} % of the time that there is for a block, and may need {100 * SHARE:.0f}; "
                                   "take something out")
        if pending.both > max(MOST_OF_BOTH, 1 + IN_HAND / -(-FADE_FRAMES // memory[at.H_BLOCK])):
            raise Refusal("fault", f"the patch and the one that plays need {100 * pending.both:.0f} % of a block's time while one fades into the "
                                   "other; take something out of either")
        if result != GOOD:
            raise Refusal("busy", "the patch could not be tried out; send /patch/commit again in a moment")
        peak = pr.float_of(memory[at.RH_PEAK])
        if peak > LOUDEST:
            raise Refusal("fault", f"the patch is {peak:.0f} times as loud as full scale; turn something down before the output")

    def load(self) -> bool:
        """Waits until every replica that lives has the kernels, and until the fade of the commit before is over."""
        memory, pending = self.memory, self.current
        waiting = [slot for slot in (0, 1) if memory.alive(f"replica {slot}")
                   and memory[at.slot_word(slot, at.LOADED + 8 * pending.area)] != pending.serial]
        if time.monotonic() - pending.since > LOADING_SECONDS:
            raise Refusal("busy", f"replica {', '.join(map(str, waiting))} did not load the patch; send /patch/commit again in a moment")
        if waiting or self.control.commit_is_undecided() or memory[at.PLAYED] < self.applied:
            return False
        probation = int(PROBATION_SECONDS * memory[at.H_RATE] / memory[at.H_BLOCK]) if pending.probation and pending.both <= SHARE_OF_BOTH else 0
        memory[at.AREAS + at.LINE * pending.area + at.AREA_ENTRY] = self.control.log.head       # before it, so that a kill between leaves it taken
        index = self.control.append(COMMIT, pending.area, float(probation), pending.sender, extra=pending.serial)
        self.control.adopt(pending.patch, pending.program, pending.turned, pending.sender, index)
        self.control.staging.play(actor_text(actor_of(pending.sender)), pending.staged)
        self.control.waiting[index] = partial(self.applied_at, pending)
        self.end()
        return False

    def applied_at(self, pending: Pending, frame: int) -> None:
        """The log says where the commit took effect."""
        self.applied = frame // self.memory[at.H_BLOCK] + 1 + FADE_FRAMES // self.memory[at.H_BLOCK] + blocks_to_come(pending.program)
        pending.done(frame, pending.patch)


def blocks_to_come(program: Program) -> int:
    """How many blocks a commit takes, at most, to carry over delay lines before it is heard."""
    size = int(program.words[pr.P_LINE_BYTES // 8])
    return COMING_BLOCKS + size // limits.LINE_SLICE_BYTES if size else 0


def cpu_time(pid: int) -> int:
    """CPU time that a process has used, in ns; 0 if it is gone."""
    try:
        return time.clock_gettime_ns(cpu_clock_of(pid))
    except OSError:
        return 0


def area_word(memory: Memory, area: int, word: int) -> int:
    return memory[at.AREAS + at.LINE * area + word]


def free_areas(memory: Memory) -> list[int]:
    """The program areas that neither play, nor are in a snapshot, nor would be played again by a replica that joins; the oldest first."""
    starts = [memory[at.H_ARENA] + slot * limits.ARENA_BYTES for slot in (0, 1)]
    starts += [memory[at.H_SNAPSHOT] + i * at.SNAPSHOT_STRIDE + at.SNAPSHOT_DATA for i in range(2 * at.SNAPSHOTS_PER_SLOT)]
    taken = {memory[start + word] for start in starts for word in (pr.A_AREA_0, pr.A_AREA_1, pr.A_COMING)}
    oldest = min(oldest_needed(memory), memory[at.JOURNALED])
    free = [area for area in range(limits.PROGRAM_AREAS) if area not in taken and area_word(memory, area, at.AREA_ENTRY) < oldest]
    return sorted(free, key=lambda area: area_word(memory, area, at.AREA_SERIAL))


def module_of(program: Program, operation: int) -> str | None:
    """The module that an operation of a program, as a breadcrumb has it, belongs to."""
    index, words = operation % CRUMB_SIDE - 1, program.words
    if not 0 <= index < int(words[pr.P_OPERATION_COUNT // 8]):
        return None
    position = int(words[(int(words[pr.P_OPERATIONS // 8]) + index * pr.OPERATION_BYTES + pr.O_MODULE) // 8])
    return program.modules[position] if position < len(program.modules) else "out"
