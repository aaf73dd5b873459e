"""What the tests of music share: a host may be busy, so an example that takes long is no mistake; and `music_tables` is importable by name."""

import sys
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("music", deadline=None)
settings.load_profile("music")
sys.path.insert(0, str(Path(__file__).parent))
from music_tables import THEORY  # noqa: E402


@pytest.fixture(scope="session")
def theory():
    return THEORY
