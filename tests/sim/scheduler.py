"""Processes in virtual time: threads of which exactly one runs, and which can be stopped or ended between any two accesses.

A process runs until `pause`, which costs it a little virtual time; then whoever is earliest goes on. So the seed alone decides how
accesses of different processes fall between each other. Events are functions that run at a time of their own, while no process does.
"""
import ctypes
import heapq
import threading
from collections import deque
from random import Random

TRACE_LINES = 40


class Killed(BaseException):
    """Raised inside a process that is to end here and now."""


def closed() -> threading.Lock:
    """A gate that one thread waits at until another opens it, for once: a bare lock, because a world goes through 30,000 of them."""
    gate = threading.Lock()
    gate.acquire()
    return gate


class Process:
    """A simulated process. `stopped`: takes no CPU time for now; `held`: its turn came meanwhile; `hangs`: it will never get any further."""

    def __init__(self, name: str, pid: int, function):
        self.name, self.pid, self.function = name, pid, function
        self.gate = closed()
        self.alive, self.killed, self.stopped, self.held, self.hangs = True, False, False, False, False
        self.ticket, self.waiting, self.cpu_ns, self.result = 0, None, 0, None


class Scheduler:
    """Who runs next, and what time it is, in ns. An access takes at most `step_ns`, and `preempted_ns` one time in `one_in`."""

    def __init__(self, seed: str, step_ns: int, preempted_ns: int, one_in: int):
        self.random, self.step_ns, self.preempted_ns, self.one_in = Random(seed), step_ns, preempted_ns, one_in
        self.now, self.end, self.serial = 0, 0, 0
        self.heap, self.processes, self.trace = [], [], deque(maxlen=TRACE_LINES)
        self.current, self.failure, self.ended = None, None, None
        self.back = closed()
        self.accesses = 0

    # what the world does

    def spawn(self, name: str, function) -> Process:
        process = Process(name, 1000 + self.serial, function)
        process.thread = threading.Thread(target=self._live, args=(process,), name=name, daemon=True)
        self.processes = [p for p in self.processes if p.alive] + [process]
        process.thread.start()
        self._queue(self.now, process)
        self.note(f"{name} starts as {process.pid}")
        return process

    def at(self, delay_ns: int, function) -> None:
        """Calls `function` after `delay_ns`."""
        self.serial += 1
        heapq.heappush(self.heap, (self.now + delay_ns, self.serial, 0, function))

    def kill(self, process: Process) -> None:
        """kill -9: nothing of it runs any more when this returns."""
        self.note(f"{process.name} is killed")
        process.killed = True
        self._hand_over(process)
        process.thread.join()

    def stop(self, process: Process) -> None:
        process.stopped = True

    def resume(self, process: Process) -> None:
        process.stopped = False
        if process.held and process.alive:
            process.held = False
            self._queue(self.now, process)

    def run(self, until: int) -> None:
        """Lets the world go on until `until`. Raises what went wrong in any process or event."""
        self.end = until
        while self.heap and self.heap[0][0] <= until:
            time, _, ticket, what = heapq.heappop(self.heap)
            if not isinstance(what, Process):
                self.now = time
                what()
            elif what.alive and ticket == what.ticket:
                if what.stopped:
                    what.held = True
                    continue
                self.now = time
                self._hand_over(what)
                if not what.alive and self.failure is None and self.ended:
                    self.ended(what)
            if self.failure is not None:
                raise self.failure
        self.now = until

    def close(self) -> None:
        for process in self.processes:
            if process.alive:
                self.kill(process)

    def note(self, text: str) -> None:
        self.trace.append(f"{self.now / 1e6:10.4f} ms  {text}")

    # what processes do, in place of `native.words`

    def pause(self) -> None:
        """Every access comes through here."""
        if self.current is None:
            return
        self.accesses += 1
        interrupted = self.random.random() * self.one_in < 1.0
        took = int(self.random.random() * (self.preempted_ns if interrupted else self.step_ns)) + 100
        if interrupted:
            self._block(self.now + took)
        else:
            self.spend(took)

    def spend(self, nanoseconds: int) -> None:
        """Uses CPU time, which an interruption does not."""
        self.current.cpu_ns += nanoseconds
        self._block(self.now + nanoseconds)

    def sleep_until(self, nanoseconds: int) -> None:
        self._block(max(self.now, nanoseconds))

    def monotonic_ns(self) -> int:
        return self.now

    def wait(self, address: int, seen: int, nanoseconds: int) -> None:
        self.pause()
        process = self.current
        if (ctypes.c_int64.from_address(address).value ^ seen) & 0xFFFFFFFF == 0:
            process.waiting = address
            self._block(self.now + nanoseconds)
            process.waiting = None

    def wake(self, address: int) -> None:
        self.pause()
        for process in self.processes:
            if process.alive and process.waiting == address:
                process.waiting = None
                self._queue(self.now + 500 + int(self.random.random() * 10 * self.step_ns), process)

    def cpu_time_ns(self, pid: int) -> int:
        self.pause()
        return sum(p.cpu_ns for p in self.processes if p.alive and p.pid == pid)

    # how that is done

    def _queue(self, time: int, process: Process) -> None:
        self.serial += 1
        process.ticket = self.serial
        heapq.heappush(self.heap, (time, self.serial, process.ticket, process))

    def _block(self, until: int) -> None:
        """Goes on at `until`; at once, if nobody else is due before that."""
        process = self.current
        if until <= self.end and (not self.heap or until < self.heap[0][0]):
            self.now = until
            return
        self._queue(until, process)
        self.back.release()
        process.gate.acquire()
        if process.killed:
            raise Killed

    def _hand_over(self, process: Process) -> None:
        before, self.current = self.current, process
        process.gate.release()
        self.back.acquire()
        self.current = before

    def _live(self, process: Process) -> None:
        process.gate.acquire()
        try:
            if not process.killed:
                process.result = process.function()
        except Killed:
            pass
        except BaseException as error:
            self.failure = error
        process.alive = False
        self.back.release()
