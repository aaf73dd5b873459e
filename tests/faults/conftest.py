"""Makes `engine_process`, which stands one folder up, and `bad_modules` importable by name, and the fixtures known."""

import sys
from pathlib import Path

import pytest

pytest.register_assert_rewrite("engine_process")
sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent)]

from engine_process import engine, start  # noqa: E402, F401
