"""The verbs about MIDI: what they print, write and refuse."""

import json

import pytest

from chronus.faces import cli, midi
from chronus.music.midi_files import write
from chronus.native.build import CacheError
from chronus.workshop.words import WorkshopError

FILE = write([("lead", [(0, b"\x90\x3c\x40"), (480, b"\x80\x3c\x00")])], 480, [(0, 500_000)])


@pytest.fixture
def tune(tmp_path):
    (tmp_path / "tune.mid").write_bytes(FILE)
    return tmp_path / "tune.mid"


def test_a_file_is_printed_as_a_script(tune, capsys):
    assert cli.main(["midi", "import", str(tune), "--onto", "keys"]) == 0
    assert capsys.readouterr().out == "# tune.mid: 1 note, 120 BPM\nnote keys 60 0.503937 0.5000000\nsleep 1.5000000\n"


def test_a_file_is_rendered(tune, capsys, tmp_path):
    assert cli.main(["midi", "import", str(tune), "--out", str(tmp_path / "tune.txt"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"script": str(tmp_path / "tune.txt"), "notes": 1, "tracks": ["lead"]}
    assert cli.main(["render", str(tmp_path / "tune.txt"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["frames"] == 72_000


@pytest.mark.parametrize("words, why", ((["import", "{file}"], "no MIDI file"), (["import", "{none}"], "No such file"), (["export", "{none}", "--out", "{file}"], "name the folder")))
def test_what_cannot_be_done_is_said(tmp_path, capsys, words, why):
    (tmp_path / "a.mid").write_bytes(b"hello")
    assert cli.main(["midi", *(word.format(file=tmp_path / "a.mid", none=tmp_path / "none") for word in words)]) == 1
    assert why in capsys.readouterr().err and (tmp_path / "a.mid").read_bytes() == b"hello"


def test_without_an_engine_the_ports_of_the_machine_are_told(capsys):
    assert cli.main(["midi", "--osc", "127.0.0.1:1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["machine"] and "chronus jam" in told["engine"]


def test_a_name_that_cannot_be_printed_is_imported(tmp_path, capsys):
    odd = tmp_path / "a\udcff\nb.mid"
    odd.write_bytes(FILE)
    assert cli.main(["midi", "import", str(odd)]) == 0
    assert capsys.readouterr().out.startswith("# a??b.mid: 1 note")
    out = tmp_path / "c\udcff.txt"
    assert cli.main(["midi", "import", str(odd), "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["script"].endswith("c?.txt") and out.read_text().startswith("# a??b.mid")


def test_a_session_that_cannot_be_opened_for_its_modules_is_said(tmp_path, capsys, monkeypatch):
    for error in (WorkshopError("line says", 3, "bent.py"), CacheError("set CHRONUS_CACHE")):
        monkeypatch.setattr(midi, "midi_file", lambda folder, error=error: (_ for _ in ()).throw(error))
        assert cli.main(["midi", "export", str(tmp_path), "--out", str(tmp_path / "a.mid")]) == 1
        assert str(error) in capsys.readouterr().err
