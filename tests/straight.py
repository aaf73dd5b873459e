"""For tests that look at what a patch puts out, to the bit: a mixdown, which passes everything, stands where the master is."""

import pytest

from chronus.patch import compiler
from chronus.patch.graph import Module


@pytest.fixture(autouse=True, scope="module")
def straight_out():
    """Patches are compiled without the master's DC blocker and limiter."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiler, "MASTER", Module("~master", "mixdown"))
        yield
