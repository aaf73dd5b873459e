"""The tests of replicas compare what a patch puts out with what its formula says, to the bit."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from straight import straight_out  # noqa: E402, F401
