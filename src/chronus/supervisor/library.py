"""Compiles, while somebody plays and nobody waits for it, the kernels of the instrument that are not there yet, so that no commit has to.

A process of its own, in the idle class: it runs when nothing else wants to, and ends with whoever started it.
"""
import os
import subprocess
import sys
from contextlib import contextmanager

from chronus.dsp.kernel import kernel, kernel_is_built
from chronus.modules.registry import builtin

WIDTHS = (1, 2, 16)                     # mono, stereo, voices: what patches mostly need; the commonest first
START = "import os; os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0)); from chronus.supervisor.library import main; main(os.getppid())"


def missing():
    """Yields (module, lanes) of what is to be compiled."""
    for lanes in WIDTHS:
        for module in builtin().values():
            width = module.lanes if module.across else lanes
            if (not module.across or lanes == WIDTHS[0]) and not kernel_is_built(module, width):
                yield module, width


def main(parent: int) -> None:
    """Compiles one after the other for as long as `parent` lives."""
    for module, lanes in missing():
        if os.getppid() != parent:
            return
        kernel(module, lanes)


@contextmanager
def compiling_the_rest():
    """As long as this lasts, the rest is compiled."""
    process = subprocess.Popen([sys.executable, "-P", "-c", START], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        process.kill()
        process.wait()
