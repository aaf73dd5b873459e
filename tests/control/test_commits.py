"""What becomes of a commit whose patch does not fit: it is refused, and control goes on."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from chronus.control.commits import Commits, Pending
from chronus.modules import registry
from chronus.modules.registry import modules
from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.replica.offline import Offline

OWN = replace(modules()["gain"], id="foo")
NEW = {"an outlet": replace(OWN, outlets=("sound",)), "an inlet": replace(OWN, inlets=(replace(OWN.inlets[0], name="sound"),), bypass="sound"),
       "a parameter": replace(OWN, params=(replace(OWN.params[0], name="level"),)), "a range": replace(OWN, params=(replace(OWN.params[0], high=1.0),))}


@pytest.fixture
def asked(tmp_path):
    """Commits the patch that plays once more, as after a module of one's own was saved: what was answered."""
    registry.install(OWN)
    playing = Patch([Module("s", "sine"), Module("f", "foo", {"gain": 8.0}), Module("t", "gain")],
                    [Cable("s", "out", "f", "audio"), Cable("f", "out", "t", "audio"), Cable("t", "out", OUT, "")])
    offline = Offline([compile_patch(Patch([], []), 48_000, 64).words], [], 48_000, 64)
    control = SimpleNamespace(memory=offline.memory, folder=tmp_path, commit_is_undecided=lambda: False, clients=SimpleNamespace(listeners=lambda: []),
                              send=lambda *_: None)
    commits, said = Commits(control), []

    def ask(make=lambda: (playing, [], 0)) -> tuple:
        commits.ask(Pending(("x", 0), make, lambda *_: said.append(("done",)), lambda *why: said.append(why)))
        commits.turn()
        return said[-1] if said else ()
    yield ask
    registry.remove("foo")


@pytest.mark.parametrize("what", NEW)
def test_a_module_that_was_saved_with_other_ports_is_refused_where_they_are_in_use(what, asked):
    registry.install(NEW[what])
    code, why = asked()
    assert code in ("unknown-param", "range") and "f" in why


def test_a_mistake_of_ours_takes_one_commit_and_not_control(asked, capsys):
    def mistaken():
        raise ZeroDivisionError("somewhere")
    code, why = asked(mistaken)
    assert code == "internal" and "please report it" in why and "ZeroDivisionError" in capsys.readouterr().err
