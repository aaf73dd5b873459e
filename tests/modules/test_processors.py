"""The bits do not depend on the processor: kernels made for the plainest one sound like those made for this one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import harness

import chronus


def test_a_generic_processor_gives_the_same_bits(tmp_path):
    paths = [str(Path(module.__file__).parents[up]) for module, up in ((chronus, 1), (harness, 0))]
    own = {"NUMBA_CPU_NAME": "generic", "CHRONUS_CACHE": str(tmp_path), "PYTHONPATH": os.pathsep.join(paths)}
    environment = {**os.environ, **own}
    environment.pop("NUMBA_CPU_FEATURES", None)
    done = subprocess.run([sys.executable, harness.__file__], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == harness.digests()
