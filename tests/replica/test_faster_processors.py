"""Fused kernels on other processors than this one: proved there against the ordinary ones, since words for lists, masks and lanes differ."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import chronus
from chronus.native.build import processor

AVX2 = "+avx,+avx2,+fma,+popcnt,+sse,+sse2,+sse3,+sse4.1,+sse4.2,+ssse3"
BUILD = """
from chronus.patch.compiler import compile_patch, source_of
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.workshop.faster import build_faster, missing
names = ("saw", "pulse", "pristine_saw")
patch = Patch([Module("notes", "notes", {"voices": 64.0}), *(Module(name, name) for name in names), Module("filter", "filter")],
              [*(Cable("notes", "freq", name, "freq") for name in names), *(Cable(name, "out", "filter", "audio") for name in names),
               Cable("filter", "low", OUT, "", 0.1)])
wanted = [row for row in missing(source_of(compile_patch(patch, 48_000, 64).words)) if len(row) == 1]
print(len(wanted), build_faster(wanted))
"""


@pytest.mark.parametrize("name", ("haswell", "generic") if os.environ.get("CHRONUS_ALL") else ("haswell",))
def test_a_voice_whose_edges_are_foreseen_has_its_bits_on(name, tmp_path):
    if name == "haswell" and "+avx2" not in processor()[1].split(","):
        pytest.skip("this processor has no AVX2 to try")
    environment = {**os.environ, "NUMBA_CPU_NAME": name, "CHRONUS_CACHE": str(tmp_path), "PYTHONPATH": str(Path(chronus.__file__).parents[1])}
    environment.pop("NUMBA_CPU_FEATURES", None)
    if name == "haswell":
        environment["NUMBA_CPU_FEATURES"] = AVX2
    done = subprocess.run([sys.executable, "-P", "-c", BUILD], env=environment, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, "1 []\n"), done.stderr[-2_000:]
