"""From the datagram of /patch/commit that leaves a client to the first sample that the new patch changes, and how long a large patch compiles."""

import random
import socket
import statistics
import time

from chronus import limits
from chronus.doors.osc.codec import decode, encode
from chronus.faces.progress import bar
from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.proof.bench.engine import Measured, engine
from chronus.shared import layout as at

TRIES = 100
REST_SECONDS = (0.1, 0.2)                # between an answer and the next commit
MISSED_SECONDS = 5.0
HEARD, QUIET = 0.01, 0.0005              # the master takes the constant away: a commit is begun when it is gone, and heard when it is another one
PROMISED_MEDIAN_MS = 50.0
LARGE_MODULES, LARGE_CABLES, COMPILE_RUNS, PROMISED_COMPILE_MS = 200, 400, 7, 1000.0


def twenty() -> Patch:
    """20 built-in modules, all of them at work: four closed voices that are silent to the bit, an open envelope that is a constant, until the
    master has taken that away, and its mixer.
    """
    modules, cables = [Module("sweep", "sine", {"freq": 0.3}), Module("light", "sine", {"freq": 2.0}),
                       Module("steady", "adsr", {"attack": 0.0, "sustain": 1.0}), Module("mix", "mix")], []
    for i in range(4):
        chain = [Module(f"osc{i}", "sine", {"freq": 110.0 * (i + 1)}), Module(f"env{i}", "adsr"), Module(f"low{i}", "filter"), Module(f"level{i}", "gain")]
        modules += chain
        cables += [Cable(a.id, "low" if a.type == "filter" else "out", b.id, "audio") for a, b in zip(chain, chain[1:])]
        cables += [Cable("sweep", "out", f"low{i}", "cutoff", 300.0), Cable("light", "out", f"osc{i}", "freq", 3.0),
                   Cable(f"level{i}", "out", "mix", "abcd"[i])]
    return Patch(modules, [*cables, Cable("mix", "out", OUT, ""), Cable("steady", "out", OUT, "", 0.25)], "twenty")


def large() -> Patch:
    """200 modules and 400 cables, each module reached by the output: a ring of filters and gains that are fed by oscillators."""
    types = ("sine", "filter", "gain", "adsr", "mix")
    modules = [Module(f"m{i}", types[i % 5]) for i in range(LARGE_MODULES)]
    takes = [i for i in range(LARGE_MODULES) if modules[i].type != "sine"]
    cables = [Cable(f"m{i}", modules[i].declaration.outlets[0], OUT, "", 0.01) for i in range(LARGE_MODULES)]
    for n in range(LARGE_CABLES - len(cables)):
        source, target = modules[7 * n % LARGE_MODULES], modules[takes[n % len(takes)]]
        cables.append(Cable(source.id, source.declaration.outlets[0], target.id, target.declaration.inlets[0].name, 0.1))
    return Patch(modules, cables, "large")


def measure(tries: int = TRIES, lead: int = 4, seed: int = 1) -> dict:
    """Commits a module more, then one less, in turn: median, 95th percentile and largest time to the first changed sample, in ms."""
    found, answered, jitter = [], [], random.Random(seed)
    with engine(lead, twenty().as_dict()) as own, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door, bar("commit") as progress:
        door.connect((own.host, own.port))
        door.settimeout(MISSED_SECONDS)
        ask(door, "/ack", 1)
        ask(door, "/gate/steady", 1.0)
        time.sleep(jitter.uniform(*REST_SECONDS))
        underruns = own.memory[at.UNDERRUNS]
        for number in range(tries):
            for edit in ((("create", "more", "gain"), ("connect", "steady", "more"), ("connect", "more", "out", 0.25)), (("delete", "more"),))[number % 2]:
                ask(door, f"/patch/{edit[0]}", *edit[1:])
            time.sleep(jitter.uniform(*REST_SECONDS))
            heard, answer = one_try(own, door)
            found.append(heard)
            answered.append(answer)
            if progress:
                progress(number + 1, tries)
        realtime = bool(own.memory[at.H_REALTIME])
        underruns = own.memory[at.UNDERRUNS] - underruns
    times = sorted(ns / 1e6 for ns in found if ns is not None)
    median, p95 = ((round(times[round(share * (len(times) - 1))], 1) if times else None) for share in (0.5, 0.95))
    compiling = compile_ms()
    return {"median_ms": median, "p95_ms": p95, "max_ms": round(times[-1], 1) if times else None,
            "answered_ms": round(statistics.median(answered) / 1e6, 1), "compile_ms": compiling, "compiled": f"{LARGE_MODULES} modules, {LARGE_CABLES} cables",
            "promised_median_ms": PROMISED_MEDIAN_MS, "promised_compile_ms": PROMISED_COMPILE_MS,
            "kept": (bool(times) and median <= PROMISED_MEDIAN_MS and compiling <= PROMISED_COMPILE_MS) if realtime else None,
            "tries": tries, "missed": found.count(None), "lead": lead, "realtime": realtime, "underruns": underruns, "ok": tries > 0 and None not in found}


def compile_ms() -> float:
    """How long the large patch takes from a graph to a program, its kernels known: median."""
    patch, seconds = large(), []
    for _ in range(COMPILE_RUNS):
        began = time.perf_counter()
        compile_patch(patch, 48_000, 64)
        seconds.append(time.perf_counter() - began)
    return round(1000 * statistics.median(seconds), 1)


def ask(door: socket.socket, address: str, *args) -> None:
    """Sends a command and waits for its answer. Raises RuntimeError where that is a refusal, or does not come."""
    door.send(encode(address, args))
    try:
        while True:
            for message in decode(door.recv(limits.DATAGRAM_BYTES)):
                if message.address == "/fail":
                    raise RuntimeError(f"{address} was refused: {message.args[2]}")
                if message.address == "/done" and message.args[0] == address:
                    return
    except TimeoutError:
        raise RuntimeError(f"{address} was not answered within {MISSED_SECONDS:g} s") from None


def one_try(own: Measured, door: socket.socket) -> tuple[int | None, int]:
    """Commits, and finds the first sample in what was played that is another constant: ns to it, None if it was never heard, and ns to the answer."""
    while abs(own.played(own.memory[at.PLAYED] - 1)[1][-1, 0]) > QUIET:
        time.sleep(0.01)
    number = own.memory[at.PLAYED]
    sent = time.monotonic_ns()
    ask(door, "/patch/commit")
    answered = time.monotonic_ns() - sent
    while time.monotonic_ns() - sent < MISSED_SECONDS * 1e9:
        while number < own.memory[at.PLAYED]:
            time_ns, samples = own.played(number)
            changed = (abs(samples[:, 0]) > HEARD).nonzero()[0]
            if len(changed):
                return time_ns + int(changed[0]) * 1_000_000_000 // own.memory[at.H_RATE] - sent, answered
            number += 1
        time.sleep(0.002)
    return None, answered
