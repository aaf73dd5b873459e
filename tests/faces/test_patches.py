"""`chronus patch`: what plays and what is saved, listed, drawn and compared; what is asked of the engine, and what needs none."""

import json
from dataclasses import replace

import pytest

from chronus.control import own_modules
from chronus.faces import cli
from chronus.modules import registry
from chronus.patch.graph import default
from chronus.patch.library import Library
from chronus.workshop.data import declaration_data

HISTORY = [{"number": 1, "hash": "aa", "who": "engine", "frame": 0, "summary": "the beginning", "current": False},
           {"number": 2, "hash": "bb", "who": "osc:127.0.0.1:5", "frame": 640, "summary": "+ module lfo (sine)", "current": True}]


@pytest.fixture
def session(tmp_path):
    return tmp_path / "session"


@pytest.fixture
def playing():
    """The patch that the engine says it plays; a test may change it."""
    return default().as_dict()


@pytest.fixture
def chronus(fake_engine, capsys, monkeypatch, tmp_path, session, playing):
    """Runs `chronus patch` with a library and modules of its own: exit code, output, complaints, and what the engine heard."""
    monkeypatch.setenv("CHRONUS_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("CHRONUS_MODULES", str(tmp_path / "mine"))
    monkeypatch.setattr(registry, "_own", {})
    registry.modules.cache_clear()

    def answers(message):
        told = {"/status": {"session": str(session)}, "/patch/show": playing, "/patch/history": HISTORY}
        if message.address == "/ack":
            return []
        if message.address in told:
            return [(message.address, [json.dumps(told[message.address])])]
        if message.args == ("nobody",):
            return [("/fail", [message.address, "unknown-name", "no patch 'nobody'"])]
        return [("/done", [message.address, 640, *message.args])]

    engine = fake_engine(answers)

    def run(*words, osc=True):
        code = cli.main(["patch", *words, *(["--osc", f"127.0.0.1:{engine.port}"] if osc else [])])
        heard = [(message.address, message.args) for message in engine.heard if message.address != "/ack"]
        engine.heard.clear()
        return code, *capsys.readouterr(), heard

    yield run
    registry.modules.cache_clear()


def test_the_library_is_listed_without_an_engine(chronus):
    Library().save("my-own", default())
    rows = {row["name"]: row for row in json.loads(chronus("list", "--json", osc=False)[1])["patches"]}
    assert rows["my-own"]["whose"] == "yours" and rows["fm-bell"]["whose"] == "built-in" and "bell" in rows["fm-bell"]["about"]
    code, out, _, heard = chronus("list", osc=False)
    assert code == 0 and len(out.splitlines()) == len(rows) and not heard


def test_a_damaged_patch_is_listed_with_what_is_wrong(chronus, tmp_path):
    (tmp_path / "state" / "patches").mkdir(parents=True)
    (tmp_path / "state" / "patches" / "torn.json").write_text('{"format": "chronus-pa')
    code, out, _, _ = chronus("list", osc=False)
    assert code == 0 and "torn.json" in next(line for line in out.splitlines() if line.startswith("torn"))


def test_what_plays_is_drawn(chronus):
    code, out, _, heard = chronus("show")
    assert code == 0 and all(f" {id_} " in out for id_ in ("sine", "adsr", "filter", "out"))
    assert ("/patch/show", ()) in heard


def test_a_saved_patch_is_drawn_without_an_engine(chronus):
    code, out, _, heard = chronus("show", "fm-bell", osc=False)
    assert code == 0 and "strike" in out and not heard
    assert chronus("show", "nobody", osc=False)[0] == 1


def test_as_svg_and_as_data(chronus, tmp_path, playing):
    code, out, _, _ = chronus("show", "--svg", str(tmp_path / "p.svg"))
    assert code == 0 and out == f"{tmp_path / 'p.svg'}\n" and (tmp_path / "p.svg").read_text().startswith("<svg")
    assert json.loads(chronus("show", "--json")[1]) == playing
    code, _, said, _ = chronus("show", "--svg", str(tmp_path / "no" / "p.svg"))
    assert code == 1 and "cannot be written" in said


def test_a_module_whose_file_is_broken_now_is_still_drawn_and_compared(chronus, session, playing):
    own = replace(registry.builtin()["gain"], id="soft_clip", digest="5" * 64, objects={1: f"kernel-{'0' * 32}.o"}, lanes=1, across=True)
    place = own_modules.place_of(session, own.id, own.digest)
    place.mkdir(parents=True)
    playing["modules"].append({"id": "clip", "type": "soft_clip", "params": {}})
    assert chronus("show")[0] == 1, "nobody knows this module yet"
    (place / own_modules.RECORD).write_text(json.dumps(declaration_data(own)))
    code, out, said, _ = chronus("show")
    assert code == 0 and "soft_clip" in out, said
    assert chronus("diff", "default")[1] == "+ module clip (soft_clip)\n"


def test_differences(chronus):
    assert chronus("diff", "default")[:2] == (0, "no difference: both sound the same\n")
    code, out, _, heard = chronus("diff", "default", "fm-bell", osc=False)
    assert code == 0 and "+ module strike (sine), freq 616 Hz, gain 1" in out.splitlines() and not heard
    assert json.loads(chronus("diff", "default", "--json")[1]) == {"difference": []}
    assert chronus("diff", "nobody")[0] == 1


def test_the_history_says_who_and_what_and_where_one_is(chronus):
    code, out, _, _ = chronus("history")
    assert code == 0 and out.splitlines() == ["\t1\t0\tengine\tthe beginning", "->\t2\t640\tosc:127.0.0.1:5\t+ module lfo (sine)"]
    assert json.loads(chronus("history", "--json")[1]) == {"history": HISTORY}


@pytest.mark.parametrize("words, asked", [
    (("save", "mine"), ("/patch/save", ("mine",))), (("load", "mine"), ("/patch/load", ("mine",))),
    (("undo",), ("/patch/undo", ())), (("redo",), ("/patch/redo", ()))])
def test_what_the_engine_is_asked_to_do(chronus, words, asked):
    code, out, _, heard = chronus(*words)
    assert code == 0 and heard == [asked] and out.startswith(f"/done {asked[0]} 640")


def test_a_refusal_exits_1(chronus):
    assert chronus("load", "nobody")[:2] == (1, "/fail /patch/load unknown-name no patch 'nobody'\n")
    assert json.loads(chronus("load", "nobody", "--json")[1])["code"] == "unknown-name"
