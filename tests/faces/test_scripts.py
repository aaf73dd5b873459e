"""Scripts that are rendered: each command at its exact frame, a mistake with its line, and what needs an engine said so."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile

from chronus.control import replay
from chronus.control.patching import as_set
from chronus.control.scripted import Scripted
from chronus.faces import cli
from chronus.faces.cli import render
from chronus.faces.own_engine import table_patterns
from chronus.faces.scripts import obeyed, render_script
from chronus.faces.words import LineError, command
from chronus.modules import registry
from chronus.modules.mixing.master import AHEAD
from chronus.patch.edits import create
from chronus.patch.errors import PatchError
from chronus.patch.graph import Cable, Module, Patch, default
from chronus.patch.library import Library
from chronus.recorder.wav import DATA_AT
from chronus.workshop.template import text


@pytest.fixture
def played(tmp_path):
    """What a script makes: its result and its samples."""
    def play(*lines: str):
        (tmp_path / "script.txt").write_text("\n".join(lines))
        (tmp_path / "out.wav").unlink(missing_ok=True)
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


@pytest.mark.parametrize("line, says", (("gaet adsr 1", "did you mean /gate/ID"), ("gate adrs 1", "did you mean 'adsr'"), ("mod sine freq 1e9", "0 to 20000 Hz"),
                                        ("note adsr c4 1", "plays no notes"), ("patch commit", "nothing is staged"), ("patch load nobody", "nobody"),
                                        ("record start", "needs an engine"), ("sleep long", "sleep SECONDS"), ("patch connect sine nowhere", "nowhere"),
                                        ("note sine h4 1", "sine"), ("note adsr c4 loud", "plays no notes"), ("gate adsr", "VELOCITY"),
                                        ("patch connect sine", "takes FROM TO [AMOUNT], not 1"), ("patch create a sine b", "takes ID TYPE"), ("patch set sine freq", "not 2")))
def test_a_mistake_names_its_line_and_what_to_do(played, line, says):
    with pytest.raises(LineError, match="line 2") as error:
        played("# begins well", line)
    assert says in str(error.value)


def test_the_command_line_says_it_in_one_line(tmp_path, capsys):
    (tmp_path / "script.txt").write_text("gate adrs 1\n")
    assert render(tmp_path / "script.txt") == 1
    assert "did you mean 'adsr'" in capsys.readouterr().err


def test_what_a_switch_is_and_what_a_name_is_are_taken_as_an_engine_takes_them(played):
    _, by_number = played("mod adsr attack 0", "gate adsr 1", "sleep 0.1")
    _, by_word = played("mod adsr attack 0", "gate adsr true", "sleep 0.1")
    assert np.abs(by_word).max() > 0.1 and np.array_equal(by_number, by_word)
    _, sound = played("patch create 808 kick", "patch connect 808 out", "patch commit", "gate 808 1", "sleep 0.3")
    assert np.abs(sound).max() > 0.1


def test_samples_whose_names_look_like_numbers_are_played(tmp_path, monkeypatch):
    monkeypatch.setenv("CHRONUS_SAMPLES", str(tmp_path / "samples"))
    monkeypatch.setenv("CHRONUS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "samples").mkdir()
    names = ("01", "1e3", "nan", "inf", "true", "808")
    for name in names:
        soundfile.write(tmp_path / "samples" / f"{name}.wav", np.ones(100) / 2, 48_000)
    lines = [line for name in names for line in (f"patch create s{name} sampler", f"patch set s{name} sample {name}", f"patch set s{name} gain 1e0")]
    (tmp_path / "script.txt").write_text("\n".join([*lines, "patch commit"]))
    script = Scripted()
    list(obeyed(tmp_path / "script.txt", script))
    held = {module.id: module.tables["sample"].partition("@")[::2] for module in script.patch.modules.values() if module.tables}
    assert {id_: name for id_, (name, _) in held.items()} == {f"s{name}": name for name in names} and all(digest for _, digest in held.values())
    script.obey("/patch/set", ["s808", "sample", 1.0])
    assert script.working.modules["s808"].tables == {"sample": "01"}
    with pytest.raises(PatchError, match="did you mean '01'"):
        script.obey("/patch/set", ["s808", "sample", "1"])


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The folder of one's own modules, where nothing was built."""
    monkeypatch.setenv("CHRONUS_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("CHRONUS_MODULES", str(tmp_path / "mine"))
    monkeypatch.setenv("CHRONUS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(registry, "_own", {})
    registry.modules.cache_clear()
    (tmp_path / "mine").mkdir()
    yield tmp_path / "mine"
    registry.modules.cache_clear()


def test_one_s_own_modules_are_built_and_played(own, tmp_path, monkeypatch):
    def types(*lines: str) -> list[str]:
        (tmp_path / "script.txt").write_text("\n".join(lines))
        script = Scripted()
        assert len(list(obeyed(tmp_path / "script.txt", script))) == len(lines)
        return [module.type for module in script.patch.modules.values()]

    (own / "bent.py").write_text(text("bent"))
    (own / "unused.py").write_text("no module")
    assert "bent" in types("patch create b bent", "patch connect filter b", "patch connect b out", "patch commit")
    patch = Patch([Module("s", "sine"), Module("b", "bent")], [Cable("s", "out", "b", "audio"), Cable("b", "out", "out", "")])
    path = Library().save("mine", patch)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    monkeypatch.setattr(registry, "_own", {})
    registry.modules.cache_clear()
    assert types("patch load mine") == ["sine", "bent"]


def test_a_knob_of_one_s_own_module_may_be_called_like_a_table(own, monkeypatch):
    ours = registry.builtin()["sine"]
    monkeypatch.setattr(registry, "_own", {"mine": replace(ours, id="mine", params=tuple(replace(p, name="waves") if p.name == "freq" else p for p in ours.params))})
    registry.modules.cache_clear()
    patch = create(default(), "m", "mine")[0]
    assert as_set(patch, *command("/patch/set m waves 1e3", table_patterns())[1]) == ("m", "waves", 1000.0)
    assert as_set(patch, "m", "waves", "many") == ("m", "waves", "many") and as_set(patch, "sine", "freq", "440") == ("sine", "freq", "440")


def test_one_s_own_module_that_is_none_is_said_with_both_lines(own, played):
    (own / "bent.py").write_text(text("bent").replace("audio * drive", "audio * drivr"))
    with pytest.raises(LineError, match="line 1: bent.py, line 12: 'drivr' is not defined"):
        played("patch create b bent")


def test_a_script_is_text(tmp_path, capsys):
    script = tmp_path / "script.txt"
    script.write_bytes(b"\xef\xbb\xbfgate adsr 1\nsleep 0.01\n")
    assert render_script(script)["frames"] == 480
    for content in (b"MThd\x00\x00\x00\x06\x00\x01\xff\xfe", "# Gedämpft\n".encode("latin-1")):
        script.write_bytes(content)
        assert cli.main(["render", str(script)]) == 1
        assert "is no text in UTF-8" in (said := capsys.readouterr().err) and "chronus midi import" in said


def test_a_file_that_is_there_is_left_as_it_is(tmp_path, capsys):
    (tmp_path / "script.txt").write_text("sleep 1\n")
    (tmp_path / "out.wav").write_bytes(b"mine")
    assert cli.main(["render", str(tmp_path / "script.txt"), "--out", str(tmp_path / "out.wav")]) == 1
    assert "is there already: name another file" in capsys.readouterr().err and (tmp_path / "out.wav").read_bytes() == b"mine"


@pytest.mark.parametrize("error", (KeyboardInterrupt, OSError(28, "No space left on device")))
def test_what_was_rendered_by_half_is_removed(tmp_path, monkeypatch, error):
    """Whether it ends while a piece is made, or between two of them."""
    (tmp_path / "script.txt").write_text("sleep 1\n")

    def broken(pieces):
        next(pieces)
        assert (tmp_path / "out.wav").exists()
        raise error

    def run():
        with pytest.raises((KeyboardInterrupt, OSError)):
            render_script(tmp_path / "script.txt", out=tmp_path / "out.wav")
        assert not (tmp_path / "out.wav").exists()

    with monkeypatch.context() as patched:
        patched.setattr(replay, "digest", broken)
        run()
    monkeypatch.setattr(replay.Wav, "append", lambda *_: broken(iter([0])))
    run()


@pytest.mark.parametrize("words, why", ((["--from", "-1"], "none from -1"), (["--frames", "-5"], "-5 frames"), (["--from", "48001"], "ends at frame 48000")))
def test_frames_that_never_were_are_refused(tmp_path, capsys, words, why):
    (tmp_path / "script.txt").write_text("sleep 1\n")
    assert cli.main(["render", str(tmp_path / "script.txt"), *words]) == 1
    assert why in capsys.readouterr().err


def test_the_last_frames_are_rendered(tmp_path):
    (tmp_path / "script.txt").write_text("sleep 1\n")
    assert render_script(tmp_path / "script.txt", 40_000, 8_000)["frames"] == 8_000
    assert render_script(tmp_path / "script.txt", 48_000)["frames"] == 0
    assert render_script(tmp_path / "script.txt", 40_000, 9_000)["frames"] == 9_000, "what rings on behind it"
