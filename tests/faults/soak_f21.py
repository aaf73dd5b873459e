"""F-21, at length: a hundred cycles of `kill -9` of everything. Not collected by default: pytest tests/faults/soak_f21.py"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from test_f21 import cycle  # noqa: E402


def test_a_hundred_cycles_leave_nothing(tmp_path):
    cycle(tmp_path, 100)
