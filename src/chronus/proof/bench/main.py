"""`chronus bench`: measures, and says on what machine, in what state, so that a figure can be judged."""

import os
import platform
import signal
import sys
from pathlib import Path

from chronus.faces.report import complain, show_fields, show_object, show_table
from chronus.proof.bench import burst, commits, flood, kernels, latency, patches, rendering, sequencer, start, stored
from chronus.proof.peers import main as peers

TITLES = {"latency": "from a datagram to the first changed sample", "midi": "from a MIDI key to the first changed sample",
          "commit": "from a commit to the first changed sample", "burst": "a burst from another process",
          "flood": "a polite client while another sends 100,000 messages a second", "render": "times real time",
          "sequencer": "64 sequencers with lanes on 64 voices", "start": "from the command to the first sound", "modules": "ns per frame and lane",
          "patches": "share of a block's time on one core, every gate open"}
FIGURES = {"modules": "ns_per_frame_and_lane", "patches": "share_of_a_block"}      # what is stored, and compared with what was
BY_NAME = "peers"                        # not among "all": it installs other engines, and takes the better part of an hour


def run(what: str | None, tries: int, lead: int, seconds: float, works: tuple[str, ...], engines: tuple[str, ...], store: bool,
        json: bool) -> int:
    """Takes one measurement, or all but `peers`; 1 where something was lost: a step never heard, a message neither applied nor refused.

    `store` keeps the figures of modules and patches for later runs to be compared with.
    """
    if what not in (None, *TITLES, BY_NAME):
        return complain(f"there is no measurement {what!r}; there is {', '.join(TITLES)}, {BY_NAME}")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)         # so that the engine that is measured ends with the measurement
    measurements = {"latency": lambda: latency.measure(tries, lead), "midi": lambda: latency.measure_midi(tries, lead), "commit": lambda: commits.measure(min(tries, commits.TRIES), lead),
                    "burst": lambda: burst.measure(lead), "flood": lambda: flood.measure(lead),
                    "render": rendering.measure, "sequencer": lambda: sequencer.measure(lead),
                    "start": lambda: start.measure(lead), "modules": kernels.measure, "patches": patches.measure,
                    BY_NAME: lambda: peers.measure(seconds, works, engines, tell=None if json else peers.show_work)}
    found = {"machine": machine()}
    of = found["machine"]["processor"]
    for name in [what] if what else TITLES:
        try:
            found[name] = measurements[name]()
            if name in FIGURES:
                compare(found[name], FIGURES[name], stored.read(of).get(name, {}), measurements[name])
        except peers.Unknown as error:
            return complain(f"{name}: {error}")
        except RuntimeError as error:
            return complain(f"{name}: {error}; `chronus doctor` looks for the reason")
        if not json:
            show(name, found[name])
    found["machine"]["load_after"] = round(os.getloadavg()[0], 2)
    show_object(found) if json else show_fields("this machine", found["machine"])
    measured = {name: found[name][FIGURES[name]] for name in FIGURES if name in found}
    if store and measured:
        try:
            print(f"stored in {stored.store(of, measured, found['machine'])}", file=sys.stderr)
        except RuntimeError as error:
            return complain(error)
    return int(not all(found[name]["ok"] for name in found if name != "machine"))


def compare(result: dict, figures: str, before: stored.Figures, measure) -> None:
    """Adds to a result how it stands to the stored one; where something seems slower all is measured once more, and the lower figures count."""
    to_stored = stored.compared(result[figures], before)
    if to_stored and to_stored["slower"]:
        result[figures] = stored.lower(result[figures], measure()[figures])
        to_stored = stored.compared(result[figures], before)
    result["to_stored"] = to_stored


def interrupt(*_) -> None:
    raise KeyboardInterrupt


def show(name: str, result: dict) -> None:
    """One measurement for people."""
    if name == BY_NAME:
        return peers.show(result)
    if name not in FIGURES:
        prefix = "" if sys.stdout.isatty() else f"{name}."           # in a pipe a table has no title
        show_fields(f"{name}: {TITLES[name]}", {prefix + field: value for field, value in result.items()})
        return
    figures, to_stored = result[FIGURES[name]], result["to_stored"]
    at = sorted({key for each in figures.values() for key in each}, key=lambda key: (len(key), key))
    titles = [_column(key) if name == "modules" else key for key in at]
    rows = [[one, *(each.get(key) for key in at), *_beside(one, to_stored)] for one, each in figures.items()]
    show_table(f"{name}: {TITLES[name]}", [name, *titles, *(["to the stored run", ""] if to_stored else [])], rows)
    if to_stored is None:
        print(f"no {name} of this processor are stored to be compared with; `chronus bench {name} --store` keeps these", file=sys.stderr)
    else:
        print(f"{name}: {len(to_stored['slower'])} slower than in the stored run by more than {stored.SLOWER - 1:.0%}, beyond what all are: "
              f"{to_stored['machine']:.2f} times", file=sys.stderr)


def _column(key: str) -> str:
    """The title of a column, "2 lanes, still"."""
    lanes, *still = key.split(", ")
    return ", ".join([f"{lanes} lane{'s' * (lanes != '1')}", *still])


def _beside(name: str, to_stored: dict | None) -> list:
    """The last columns of a row: its ratio to the stored run, and a word where that is too much."""
    if to_stored is None:
        return []
    ratio = to_stored["ratios"][name]
    return ["new" if ratio is None else f"{ratio:.2f}", "slower" if name in to_stored["slower"] else ""]


def machine() -> dict:
    """What a figure depends on beside the engine. `load` is how many processes wanted a core, over the last minute."""
    return {"processor": processor(), "cores": len(os.sched_getaffinity(0)), "kernel": platform.release(),
            "python": platform.python_version(),
            "load_before": round(os.getloadavg()[0], 2), "load_after": None}


def processor() -> str:
    """Its model, as the kernel tells it; where it does not (arm64), the architecture."""
    for row in Path("/proc/cpuinfo").read_text().splitlines():
        if row.startswith("model name"):
            return row.partition(":")[2].strip()
    return platform.machine()
