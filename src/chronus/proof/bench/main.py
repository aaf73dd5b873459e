"""`chronus bench`: measures, and says on what machine, in what state, so that a figure can be judged."""

import os
import platform
import signal
import sys
from pathlib import Path

from chronus.proof.bench import burst, commits, flood, kernels, latency, rendering, start
from chronus.faces.report import complain, show_fields, show_object, show_table
from chronus.proof.peers import main as peers

TITLES = {"latency": "from a datagram to the first changed sample", "commit": "from a commit to the first changed sample", "burst": "a burst from another process",
          "flood": "a polite client while another sends 100,000 messages a second", "render": "times real time",
          "start": "from the command to the first sound", "modules": "ns per frame and lane"}
BY_NAME = "peers"                        # not among "all": it installs other engines, and takes the better part of an hour


def run(what: str | None, tries: int, lead: int, seconds: float, works: tuple[str, ...], json: bool) -> int:
    """Takes one measurement, or all but `peers`; 1 where something was lost: a step never heard, a message neither applied nor refused."""
    if what not in (None, *TITLES, BY_NAME):
        return complain(f"there is no measurement {what!r}; there is {', '.join(TITLES)}, {BY_NAME}")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)         # so that the engine that is measured ends with the measurement
    measurements = {"latency": lambda: latency.measure(tries, lead), "commit": lambda: commits.measure(min(tries, commits.TRIES), lead),
                    "burst": lambda: burst.measure(lead), "flood": lambda: flood.measure(lead),
                    "render": rendering.measure,
                    "start": lambda: start.measure(lead), "modules": kernels.measure, BY_NAME: lambda: peers.measure(seconds, works)}
    found = {"machine": machine()}
    for name in [what] if what else TITLES:
        try:
            found[name] = measurements[name]()
        except RuntimeError as error:
            return complain(f"{name}: {error}; `chronus doctor` looks for the reason")
        if not json:
            show(name, found[name])
    found["machine"]["load_after"] = round(os.getloadavg()[0], 2)
    show_object(found) if json else show_fields("this machine", found["machine"])
    return int(not all(found[name]["ok"] for name in found if name != "machine"))


def interrupt(*_) -> None:
    raise KeyboardInterrupt


def show(name: str, result: dict) -> None:
    """One measurement for people."""
    if name == BY_NAME:
        return peers.show(result)
    if name != "modules":
        prefix = "" if sys.stdout.isatty() else f"{name}."           # in a pipe a table has no title
        show_fields(f"{name}: {TITLES[name]}", {prefix + field: value for field, value in result.items()})
        return
    lanes = sorted({int(n) for costs in result["ns_per_frame_and_lane"].values() for n in costs})
    rows = [[module, *(costs.get(str(n)) for n in lanes)] for module, costs in result["ns_per_frame_and_lane"].items()]
    show_table(f"{name}: {TITLES[name]}", ["module", *(f"{n} lane{'s' * (n > 1)}" for n in lanes)], rows)


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
