"""The page on MIDI is played as it stands."""

import re
import shlex

import pytest
from engine_process import ROOT, typed, until

from chronus.control.commands import TABLE
from chronus.faces.words import command

PAGE = (ROOT / "docs" / "midi.md").read_text()
PATTERNS, REFUSED = [row.address for row in TABLE], "# refused: "
INSTRUMENTS = [("/patch/create", "lead", "notes"), ("/patch/create", "bass", "notes"), ("/patch/create", "env", "adsr"), ("/patch/create", "low", "filter"),
               ("/patch/connect", "lead/gate", "env"), ("/patch/connect", "bass/gate", "env"), ("/patch/connect", "env", "low"), ("/patch/connect", "low", "out"), ("/patch/commit",)]


@pytest.fixture(scope="module")
def playing(engine):
    for address, *args in INSTRUMENTS:
        assert engine.client.ask(address, *args).ok
    return engine


@pytest.mark.parametrize("line", [line for block in re.findall(r"```chronus\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()])
def test_each_command_is_so(playing, line):
    address, args = command(line, PATTERNS)
    reply = playing.client.ask(address, *args)
    _, refused, why = line.partition(REFUSED)
    assert reply.ok != bool(refused) and why in reply.message, reply.line()


def test_each_line_of_a_shell_is_so(playing, monkeypatch):
    monkeypatch.chdir(playing.folder)
    assert playing.client.ask("/note/lead", 60, 0.5, 0.1).ok and playing.client.ask("/note/bass", 36, 0.5, 0.2).ok
    until(lambda: sum(line.command.startswith("/note/") for line in playing.journal()) >= 4, "notes in the journal")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines() if line.startswith("chronus")]
    assert len(lines) == 6
    for line in lines:
        words = [str(playing.session) if word == "night" else word for word in shlex.split(line)[1:]]
        ended = typed(*words, folder=playing.folder, CHRONUS_OSC_PORT=str(playing.port))
        assert ended.returncode == 0, f"{line}: {ended.stdout}{ended.stderr}"
    script = (playing.folder / "onto.txt").read_text()
    assert "note lead 60" in script and "note bass 36" in script
