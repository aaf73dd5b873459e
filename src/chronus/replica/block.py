"""One block, through the address of its native code: that is compiled once, and called by all who play, try out, render or testify. Native code."""

from chronus.native.words import call_block, load
from chronus.replica.sides import M_RUN

SIGNATURE = "int64(intp, int64, int64)"


def play_block(machine, block, until):
    """`machine.run_block` of this machine."""
    return call_block(load(machine + M_RUN), machine, block, until)
