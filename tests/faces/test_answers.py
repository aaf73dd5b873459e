"""Answers and news as people read them; what cannot be read so is shown as it came."""

import json
import re
from pathlib import Path

import pytest

from chronus.control.commands import TABLE
from chronus.faces.answers import DRAWN, SENTENCES, news_line, readable
from chronus.faces.client import Reply
from chronus.patch.graph import default
from chronus.shared.events import NAMES

ROOT = Path(__file__).parents[2]


def answer(address: str, data) -> Reply:
    return Reply(address, True, (data if isinstance(data, str) else json.dumps(data),))


def test_a_patch_is_drawn():
    text = readable(answer("/patch/show", default().as_dict()), 100)
    assert "╭ out ╮" in text and "{" not in text


def test_a_patch_with_modules_that_only_the_engine_knows_is_shown_as_data():
    data = {**default().as_dict(), "modules": [{"id": "a", "type": "from-elsewhere", "params": {}}], "cables": []}
    assert json.loads(readable(answer("/patch/show", data))) == data


@pytest.mark.parametrize("address, data, lines", [
    ("/patch/diff", ["+ module a (sine)", "- cable a/out -> out"], ["+ module a (sine)", "- cable a/out -> out"]),
    ("/patch/diff", [], ["no difference: both sound the same"]),
    ("/patch/list", {"default": "built-in", "mine": "yours", "drone": "built-in"}, ["built-in: default, drone", "yours: mine"]),
    ("/module/types", {"sine": "oscillators"}, ["oscillators: sine"]),
    ("/status", {"rate": 48_000, "redundant": True}, ["rate       48000", "redundant  yes"]),
    ("/meters", {"frame": 64, "strips": {"a": {"peak": [-6.0, -120.0], "rms": [-30.0, -120.0], "mute": False, "solo": False, "heard": False},
                                         "kick": {"peak": [0.0, 0.0], "rms": [-3.01, -3.01], "mute": True, "solo": True, "heard": False}},
                 "out": {"peak": [3.0, -120.0], "rms": [-120.0, -120.0], "clipped": 7}},
     ["a     █████████████▒▒▒▒▒▒▒▒▒▒···  peak   -6.0 -120.0  rms  -30.0 -120.0  -",
      "kick  █████████████████████████▒  peak    0.0    0.0  rms   -3.0   -3.0  MS",
      "out   ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒  peak    3.0 -120.0  rms -120.0 -120.0  7 clipped"]),
    ("/patch/history", [{"number": n, "hash": "aa", "who": "me", "frame": 0, "summary": "s", "current": n == 10} for n in (9, 10)],
     ["    9  s  (me)", "-> 10  s  (me)"]),
])
def test_lists_are_lines(address, data, lines):
    assert readable(answer(address, data)).splitlines() == lines


@pytest.mark.parametrize("reply", [
    answer("/patch/diff", "not JSON"), answer("/patch/list", [1]), Reply("/patch/history", True, ()),
    answer("/mod/sine/freq", "440"), Reply("/patch/commit", True, ("ab",), 640), Reply("/patch/show", False, code="name", message="no")])
def test_what_is_none_of_that_stays_as_it_came(reply):
    assert readable(reply) == reply.line()


def test_only_commands_that_there_are_are_drawn():
    assert set(DRAWN) <= {row.address for row in TABLE}


@pytest.mark.parametrize("address, args, line", [
    ("/module/added", ("wobble", "Wobbles."), "· wobble can be played: Wobbles."),
    ("/module/refused", ("wobble", "wobble.py, line 9: no"), "! wobble is refused, and nothing was changed: wobble.py, line 9: no"),
    ("/module/quarantined", (640, "w", "'w' crashed"), "! 'w' crashed"),
    ("/patch/rolled_back", (640, "'w' crashed {0}"), "! the commit was taken back: 'w' crashed {0}"),
    ("/patch/committed", (640, "bell", "0123456789abcdef"), "· committed: bell plays now, 01234567"),
    ("/module/added", (), "· /module/added"), ("/never/heard", (1, 2.5, "x"), "· /never/heard 1 2.5 x")])
def test_news_are_sentences(address, args, line):
    assert news_line(address, args) == line


def test_every_piece_of_news_has_its_sentence_and_stands_on_the_page():
    told = {f"/{name}" for name in NAMES.values()} | {"/xrun", "/late"}
    for path in (ROOT / "src" / "chronus" / "control").glob("*.py"):
        told |= set(re.findall(r'(?:tell|send)\([^"\n]*"(/(?:patch|module|midi)/[a-z_]+)"', path.read_text()))
        told |= set(re.findall(r'"(/module/(?:bypassed|quarantined|returned))"', path.read_text()))
    assert told == set(SENTENCES)
    page = (ROOT / "docs" / "protocol.md").read_text()
    patching = {row.address for row in TABLE if row.address.startswith(("/patch/", "/module/"))}
    assert not [address for address in told | patching if f"`{address}`" not in page]


def test_a_sentence_says_something_of_what_came():
    assert all("{" in sentence for _, sentence in SENTENCES.values())
