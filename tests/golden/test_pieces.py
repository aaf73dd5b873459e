"""The pieces of `examples/`, rendered: none is silent, clipped or broken, and each has the bits that are stored. Run as a program it stores them."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from chronus.faces.scripts import render_script
from chronus.recorder.wav import DATA_AT

EXAMPLES = Path(__file__).parents[2] / "examples"
STORED = EXAMPLES / "hashes.json"
LIVE_ONLY = {"first-patch.txt"}             # it undoes and redoes, which needs an engine
PIECES = sorted(path.name for path in EXAMPLES.glob("*.txt") if path.name not in LIVE_ONLY)
BEGINNINGS = {"live-set.txt": 32 * 48_000}           # frames: three minutes take half as long as all the others, so `make proofs` plays them to the end
HEARD = {name: None for name in PIECES} | (BEGINNINGS if not os.environ.get("CHRONUS_ALL") else {})


def stored_as(name: str, frames: int | None) -> str:
    return name if frames is None else f"{name}, {frames} frames"


def test_there_are_a_dozen_and_each_is_stored():
    assert len(PIECES) >= 12 and sorted(json.loads(STORED.read_text())) == sorted([*PIECES, *(stored_as(*row) for row in BEGINNINGS.items())])


@pytest.mark.parametrize("name, frames", HEARD.items(), ids=PIECES)
def test_a_piece_is_the_bits_that_are_stored(name, frames, tmp_path):
    result = render_script(EXAMPLES / name, frames=frames, out=tmp_path / "piece.wav")
    heard = np.fromfile(tmp_path / "piece.wav", np.float32, offset=DATA_AT)
    assert np.isfinite(heard).all() and 0.05 < np.abs(heard).max() < 1.0, f"its peak is {np.abs(heard).max():.3f}"
    assert frames or np.abs(heard[-4_800:]).max() < 0.05, "it ends in the middle of a sound"
    assert result["sha256"] == json.loads(STORED.read_text())[stored_as(name, frames)], \
        "if this change of sound was meant, listen, and run `PYTHONPATH=src python tests/golden/test_pieces.py`"


if __name__ == "__main__":
    rows = [*((name, None) for name in PIECES), *BEGINNINGS.items()]
    STORED.write_text(json.dumps({stored_as(*row): render_script(EXAMPLES / row[0], frames=row[1])["sha256"] for row in rows}, indent=2) + "\n")
