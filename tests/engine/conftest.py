"""Makes `engine_process`, which stands one folder up, importable by name, and its fixtures known."""

import sys
from pathlib import Path

import pytest

pytest.register_assert_rewrite("engine_process")
sys.path.insert(0, str(Path(__file__).parent.parent))

from engine_process import engine, start  # noqa: E402, F401
