"""Scripts that are rendered: each command at its exact frame, a mistake with its line, and what needs an engine said so."""

import numpy as np
import pytest

from chronus.faces.cli import render
from chronus.faces.scripts import render_script
from chronus.faces.words import LineError
from chronus.modules.mixing.master import AHEAD
from chronus.recorder.wav import DATA_AT


@pytest.fixture
def played(tmp_path):
    """What a script makes: its result and its samples."""
    def play(*lines: str):
        (tmp_path / "script.txt").write_text("\n".join(lines))
        result = render_script(tmp_path / "script.txt", out=tmp_path / "out.wav")
        return result, np.fromfile(tmp_path / "out.wav", np.float32, offset=DATA_AT).reshape(-1, 2)
    return play


def test_a_command_is_heard_at_its_frame(played):
    result, sound = played("# a gate, late", "mod adsr attack 0", "sleep 0.5", "gate adsr 1", "sleep 0.25", "panic", "sleep 0.75")
    assert result["frames"] == len(sound) == 72_032, "a panic is at the beginning of a block"
    assert np.flatnonzero(sound[:, 0])[0] - AHEAD in (24_000, 24_001) and np.abs(sound[30_000:36_000]).max() > 0.1


def test_a_patch_is_built_and_played_by_notes(played):
    _, sound = played("patch create keys notes", "patch set keys voices 4", "patch connect keys/freq sine", "patch connect keys/gate adsr/gate", "patch set sine freq 0",
                      "patch commit", "sleep 0.1", "note keys a4 1 0.2", "sleep 0.5", "note keys a5 100", "sleep 0.1", "note keys a5 0", "sleep 0.5")
    spectrum = np.abs(np.fft.rfft(sound[6_000:14_000, 0]))
    assert abs(np.argmax(spectrum) * 48_000 / 8_000 - 440.0) < 7.0 and np.abs(sound[-200:]).max() < 0.01


@pytest.mark.parametrize("line, says", (("gaet adsr 1", "begins no command"), ("gate adrs 1", "did you mean 'adsr'"), ("mod sine freq 1e9", "0 to 20000 Hz"),
                                        ("note adsr c4 1", "plays no notes"), ("patch commit", "nothing is staged"), ("patch load nobody", "nobody"),
                                        ("record start", "needs an engine"), ("sleep long", "sleep SECONDS"), ("patch connect sine nowhere", "nowhere"),
                                        ("note sine h4 1", "sine"), ("note adsr c4 loud", "plays no notes"), ("gate adsr", "VELOCITY")))
def test_a_mistake_names_its_line_and_what_to_do(played, line, says):
    with pytest.raises(LineError, match="line 2") as error:
        played("# begins well", line)
    assert says in str(error.value)


def test_the_command_line_says_it_in_one_line(tmp_path, capsys):
    (tmp_path / "script.txt").write_text("gate adrs 1\n")
    assert render(tmp_path / "script.txt") == 1
    assert "did you mean 'adsr'" in capsys.readouterr().err
