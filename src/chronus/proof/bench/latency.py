"""From a datagram, or a MIDI key, that leaves a client to the first sample that it changes: what a player feels, without the card's own buffer.

A try ends in the tap, which holds each block as it was played and the time of its callback; the sample at offset i of a block is heard
i frames after that. So nothing that this process does after sending counts.
"""
import random
import socket
import time
from pathlib import Path

from chronus.doors.osc.codec import encode
from chronus.proof.bench.engine import Measured, engine
from chronus.faces.progress import bar
from chronus.shared import layout as at

# A gate has no glide, an attack of 0 arrives in one frame: each message makes a step in the very first sample that hears of it. What is there
# besides is the master's DC blocker, which moves by less than half a step while a try lasts.
PATCH = {"format": "chronus-patch", "version": 1, "name": "latency",
         "modules": [{"id": "step", "type": "adsr", "params": {"attack": 0.0, "sustain": 1.0, "release": 0.0}}],
         "cables": [{"from": "step", "to": "out"}]}
# The same, played by keys.
KEYS_PATCH = {**PATCH, "modules": [{"id": "keys", "type": "notes", "params": {"voices": 1.0}}, *PATCH["modules"]],
              "cables": [{"from": "keys/gate", "to": "step/gate"}, *PATCH["cables"]]}
REST_BLOCKS = 3                          # after a step, so that each try begins in a signal that stands still
HALF_A_STEP = 0.5
PLUG_SECONDS, SETTLE_SECONDS = 10.0, 1.0
MISSED_SECONDS = 1.0                     # a step that is not there after this long does not come
PROMISED_MS = {4: (7.0, 9.0), 2: (4.5, 6.0)}             # lead: median, 99th percentile, for 64 frames at 48 kHz in the real-time class


def measure(tries: int, lead: int, seed: int = 1) -> dict:
    """Plays `tries` steps over OSC at random moments: median, 99th percentile and largest latency in ms, and how many were never heard."""
    with engine(lead, PATCH) as own, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.connect((own.host, own.port))
        return measured(own, lambda open_: door.send(encode("/gate/step", (float(open_),))), tries, lead, seed)


def measure_midi(tries: int, lead: int, seed: int = 1) -> dict:
    """The same with a key that goes down and up on a MIDI cable."""
    with engine(lead, KEYS_PATCH) as own, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as cable:
        plug(cable, own.session.parent / "midi.sock")
        return measured(own, lambda down: cable.send(bytes([0x90, 60, 127 * down])), tries, lead, seed)


def plug(cable: socket.socket, path: Path) -> None:
    """Connects to the door's socket, as soon as it is there, and lets the door find out what plays. Raises RuntimeError."""
    deadline = time.monotonic() + PLUG_SECONDS
    while True:
        try:
            cable.connect(str(path))
            time.sleep(SETTLE_SECONDS)
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise RuntimeError(f"there is no MIDI socket at {path} ({error.strerror})") from None
            time.sleep(0.01)


def measured(own: Measured, play, tries: int, lead: int, seed: int) -> dict:
    """The latency of steps that `play(True)` and `play(False)` make."""
    found, jitter = [], random.Random(seed)
    with bar("latency") as progress:
        block_seconds = own.memory[at.H_BLOCK] / own.memory[at.H_RATE]
        underruns = own.memory[at.UNDERRUNS]
        for number in range(tries):
            time.sleep((REST_BLOCKS + jitter.random()) * block_seconds)
            found.append(one_try(own, play, number % 2 == 0, (lead + 2) * block_seconds, block_seconds))
            if progress:
                progress(number + 1, tries)
        realtime = bool(own.memory[at.H_REALTIME])
        return {**summary([ns / 1e6 for ns in found if ns is not None], PROMISED_MS.get(lead) if realtime else None),
                "tries": tries, "missed": found.count(None), "lead": lead, "block": own.memory[at.H_BLOCK], "rate": own.memory[at.H_RATE],
                "realtime": realtime, "underruns": own.memory[at.UNDERRUNS] - underruns, "ok": tries > 0 and None not in found}


def summary(heard: list[float], promised: tuple[float, float] | None) -> dict:
    """Median, 99th percentile and largest of some latencies in ms, beside what is promised of the first two."""
    if not heard:
        return {"median_ms": None, "p99_ms": None, "max_ms": None, "promised_ms": promised, "kept": None}
    ordered = sorted(heard)
    median, p99, largest = (round(ordered[round(share * (len(ordered) - 1))], 3) for share in (0.5, 0.99, 1.0))
    return {"median_ms": median, "p99_ms": p99, "max_ms": largest, "promised_ms": promised,
            "kept": None if promised is None else median <= promised[0] and p99 <= promised[1]}


def one_try(own: Measured, play, up: bool, due: float, block_seconds: float) -> int | None:
    """Plays one step and finds it in what was played: the latency in ns, None if it was never heard."""
    number = own.memory[at.PLAYED]
    before = own.played(number - 1)[1][-1, 0]
    sent = time.monotonic_ns()
    play(up)
    time.sleep(due)                      # the tap is not watched before the step can be there
    while time.monotonic_ns() - sent < MISSED_SECONDS * 1e9:
        while number < own.memory[at.PLAYED]:
            time_ns, samples = own.played(number)
            changed = (abs(samples[:, 0] - before) > HALF_A_STEP).nonzero()[0]
            if len(changed):
                return time_ns + int(changed[0]) * 1_000_000_000 // own.memory[at.H_RATE] - sent
            number += 1
        time.sleep(block_seconds / 2)
    return None
