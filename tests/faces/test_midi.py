"""The verbs about MIDI: what they print, write and refuse."""

import json

import pytest

from chronus.faces import cli
from chronus.music.midi_files import write

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
