"""Figures of an earlier run, kept in the repository for each processor, and what has become slower since.

All figures of a run are faster or slower with the machine and with what else it does; the median of their ratios is taken for that, and
what lies beyond it is told.
"""
import json
import re
import statistics
from pathlib import Path

import chronus

FOLDER = Path(chronus.__file__).parents[2] / "bench" / "stored"
SLOWER = 1.15                            # beyond the median ratio: two runs of the same code differ by up to 10 % on a machine with other work
Figures = dict[str, dict[str, float]]    # of each thing that was measured, by what else it was measured at


def path_for(processor: str, folder: Path = FOLDER) -> Path:
    """The file with the figures of a kind of processor."""
    return folder / f"{re.sub('[^a-z0-9]+', '-', processor.lower()).strip('-')}.json"


def read(processor: str, folder: Path = FOLDER) -> dict[str, Figures]:
    """The stored figures of each measurement; none where nobody has stored any. Raises RuntimeError where the file is damaged."""
    path = path_for(processor, folder)
    try:
        return json.loads(path.read_text())["figures"]
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError):
        raise RuntimeError(f"{path} is damaged; take another copy, or remove it and store anew") from None


def store(processor: str, measured: dict[str, Figures], machine: dict, folder: Path = FOLDER) -> Path:
    """Writes the figures of some measurements, and leaves the others as they are; the file. Raises RuntimeError outside of a checkout."""
    if not folder.parent.is_dir():
        raise RuntimeError("figures are stored in a checkout of Music Chronus, in bench/stored, and this is none; leave out --store")
    path = path_for(processor, folder)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"machine": machine, "figures": read(processor, folder) | measured}, indent=1, sort_keys=True) + "\n")
    return path


def lower(one: Figures, other: Figures) -> Figures:
    """The lower of each two figures: what disturbs a measurement only makes it higher."""
    return {name: {key: min(value, other[name][key]) for key, value in each.items()} for name, each in one.items()}


def compared(now: Figures, before: Figures) -> dict | None:
    """`machine`, the median ratio of now to before; `ratios`, of each thing beyond that, None for what is new; `slower`, those above 1.15.

    None where nothing can be compared.
    """
    ratios = {name: _ratio(figures, before.get(name, {})) for name, figures in now.items()}
    known = [ratio for ratio in ratios.values() if ratio is not None]
    if not known:
        return None
    machine = statistics.median(known)
    beyond = {name: None if ratio is None else round(ratio / machine, 3) for name, ratio in ratios.items()}
    slower = [name for name, ratio in beyond.items() if ratio is not None and ratio > SLOWER]
    return {"machine": round(machine, 3), "ratios": beyond, "slower": slower}


def _ratio(now: dict[str, float], before: dict[str, float]) -> float | None:
    ratios = [value / before[key] for key, value in now.items() if before.get(key, 0.0) > 0.0]
    return statistics.median(ratios) if ratios else None
