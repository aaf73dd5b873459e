"""Compiling kernels apart: a process of its own, at the lowest priority, so that no sound waits for a compiler."""

import os
import subprocess
import sys

from chronus.dsp.kernel import kernel, kernel_is_built
from chronus.modules.registry import modules

# First of all it leaves the real-time class of control, and yields to everything: importing the compiler alone takes 0.5 s. It ends with control.
BOOTSTRAP = ("import os; os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0)); os.nice(19); import sys; from chronus import linux\n"
             "linux.end_with_parent(int(sys.argv[1])); from chronus.control.builder import main; main(sys.argv[2:])")


class Builder:
    """Compiles what is missing of `kernels`: (module type, lanes) and, for a user's module, its object file, which must be there."""

    def __init__(self, kernels):
        self.missing = [(type_, lanes) for type_, lanes, *rest in kernels if not rest and not kernel_is_built(modules()[type_], lanes)]
        self.process = None
        if self.missing:
            words = [f"{type_}:{lanes}" for type_, lanes in self.missing]
            self.process = subprocess.Popen([sys.executable, "-P", "-c", BOOTSTRAP, str(os.getpid()), *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def done(self) -> bool:
        """Whether it is all there, or nobody works on it any more."""
        return self.process is None or self.process.poll() is not None

    def left(self) -> list[str]:
        """What was not compiled."""
        return [f"{type_} x{lanes}" for type_, lanes in self.missing if not kernel_is_built(modules()[type_], lanes)]


def main(words: list[str]) -> None:
    """Compiles each of `words`, such as filter:2."""
    for word in words:
        type_, _, lanes = word.partition(":")
        kernel(modules()[type_], int(lanes))
