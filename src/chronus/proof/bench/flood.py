"""A flood: one process sends 100,000 messages a second, another plays politely and counts how long each of its answers takes."""

import os
import socket
import time

from chronus.doors.osc.codec import encode
from chronus.faces.progress import bar
from chronus.proof.bench.burst import said_by_sender
from chronus.proof.bench.engine import Measured, engine
from chronus.proof.engine import Door
from chronus.shared import layout as at

SECONDS, RATE = 5.0, 100_000
PACE = 102_000                           # messages a second that it aims at, so that a sender that is held up now and then still sends RATE
BATCH = 200                              # messages between two looks at the clock
PROMISED_MS = 50.0
PROMISED_MIB = 32.0                      # the reader's ring of 8 MiB, a queue of its full length, and what the allocator keeps: 18 are usual
PAUSE_SECONDS = 0.01                     # between two polite commands


def measure(lead: int) -> dict:
    """How long a polite client waits while another floods, and what that costs in blocks and in memory. `ok` unless a note was left hanging."""
    with engine(lead) as own, bar("flood") as progress:
        polite, waits = Door(own.port), []
        polite.send("/ack", 1)
        underruns, before = own.memory[at.UNDERRUNS], resident(own)
        (child, report), began = start_flood(own.port), time.monotonic()
        while os.waitpid(child, os.WNOHANG)[0] == 0:
            waits.append(one_answer(polite, len(waits)))
            if progress:
                progress(min(int(time.monotonic() - began), int(SECONDS)), int(SECONDS))
        lost, grown, rate = own.memory[at.UNDERRUNS] - underruns, resident(own) - before, said_by_sender(report)
        closed = polite.ask("/mod/adsr/gate", wanted="/mod/adsr/gate")[0] == 0.0
        polite.close()
        return {**summary(waits, rate, lost, grown, closed, bool(own.memory[at.H_REALTIME])), "lead": lead}


def summary(waits: list[float | None], rate: float, lost: int, grown: int, closed: bool, realtime: bool) -> dict:
    """What is told of the ms of each polite command (None: no answer), messages a second, blocks lost, bytes that control grew by, and the last note.

    `kept` asks for all that is promised, and for a flood of RATE. It is None where no process may be real-time, of which nothing is promised.
    """
    answered = sorted(wait for wait in waits if wait is not None)
    median, p99, largest = (round(answered[round(share * (len(answered) - 1))], 1) if answered else None for share in (0.5, 0.99, 1.0))
    kept = p99 is not None and p99 <= PROMISED_MS and None not in waits and rate >= RATE and lost == 0 and grown <= PROMISED_MIB * 2**20 and closed
    return {"seconds": SECONDS, "sent_per_second": round(rate), "polite_commands": len(waits), "unanswered": waits.count(None), "median_ms": median,
            "p99_ms": p99, "max_ms": largest, "promised_ms": PROMISED_MS, "kept": kept if realtime else None, "underruns": lost,
            "control_grew_mib": round(grown / 2**20, 1), "promised_mib": PROMISED_MIB, "last_note_closed": closed, "realtime": realtime,
            "ok": closed and None not in waits}


def start_flood(port: int, seconds: float = SECONDS, pace: float = PACE) -> tuple[int, int]:
    """A process that sends for some seconds, a note that opens and closes last: its pid, and a pipe in which it says how many messages a second it sent."""
    report, ours = os.pipe()
    child = os.fork()
    if child:
        os.close(ours)
        return child, report
    status = 1
    try:
        door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        door.connect(("127.0.0.1", port))
        datagrams = [encode("/mod/sine/freq", (100.0 + i,)) for i in range(BATCH)]
        began, sent = time.monotonic(), 0
        while (now := time.monotonic()) < began + seconds:
            if sent < (now - began) * pace:
                for datagram in datagrams:
                    door.send(datagram)
                sent += BATCH
            else:
                time.sleep(0.0005)
        os.write(ours, repr(sent / (now - began)).encode())
        for value in (1, 0):
            door.send(encode("/gate/adsr", (value,)))
        status = 0
    finally:
        os._exit(status)


def one_answer(polite: Door, number: int) -> float | None:
    """Milliseconds from one command to its answer; None if there was none within a second."""
    time.sleep(PAUSE_SECONDS)
    before, began = polite.applied.total(), time.monotonic()
    polite.send("/mod/filter/cutoff", 200.0 + number)
    while time.monotonic() < began + 1.0:
        polite.collect()
        if polite.applied.total() > before:
            return 1000 * (time.monotonic() - began)
        time.sleep(0.0005)
    return None


def resident(own: Measured) -> int:
    """Memory of the control process, in bytes."""
    with open(f"/proc/{own.memory.pid('control')}/status") as lines:
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
