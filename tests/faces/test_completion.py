"""What the prompt offers: addresses with the modules that play, and for each argument what there is of its kind."""

import json

import pytest
from prompt_toolkit.document import Document

from chronus.control.commands import TABLE
from chronus.faces.client import Reply
from chronus.faces.completion import Commands, Names, expand, kinds

STATUS = {"patch": {"modules": {"osc1": "sine", "filter": "filter", "beat": "sampler"}}, "quarantined": [{"module": "osc1"}]}
ANSWERS = {"/status": STATUS, "/module/types": {"sine": "oscillators", "filter": "filters"}, "/patch/list": {"fm-bell": "built-in", "mine": "yours"},
           "/seq/list": [{"id": "a", "kind": "steps"}, {"id": "p", "kind": "pattern"}, {"id": "r", "kind": "arpeggio"}, {"id": "verse", "kind": "scene"}, {"id": "all", "kind": "song"}],
           "/sample/list": {"drum-loop": "sample", "kit/kick": "yours"}}


def answers(message):
    return [(message.address, [json.dumps(ANSWERS[message.address])])] if message.address in ANSWERS else []


@pytest.fixture
def names(fake_engine, tmp_path, monkeypatch):
    monkeypatch.setenv("CHRONUS_MODULES", str(tmp_path / "mine"))
    return Names("127.0.0.1", fake_engine(answers).port)


@pytest.fixture
def offered(names):
    """What the whole line would be with each of the completions."""
    rows = [(row.address, row.usage) for row in TABLE]

    def complete(typed: str) -> list[str]:
        found = Commands(rows, names).get_completions(Document(typed), None)
        return [typed[:len(typed) + one.start_position] + one.text for one in found]

    return complete


@pytest.mark.parametrize("typed, lines", [
    ("/gate/", ["/gate/beat", "/gate/filter", "/gate/osc1"]), ("/mod/osc1/f", ["/mod/osc1/freq"]), ("mod osc1 f", ["/mod/osc1/freq"]), ("pani", ["/panic"]),
    ("/patch/cr", ["/patch/create"]), ("patch cr", ["/patch/create"]),
    ("/patch/create ", []), ("/patch/create a s", ["/patch/create a sine"]), ("patch create a f", ["patch create a filter"]),
    ("patch connect o", ["patch connect osc1", "patch connect osc1/out"]), ("/patch/connect filter/b", ["/patch/connect filter/band"]),
    ("patch connect osc1 filter/c", ["patch connect osc1 filter/cutoff"]),
    ("/patch/connect osc1 o", [f"/patch/connect osc1 {end}" for end in ("out", "osc1", "osc1/freq", "osc1/gain")]),
    ("patch connect osc1 filter/cutoff ", []), ("patch set filter cu", ["patch set filter cutoff"]), ("/patch/set osc1 f", ["/patch/set osc1 freq"]),
    ("patch delete ", ["patch delete osc1", "patch delete filter", "patch delete beat"]), ("patch load f", ["patch load fm-bell"]),
    ("patch show ", ["patch show fm-bell", "patch show mine", "patch show staged"]), ("patch diff mine f", ["patch diff mine fm-bell"]),
    ("patch set beat sa", ["patch set beat sample"]), ("mod beat sa", []), ("patch set beat sample k", ["patch set beat sample kit/kick"]),
    ("seq show ", [f"seq show {id_}" for id_ in ("a", "p", "r", "verse", "all")]), ("/seq/start a", ["/seq/start a", "/seq/start all"]),
    ("seq create ", []), ("arp create ", []), ("pat ", ["pat p"]), ("/pat p x ", ["/pat p x osc1", "/pat p x filter", "/pat p x beat"]), ("scene play ", ["scene play verse"]),
    ("song play ", ["song play all"]), ("scene set new ", ["scene set new a", "scene set new p", "scene set new r"]),
    ("scene follow verse 4 ", ["scene follow verse 4 verse", "scene follow verse 4 stop"]), ("seq create b o", ["seq create b osc1"]), ("arp create b o", ["arp create b osc1"]),
    ("patch set beat gain ", []), ("module retry ", ["module retry osc1"]), ("record start ", []), ("nonsense ", []), ("/nonsense x", [])])
def test_completions(offered, typed, lines):
    assert offered(typed) == lines


def test_what_is_staged_here_is_offered_until_it_plays(names, offered):
    names.note(Reply("/patch/create", True, ("lfo", "sine"), 64))
    names.note(Reply("/patch/create", False, code="exists"))
    assert offered("patch connect lf") == ["patch connect lfo", "patch connect lfo/out"]
    assert offered("patch set lfo f") == ["patch set lfo freq"] and offered("/mod/lf") == []
    names.note(Reply("/patch/commit", False, code="fault"))
    assert offered("patch delete l") == ["patch delete lfo"]
    names.note(Reply("/patch/commit", True, ("hash",), 128))
    assert offered("patch delete l") == []


def test_an_engine_that_is_silent_names_nothing(fake_engine):
    silent = Names("127.0.0.1", fake_engine(lambda message: []).port)
    silent.client.timeout = 0.05
    assert silent.playing() == {} and silent.of("NAME", "/patch/load", []) == []


def test_every_argument_of_the_table_is_of_some_kind():
    assert kinds("[NAME|staged]") == [["NAME", "staged"]] and kinds("FROM TO [AMOUNT]") == [["FROM"], ["TO"], ["AMOUNT"]]
    assert kinds("[NAME [NAME]]") == [["NAME"], ["NAME"]] and kinds("") == []


def test_addresses_are_completed_with_what_plays():
    assert expand(["/mod/ID/PARAM", "/gate/ID", "/test"], {"a": ["x", "y"]}) == ["/gate/a", "/mod/a/x", "/mod/a/y", "/test"]
