"""How fast a session renders, against how long it sounds."""

import statistics
import tempfile
from pathlib import Path

from chronus import __version__
from chronus.control.journal import Journal, Line
from chronus.control.replay import END, ENGINE, render_session
from chronus.control.session import journal_path
from chronus.faces.progress import bar
from chronus.patch.graph import Cable, Module, Patch, default

SECONDS, RUNS = 60, 5
RATE, BLOCK = 48_000, 64
NOTES_PER_SECOND, VOICES = 4, 15         # 15 voices of 4 modules, and 4 mixers: 64 modules
PROMISED = 100.0                         # times real time, for the default patch


def measure(seconds: int = SECONDS, runs: int = RUNS) -> dict:
    """Best and median real-time factor of `runs` renders each, for the default patch and for one of 64 modules."""
    found = {name: factors(patch, gates, seconds, runs) for name, patch, gates in (("default", default(), ["adsr"]), large())}
    best = {name: {"modules": count, "best": max(values), "median": statistics.median(values)} for name, (count, values) in found.items()}
    return {**best, "seconds": seconds, "runs": runs, "promised": PROMISED, "kept": best["default"]["median"] >= PROMISED, "ok": True}


def large() -> tuple[str, Patch, list[str]]:
    """A patch of 64 modules, all of them heard, and the modules whose gates its notes open."""
    modules, cables = [], []
    for voice in range(VOICES):
        chain = [Module(f"sine{voice}", "sine", {"freq": 110.0 + 20.0 * voice}), Module(f"adsr{voice}", "adsr"),
                 Module(f"filter{voice}", "filter"), Module(f"gain{voice}", "gain", {"gain": 0.1})]
        modules += chain
        cables += [Cable(a.id, "low" if a.type == "filter" else "out", b.id, "audio") for a, b in zip(chain, chain[1:])]
        cables.append(Cable(f"gain{voice}", "out", f"mix{voice // 4}", "abcd"[voice % 4]))
    for number in range(4):
        modules.append(Module(f"mix{number}", "mix"))
        cables.append(Cable(f"mix{number}", "out", "out", ""))
    return "large", Patch(modules, cables, "large"), [f"adsr{voice}" for voice in range(VOICES)]


def factors(patch: Patch, gates: list[str], seconds: int, runs: int) -> tuple[int, list[float]]:
    """How many modules the patch has, and the real-time factor of each render of a session that is made for it."""
    with tempfile.TemporaryDirectory(prefix="chronus-bench-") as folder:
        make_session(Path(folder), patch, gates, seconds)
        render_session(Path(folder), frames=BLOCK)       # loads, or compiles, what is measured then
        with bar(f"render, {len(patch.modules)} modules") as progress:
            found = []
            for run in range(runs):
                found.append(render_session(Path(folder))["real_time_factor"])
                if progress:
                    progress(run + 1, runs)
    return len(patch.modules), found


def make_session(folder: Path, patch: Patch, gates: list[str], seconds: int) -> None:
    """A journal in which notes open and close all the time, in turn."""
    journal = Journal.create(journal_path(folder), {"rate": RATE, "block": BLOCK, "seed": 0, "versions": {"music-chronus": __version__},
                                                    "patch": patch.as_dict()})
    step = RATE // NOTES_PER_SECOND // 2
    journal.append([Line(step * i, "bench", f"/gate/{gates[i // 2 % len(gates)]}", [float(i % 2 == 0)])
                    for i in range(2 * NOTES_PER_SECOND * seconds)])
    journal.append([Line(RATE * seconds, ENGINE, END, [])])
    journal.close()
