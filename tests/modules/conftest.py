"""Makes `harness` and `measures`, which stand in this folder, importable by name."""

import sys
from pathlib import Path

import pytest

pytest.register_assert_rewrite("harness", "measures")
sys.path.insert(0, str(Path(__file__).parent))
