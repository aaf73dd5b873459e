"""The pages that teach are played as they stand: each line is typed on a playing engine and is answered as the page says."""

import os
import re
import shlex
import socket
from pathlib import Path

import pytest
from engine_process import LEAD, ROOT, chronus, typed

from chronus.control.commands import TABLE
from chronus.faces.answers import readable
from chronus.faces.client import Client
from chronus.faces.words import command
from chronus.modules import registry

PAGE, MODULES_PAGE = ((ROOT / "docs" / name).read_text() for name in ("patches.md", "modules.md"))
BLOCKS = re.findall(r"```(chronus|sh)\n(.*?)```", PAGE, re.DOTALL)
PATTERNS = [row.address for row in TABLE]
REFUSED = "# refused: "
BUILD_SECONDS = 60.0                     # what compiling and proving a module may take on a busy host


def type_line(client: Client, line: str) -> str:
    """Types one line at the prompt; fails where the answer is not the one that the line announces."""
    address, args = command(line, PATTERNS)
    reply = client.ask(address, *args)
    _, refused, why = line.partition(REFUSED)
    assert reply.ok != bool(refused), f"{line}: {reply.line()}"
    assert why in reply.message, f"{line}: {reply.line()}"
    return reply.line()


def test_every_line_of_the_page_on_patches_is_so(start, monkeypatch):
    engine = start()
    monkeypatch.chdir(engine.folder)
    with Client("127.0.0.1", engine.port, timeout=20.0) as client, engine.take("page"):
        said = {}
        for kind, text in BLOCKS:
            for line in text.splitlines():
                if kind == "chronus":
                    said.setdefault(line, []).append(type_line(client, line))
                else:
                    ended = typed(*shlex.split(line)[1:], folder=engine.folder, CHRONUS_OSC_PORT=str(engine.port))
                    assert ended.returncode == 0, f"{line}: {ended.stdout}{ended.stderr}"
                    said.setdefault(line, []).append(ended.stdout)
    assert "feedback, a block late: filter" in said["patch commit"][3]
    assert "high" in said["chronus patch diff slow-hand"][0]
    assert (engine.folder / "patch.svg").read_text().startswith("<svg")


# All are rendered by tests/golden; those that are played too have undo, or samples. `make proofs` plays all, and chaos the largest.
PLAYED = ("first-patch.txt", "chopped.txt")
EXAMPLES = [path for path in sorted((ROOT / "examples").glob("*.txt")) if path.name in PLAYED or os.environ.get("CHRONUS_ALL")]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_play(tmp_path, path: Path):
    text = re.sub(r"^sleep .*$", "sleep 0.05", path.read_text(), flags=re.MULTILINE)
    ended = chronus("jam", "--device", "null", "--osc", "127.0.0.1:0", "--lead", LEAD, "--session", tmp_path / "session", folder=tmp_path, text=text)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    commands = [line for line in text.splitlines() if line and not line.startswith(("#", "sleep"))]
    assert [line.split()[0] for line in ended.stdout.splitlines()] == ["/done"] * len(commands)


README = (ROOT / "README.md").read_text()
SCENES = re.findall(r"((?:    chronus> .*\n(?:    [^c].*\n)*)+)", README)


@pytest.mark.parametrize("scene", SCENES, ids=range(len(SCENES)))
def test_the_readme_shows_what_is_seen(engine, scene):
    assert engine.client.ask("/patch/load", "default").ok                # what each of them begins with
    for part in scene.split("    chronus> ")[1:]:
        line, *shown = [each.removeprefix("    ") for each in part.splitlines()]
        address, args = command(line, PATTERNS)
        reply = engine.ask(address, *args)
        assert reply.ok, reply.line()
        assert not shown or readable(reply, 100).splitlines() == shown


def test_the_commands_of_one_terminal_are_one_sender(engine):
    words = ("/patch/create", "high", "sine"), ("/patch/connect", "high", "out", 0.1), ("/patch/commit",)
    for address, *args in words:
        ended = chronus("send", address, *args, folder=engine.folder, CHRONUS_OSC_PORT=str(engine.port))
        assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "high" in engine.ask("/patch/show").args[0]
    line = [line for line in engine.journal() if line.command == "/patch/commit"][-1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("", int(line.actor.rpartition(":")[2])))            # the port was given back


@pytest.fixture
def forgetful():
    """What the render of a session makes known to this process is forgotten with the test."""
    known = dict(registry._own)
    yield
    registry._own.clear()
    registry._own.update(known)
    registry.modules.cache_clear()


def test_the_example_of_the_page_on_modules_is_played_and_swapped(start, tmp_path, forgetful):
    (code,) = re.findall(r"```python\n(.*?)```", MODULES_PAGE, re.DOTALL)
    (lines,) = re.findall(r"((?:    patch .*\n)+)", MODULES_PAGE)
    engine = start(CHRONUS_MODULES=str(tmp_path / "mine"))
    with Client("127.0.0.1", engine.port, timeout=20.0) as client, engine.take("own"):
        news = client.events(timeout=BUILD_SECONDS)
        (tmp_path / "mine").mkdir()
        file = tmp_path / "mine" / "breathe.py"
        file.write_text(code)
        assert next(m for m in news if m.address.startswith("/module/")).address == "/module/added"
        for line in lines.splitlines():
            type_line(client, line)
        frame = next(m for m in news if m.address == "/patch/committed").args[0]
        good, bad = "1.0 - dip", "1.0 - dop"
        file.write_text(code.replace(good, bad))
        refused = next(m for m in news if m.address.startswith("/module/"))
        assert refused.address == "/module/refused" and f"line {1 + code[:code.index(good)].count(chr(10))}: 'dop'" in refused.args[1]
        file.write_text(code.replace("depth=ratio(0.5)", "depth=ratio(0.6)"))
        assert next(m for m in news if m.address.startswith("/module/")).address == "/module/added"
        assert next(m for m in news if m.address == "/patch/committed").args[0] > frame
