"""What musical time costs: 64 sequencers with lanes of parameters on 64 voices, rendered, and played while commands stream in."""

import json
import random
import socket
import statistics
import time

from chronus import limits
from chronus.control.scripted import Scripted
from chronus.faces.progress import bar
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.proof.bench.commits import ask
from chronus.proof.bench.engine import engine
from chronus.proof.engine import Door
from chronus.shared import layout as at

SECONDS, RUNS, ROUNDS, PART_SECONDS = 20, 3, 4, 4.0
COMMANDS_A_SECOND, FADERS, ANSWER_SECONDS = 150, 8, 5.0
TEMPO = 140
STEPS_A_SECOND = 4 * TEMPO / 60
EVENTS_A_STEP = 3                        # a knob is set, a note begins and ends
PATTERNS = ("Xxxx", "xXxx", "xxXx", "xxxX")      # as many events each, so that a change costs nothing but itself
PATTERN_EVERY = 10                       # of the commands that stream in, one changes what a sequencer plays


def voices() -> Patch:
    """An instrument with a voice for each sequencer, heard through some faders for their lanes."""
    modules = [Module("keys", "notes", {"voices": float(limits.SEQUENCERS)}), Module("saw", "saw", {"freq": 0.0, "gain": 0.02}), Module("shape", "adsr")]
    cables = [Cable("keys", "freq", "saw", "freq"), Cable("keys", "gate", "shape", "gate"), Cable("saw", "out", "shape", "audio")]
    for i in range(FADERS):
        modules.append(Module(f"fader{i}", "gain"))
        cables += [Cable("shape", "out", f"fader{i}", "audio"), Cable(f"fader{i}", "out", OUT, "")]
    return Patch(modules, cables, "band")


def band() -> list[tuple[str, list]]:
    """Commands that make the sequencers: a note and a value at every step; a quarter of them swing, each in another way."""
    found: list[tuple[str, list]] = [("/tempo", [float(TEMPO)])]
    for i in range(limits.SEQUENCERS):
        found += [("/seq/create", [f"s{i}", "keys", "Xxxx"]), ("/seq/notes", [f"s{i}", 32 + i]),
                  ("/seq/param_lane", [f"s{i}", f"fader{i % FADERS}/gain", *(0.1 + 0.02 * n for n in range(5))])]
        if i % 4 == 3:
            found.append(("/seq/swing", [f"s{i}", i / 100]))
    return found


def script(plays: bool) -> Scripted:
    made = Scripted()
    made.play(voices(), ())
    for address, args in [*band(), *([("/seq/start", [])] if plays else [])]:
        made.obey(address, args)
    return made


def measure(lead: int) -> dict:
    """Cost of an event, and of all as a share of the time that they sound, rendered; and blocks lost with and without them, played."""
    with bar("sequencer") as progress:
        quiet, busy = (min(script(plays).render(0, SECONDS * 48_000)["seconds"] for _ in range(RUNS)) for plays in (False, True))
        if progress:
            progress(1, 2)
        found = played(lead)
        if progress:
            progress(2, 2)
    events = limits.SEQUENCERS * STEPS_A_SECOND * EVENTS_A_STEP
    return {"sequencers": limits.SEQUENCERS, "events_per_second": round(events), "us_per_event": round(1e6 * (busy - quiet) / (events * SECONDS), 3),
            "share_of_time": round((busy - quiet) / SECONDS, 5), "share_without": round(quiet / SECONDS, 5), **found}


def played(lead: int) -> dict:
    """Blocks lost in turns without and with the sequencers, in one engine that is told as much in both; how much of a block's time it took then, at the
    99th percentile."""
    dice, lost, loads = random.Random(1), {False: [], True: []}, {False: [], True: []}
    with engine(lead, voices().as_dict()) as own, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as desk:
        desk.connect((own.host, own.port))
        desk.settimeout(ANSWER_SECONDS)
        ask(desk, "/ack", 1)
        for address, args in band():
            ask(desk, address, *args)
        door = Door(own.port)
        for number in range(2 * ROUNDS):
            plays = number % 2 == 1
            ask(desk, "/seq/start" if plays else "/seq/stop")
            wait_until_running(door, limits.SEQUENCERS if plays else 0)
            time.sleep(0.5)
            before, until = own.memory[at.UNDERRUNS], time.monotonic() + PART_SECONDS
            while time.monotonic() < until:
                door.send(*command(dice))
                time.sleep(1 / COMMANDS_A_SECOND)
                door.collect()
            lost[plays].append(own.memory[at.UNDERRUNS] - before)
            loads[plays].append(p99_load(own.memory))
        door.close()
        realtime, refused = bool(own.memory[at.H_REALTIME]), door.failed.total()
    return {"load_p99_with": statistics.median(loads[True]), "load_p99_without": statistics.median(loads[False]),
            "underruns_with": sum(lost[True]), "underruns_without": sum(lost[False]),
            "seconds_each": ROUNDS * PART_SECONDS, "lead": lead, "realtime": realtime,
            "kept": sum(lost[True]) <= sum(lost[False]) if realtime else None, "ok": refused == 0}


def command(dice: random.Random) -> tuple:
    """What somebody tells the band: mostly a fader, now and then another pattern from the next bar on."""
    if dice.randrange(PATTERN_EVERY) == 0:
        return "/seq/pattern", f"s{dice.randrange(limits.SEQUENCERS)}", dice.choice(PATTERNS)
    return f"/mod/fader{dice.randrange(FADERS)}/gain", dice.uniform(0.0, 0.2)


def wait_until_running(door: Door, count: int) -> None:
    """So many sequencers run, from a bar on. Raises RuntimeError where they do not."""
    until = time.monotonic() + ANSWER_SECONDS
    while (runs := json.loads(door.ask("/time", wanted="/time")[0])["runs"]) != count:
        if time.monotonic() > until:
            raise RuntimeError(f"{runs} sequencers run, and {count} should")
        time.sleep(0.05)


def p99_load(memory) -> float:
    """Of the last blocks of the slot that leads: the time that rendering took, as a share of the block's."""
    first = memory[at.H_LOAD] + 8 * limits.LOAD_RING_BLOCKS * memory[at.LEADER]
    times = sorted(int(memory.words[(first >> 3) + i]) for i in range(limits.LOAD_RING_BLOCKS))
    return round(times[round(0.99 * (len(times) - 1))] / (1e9 * memory[at.H_BLOCK] / memory[at.H_RATE]), 3)
