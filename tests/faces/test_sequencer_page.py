"""docs/sequencer.md: every block of it is a piece that renders, and is heard from its beginning to its end."""

import re
from pathlib import Path

import numpy as np
import pytest

from chronus.faces.scripts import render_script
from chronus.recorder.wav import DATA_AT

PAGE = (Path(__file__).parents[2] / "docs" / "sequencer.md").read_text()
PIECES = re.findall(r"```chronus\n(.*?)```", PAGE, re.DOTALL)
SECOND = 48_000


@pytest.mark.parametrize("number", range(len(PIECES)))
def test_a_piece_of_the_page_is_heard(number, tmp_path):
    (tmp_path / "piece.txt").write_text(PIECES[number])
    result = render_script(tmp_path / "piece.txt", out=tmp_path / "piece.wav")
    heard = np.abs(np.fromfile(tmp_path / "piece.wav", np.float32, offset=DATA_AT).reshape(-1, 2)).max(axis=1)
    seconds = [heard[begin:begin + SECOND].max() for begin in range(0, result["frames"] - SECOND + 1, SECOND)]
    silent = [at for at, peak in enumerate(seconds) if peak < 0.01]
    assert not [at for at in silent if at < len(seconds) - 2], f"silent in seconds {silent}"
    assert max(seconds) < 1.0


def test_there_are_eight():
    assert len(PIECES) == 8
