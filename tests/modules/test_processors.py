"""The bits do not depend on the processor: kernels made for the plainest one sound like those made for this one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import chronus
from chronus.workshop import harness


EVERY = 1 if os.environ.get("CHRONUS_ALL") else 12       # compiling all of them once more takes a minute: `make proofs` does


def test_a_generic_processor_gives_the_same_bits():
    own = {"NUMBA_CPU_NAME": "generic", "PYTHONPATH": str(Path(chronus.__file__).parents[1])}
    environment = {**os.environ, **own}
    environment.pop("NUMBA_CPU_FEATURES", None)
    done = subprocess.run([sys.executable, "-m", harness.__name__, str(EVERY)], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == harness.digests(EVERY)
