"""A session has the same bits on the plainest processor there is: everything compiled anew for it, so `make proofs` runs this and `make test` does not."""

import json

from engine_process import chronus


def test_the_bits_do_not_depend_on_the_processor(engine, tmp_path):
    """Rendered by code for the plainest processor, the session has the same hash."""
    with engine.take("any-processor"):
        engine.play(20)
    take = engine.takes[-1]
    result = chronus("render", engine.session, "--from", take.first, "--frames", take.frames, "--json", folder=tmp_path, seconds=300,
                     NUMBA_CPU_NAME="generic", CHRONUS_CACHE=str(tmp_path / "cache"))
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["sha256"] == take.sha256
    assert list((tmp_path / "cache" / "kernels").glob("*.o")), "nothing was compiled for it"
