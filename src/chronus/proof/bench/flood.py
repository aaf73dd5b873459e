"""A flood: one process sends 100,000 messages a second, another plays politely and counts how long each of its answers takes."""

import os
import socket
import statistics
import time

from chronus.doors.osc.codec import encode
from chronus.faces.progress import bar
from chronus.proof.bench.engine import Measured, engine
from chronus.proof.engine import Door
from chronus.shared import layout as at

SECONDS, RATE = 5.0, 100_000
BATCH = 200                              # messages between two looks at the clock
PROMISED_MS = 50.0
PAUSE_SECONDS = 0.01                     # between two polite commands


def measure(lead: int) -> dict:
    """How long a polite client waits while another floods, and what that costs in blocks and in memory. `ok` unless a note was left hanging."""
    with engine(lead) as own, bar("flood") as progress:
        polite, waits = Door(own.port), []
        polite.send("/ack", 1)
        underruns, before = own.memory[at.UNDERRUNS], resident(own)
        child, began = start_flood(own.port), time.monotonic()
        while os.waitpid(child, os.WNOHANG)[0] == 0:
            waits.append(one_answer(polite, len(waits)))
            if progress:
                progress(min(int(time.monotonic() - began), int(SECONDS)), int(SECONDS))
        lost, grown = own.memory[at.UNDERRUNS] - underruns, resident(own) - before
        closed = polite.ask("/mod/adsr/gate", wanted="/mod/adsr/gate")[0] == 0.0
        polite.close()
    answered = sorted(w for w in waits if w is not None)
    p99 = round(answered[round(0.99 * (len(answered) - 1))], 1)
    return {"seconds": SECONDS, "polite_commands": len(waits), "unanswered": waits.count(None), "median_ms": round(statistics.median(answered), 1),
            "p99_ms": p99, "max_ms": round(answered[-1], 1), "promised_ms": PROMISED_MS, "kept": p99 <= PROMISED_MS, "underruns": lost,
            "control_grew_mib": round(grown / 2**20, 1), "last_note_closed": closed, "ok": closed and None not in waits}


def start_flood(port: int) -> int:
    """A process that sends at RATE for SECONDS, a note that opens and closes last: its pid."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        door.connect(("127.0.0.1", port))
        datagrams = [encode("/mod/sine/freq", (100.0 + i,)) for i in range(BATCH)]
        began, sent = time.monotonic(), 0
        while (now := time.monotonic()) < began + SECONDS:
            if sent < (now - began) * RATE:
                for datagram in datagrams:
                    door.send(datagram)
                sent += BATCH
            else:
                time.sleep(0.0005)
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
