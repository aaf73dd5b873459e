"""How long it takes from the command to the first sound."""

import statistics
import tempfile

from chronus.proof.bench.engine import engine, environment
from chronus.faces.progress import bar

RUNS = 5
PROMISED_SECONDS = 3.0                   # to the first sound, with the kernels compiled before


def measure(lead: int, runs: int = RUNS) -> dict:
    """Seconds to the first sound and to ready: median of `runs` starts with the kernels compiled before, and one that compiles them."""
    with bar("start") as progress:
        warm = []
        for run in range(runs + 1):      # the first one may have to compile: it does not count
            warm.append(one_start(lead))
            if progress:
                progress(run + 1, runs + 2)
        with tempfile.TemporaryDirectory(prefix="chronus-bench-cache-") as cache, environment(CHRONUS_CACHE=cache):
            cold = one_start(lead)
    sound, ready = (statistics.median(values) for values in zip(*warm[1:]))
    return {"warm": {"first_sound_s": sound, "ready_s": ready, "runs": runs},
            "cold": {"first_sound_s": cold[0], "ready_s": cold[1], "runs": 1},
            "promised_s": PROMISED_SECONDS, "kept": sound <= PROMISED_SECONDS, "ok": True}


def one_start(lead: int) -> tuple[float, float]:
    """Seconds from the command to the callback of the first block that was music, and to the line that says that it plays."""
    with engine(lead) as own:
        return round((own.played(0)[0] - own.began_ns) / 1e9, 3), round((own.ready_ns - own.began_ns) / 1e9, 3)
