"""What is made of a run of chaos: the measures that hold what was played against the unharmed render, and which promises they break."""

from collections import Counter
from math import exp, factorial, inf, log10
from pathlib import Path

import numpy as np

from chronus.control.journal import entries as journal_lines
from chronus.control.replay import BYPASSED, Session
from chronus.control.session import journal_path
from chronus.proof.injuries import GAPS, Injury
from chronus.recorder.wav import DATA_AT
from chronus.replica.offline import render
from chronus.shared import layout as at

AFTERMATH_NS = 100_000_000          # an underrun this long after recovery still counts as the fault's
STALL_NS = 50_000_000
CHANCE = 0.01                       # a stall during a fault that the host alone makes more often than this proves nothing
NO_FAULT = "no fault"
GAP_MS = 50.0                       # where no gap is promised, none is longer than this and what the host held up: unharmed ones are 2 to 10 ms
SHORT_SECONDS, SHORT_SHARE = 0.25, 0.01     # music that may be missing unexplained: the null device gives up what it comes late by, from 2.7 ms on
QUIET = 1e-3                        # a second whose highest sample is below this is silent: -60 dBFS. The busy patch is never quiet for one
SILENT_SHARE = 0.5                  # of the recording, at most: a piece may have rests
APPLIED_SHARE = 0.7                 # of the commands, at least: 95 % are, 3 % are sent to be refused, and where supervisors die all the time 85 %


def held_against(session: Path, recording: Path, first: int, frames: int):
    """Yields a recording of so many frames from `first` on beside the unharmed render, piece by piece: (first frame of it, played, rendered, where their bits differ)."""
    played, log, done = np.memmap(recording, "<f4", "r", DATA_AT, (frames, at.CHANNELS)), Session(session), 0
    for piece in render(log.programs, log.entries, log.rate, log.block, first, frames, scores=log.scores, folder=session):
        there = np.ascontiguousarray(played[done:done + len(piece)])
        yield first + done, there, piece, there.view(np.int32) != np.ascontiguousarray(piece).view(np.int32)
        done += len(piece)


def difference(session: Path, recording: Path, first: int, frames: int) -> tuple[int, float]:
    """(samples that differ from the unharmed render, largest difference) of a recording."""
    done, different, largest = 0, 0, 0.0
    for _, there, piece, unequal in held_against(session, recording, first, frames):
        different += int(np.count_nonzero(unequal))
        if unequal.any():
            largest = max(largest, float(np.abs(there.astype(np.float64) - piece).max()))
        done += len(piece)
    return different + (frames - done) * at.CHANNELS, largest


def passages(session: Path, recording: Path, first: int, frames: int) -> list[tuple[int, int]]:
    """(first, last) frame of each passage in which a recording differs from the unharmed render; those less than a second apart are one."""
    rate, found = Session(session).rate, []
    for begin, _, _, unequal in held_against(session, recording, first, frames):
        for frame in begin + np.flatnonzero(unequal.any(axis=1)):
            if found and frame - found[-1][1] < rate:
                found[-1] = (found[-1][0], int(frame))
            else:
                found.append((int(frame), int(frame)))
    return found


def loudness(recording: Path, frames: int, rate: int) -> dict:
    """How loud a recording is: its peak and RMS, and for how many seconds it is silent, or no sound at all (infinite, not a number)."""
    played = np.memmap(recording, "<f4", "r", DATA_AT, (frames, at.CHANNELS))
    peak, power, silent = 0.0, 0.0, 0
    for begin in range(0, frames, rate):
        second = np.asarray(played[begin:begin + rate], np.float64)
        highest = float(np.abs(second).max())
        peak, power = max(peak, highest), power + float((second**2).sum())
        if not QUIET <= highest < inf:
            silent += len(second)
    rms = (power / max(1, frames * at.CHANNELS))**0.5
    return {"peak_dbfs": decibels(peak), "rms_dbfs": decibels(rms), "silent_seconds": round(silent / rate, 1)}


def decibels(value: float) -> float | None:
    """dBFS, -200 for silence; None where it is no number."""
    return round(20.0 * log10(max(value, 1e-10)), 1) if value < inf else None


def lost_answers(session: Path, applied: Counter, journaled: dict[str, str]) -> int:
    """Commands that were acknowledged and are not in the journal at their frame."""
    there = Counter((line.command, line.frame) for line in journal_lines(journal_path(session)))
    logged = Counter()
    for (command, frame), count in applied.items():
        logged[journaled.get(command, command), frame] += count
    return sum((logged - there).values())


def accused(session: Path) -> list[str]:
    """The modules that were bypassed, once for each time; "" where the fault was nobody's. Chaos has none that does anything wrong."""
    return [line.args[0] for line in journal_lines(journal_path(session)) if line.command == BYPASSED]


def blame(rows: list[tuple[int, int]], injuries: list[Injury]) -> tuple[dict, list[tuple[str, int]]]:
    """Underruns by the fault that was under way; and stalls, as (fault, time in ns): underruns that follow each other within 50 ms are one."""
    blocks, stalls, last = Counter(), [], 0
    for _, when in rows:
        hit = next((i for i in reversed(injuries) if i.time <= when <= i.recovered + AFTERMATH_NS), None)
        fault = hit.fault if hit else NO_FAULT
        blocks[fault] += 1
        if when - last > STALL_NS:
            stalls.append((fault, when))
        last = when
    return dict(blocks), stalls


def chance_of(count: int, expected: float) -> float:
    """How likely `count` or more stalls are where `expected` come by themselves (Poisson)."""
    return 1.0 - sum(exp(-expected) * expected**k / factorial(k) for k in range(count))


def longest_allowed_ns(injury: Injury) -> float:
    """For how long nothing may be played because of a fault: what is promised for it; where that is nothing, what the host held up, and a little."""
    return GAPS[injury.fault] * 1e9 if injury.fault in GAPS else 1e6 * (injury.held_up_ms + GAP_MS)


def silence_of(injury: Injury) -> list[str]:
    """What is to be said of the longest gap of a fault; nothing where it is allowed."""
    if injury.longest_gap_ns <= longest_allowed_ns(injury):
        return []
    promised = f"{GAPS[injury.fault] * 1e3:.0f} ms" if injury.fault in GAPS else "no gap"
    return [f"silent for {injury.longest_gap_ns / 1e6:.0f} ms, promised {promised}"]


def shortage(seconds: float, played: float, injuries: list[Injury], underruns: float, held_up: float) -> float:
    """Seconds of music that are missing without a reason: what was played is shorter than the run by more than the gaps that were allowed, the blocks
    that were counted as lost, and what the host held up. All in seconds; 0 where so little is missing that it may be the device's lateness.
    """
    allowed = sum(min(i.longest_gap_ns, longest_allowed_ns(i)) for i in injuries) / 1e9
    missing = seconds - played - allowed - underruns - held_up
    return round(missing, 2) if missing > SHORT_SECONDS + SHORT_SHARE * seconds else 0.0


def expected_stalls(found: dict, calm: tuple[int, float], seconds: float) -> float:
    """Stalls that the host alone makes in the time that faults were under way, from the rest of the run and from the twin."""
    elsewhere, outside = found["stalls"].get(NO_FAULT, 0), max(0.0, seconds - found["exposed_seconds"])
    return (elsewhere + calm[0]) / max(1.0, outside + calm[1]) * found["exposed_seconds"]


def verdict(found: dict, expected: float) -> list[str]:
    """Promises that were broken, in words; empty where all held."""
    broken = [f"{i.fault} ({i.what}) at block {i.block}: {note}" for i in found["injuries"] for note in i.notes]
    stalls = sum(n for fault, n in found["stalls"].items() if fault not in GAPS and fault != NO_FAULT)
    if stalls and chance_of(stalls, expected) < CHANCE:
        broken.append(f"{stalls} stalls while a fault was under way; the host alone makes {expected:.2f} in that time")
    if found["missing_seconds"]:
        broken.append(f"{found['missing_seconds']:.1f} s of music are missing beside the gaps that are allowed")
    if found["silent_seconds"] >= SILENT_SHARE * found["recorded_seconds"]:
        broken.append(f"{found['silent_seconds']:g} of {found['recorded_seconds']:g} s are silent")
    if found["applied"] < APPLIED_SHARE * found["commands"]:
        broken.append(f"only {found['applied']} of {found['commands']} commands were applied")
    if found["samples_differ"]:
        broken.append(f"{found['samples_differ']} samples differ from the unharmed render, by up to {found['largest_difference']:g}")
    if found["accused"]:
        broken.append(f"{len(found['accused'])} times a module was accused that did nothing wrong: {', '.join(sorted(set(found['accused'])))}")
    if found["acknowledged_and_lost"]:
        broken.append(f"{found['acknowledged_and_lost']} acknowledged commands are not in the journal")
    if sum(found["underruns_by_fault"].values()) < found["underruns"]:
        broken.append("more blocks were lost than the engine's table of underruns holds")
    if found["disagreements"]:
        broken.append(f"the replicas disagreed {found['disagreements']} times")
    sizes = found["memory_bytes"]
    if len(sizes) >= 200 and np.median(sizes[-50:]) > 1.1 * np.median(sizes[50:100]):
        broken.append(f"memory grew from {np.median(sizes[50:100]) / 2**20:.0f} to {np.median(sizes[-50:]) / 2**20:.0f} MiB")
    return broken


def summary(found: dict, calm: tuple[int, float], seconds: float, seed: int) -> dict:
    """The result as JSON data. `calm` is (stalls, seconds) of the twin."""
    expected = expected_stalls(found, calm, seconds)
    kinds = {}
    for fault in sorted({i.fault for i in found["injuries"]}):
        those = [i for i in found["injuries"] if i.fault == fault]
        kinds[fault] = {"injected": len(those), "blocks_lost": found["underruns_by_fault"].get(fault, 0),
                        "recovered_ms_median": round(float(np.median([1000 * i.seconds() for i in those])), 1),
                        "recovered_ms_max": round(max(1000 * i.seconds() for i in those), 1),
                        "longest_gap_ms": round(max(i.longest_gap_ns for i in those) / 1e6, 1),
                        "held_up_then_ms": round(max(those, key=lambda i: i.longest_gap_ns).held_up_ms, 1)}
    sizes = found["memory_bytes"] or [0]
    return {"seconds": seconds, "seed": seed, "faults": len(found["injuries"]), "by_fault": kinds,
            "blocks_lost_to_faults": sum(n for f, n in found["underruns_by_fault"].items() if f not in GAPS and f != NO_FAULT),
            "blocks_lost_elsewhere": found["underruns_by_fault"].get(NO_FAULT, 0), "stalls": found["stalls"], "stalls_of_the_twin": calm[0],
            "stalls_expected_of_the_host": round(expected, 3), "host": found["host"], "held_up_at_stalls_ms": found["held_up_at_stalls_ms"],
            **{k: found[k] for k in ("frames", "peak_dbfs", "rms_dbfs", "silent_seconds", "missing_seconds", "samples_differ", "largest_difference", "accused",
                                     "commands", "applied", "refused", "acknowledged_and_lost", "disagreements", "sha256")},
            "memory_mib": [round(min(sizes) / 2**20), round(max(sizes) / 2**20)], "broken": verdict(found, expected)}
