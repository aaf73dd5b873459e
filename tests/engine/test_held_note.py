"""A held note goes on through edits elsewhere: what the other branch does is not in its samples, not in a single bit."""

import json

import numpy as np

from chronus.control.replay import Session
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.replica.offline import render
from chronus.shared.log import COMMIT

EDITS = ((("create", "more", "sine"), ("set", "more", "freq", 555.0), ("connect", "more", "pan-r", 0.5)),
         (("create", "colour", "filter"), ("connect", "env-r", "colour"), ("connect", "colour", "pan-r", 0.7), ("disconnect", "env-r", "pan-r")),
         (("delete", "more"),), (("delete", "osc-r"), ("delete", "colour")))


def two_branches() -> Patch:
    """A voice on the left only, and one on the right only."""
    modules, cables = [], []
    for side, position, freq in (("l", -1.0, 220.0), ("r", 1.0, 330.0)):
        modules += [Module(f"osc-{side}", "sine", {"freq": freq}), Module(f"env-{side}", "adsr"), Module(f"pan-{side}", "pan", {"position": position})]
        cables += [Cable(f"osc-{side}", "out", f"env-{side}", "audio"), Cable(f"env-{side}", "out", f"pan-{side}", "audio"),
                   Cable(f"pan-{side}", "out", OUT, "")]
    return Patch(modules, cables, "two-branches")


def rendered(session: Session, entries, take) -> np.ndarray:
    return np.concatenate(list(render(session.programs, entries, session.rate, session.block, take.first, take.frames, scores=session.scores)))


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    return np.array_equal(one.view(np.int32), other.view(np.int32))


def hold(start, tmp_path, edits):
    """Plays both notes through commits of `edits`: left and right as they were played, and as they had been without a commit."""
    (tmp_path / "two.json").write_text(json.dumps(two_branches().as_dict()))
    engine = start("--patch", tmp_path / "two.json")
    with engine.take("held"):
        assert engine.ask("/gate/env-l", 1.0).ok and engine.ask("/gate/env-r", 1.0).ok
        for batch in edits:
            for verb, *args in batch:
                assert engine.ask(f"/patch/{verb}", *args).ok
            assert engine.ask("/patch/commit").ok
            engine.advance(40)
    session, take = Session(engine.session), engine.takes[-1]
    assert sum(entry.kind == COMMIT for entry in session.entries) == len(edits)
    played = rendered(session, session.entries, take)               # the recording, as `take` has proved
    return played, rendered(session, [entry for entry in session.entries if entry.kind != COMMIT], take)


def test_a_held_note_is_the_same_to_the_bit_while_the_other_branch_is_rebuilt(start, tmp_path):
    played, untouched = hold(start, tmp_path, EDITS)
    assert np.abs(played[:, 0]).max() > 0.1, "nothing was held"
    assert same_bits(played[:, 0].copy(), untouched[:, 0].copy())
    assert not same_bits(played[:, 1].copy(), untouched[:, 1].copy()), "the other branch did not change"


def test_an_edit_of_the_held_branch_is_seen(start, tmp_path):
    """A canary: the comparison above can fail."""
    played, untouched = hold(start, tmp_path, ((("connect", "env-r", "pan-l", 0.01),),))
    assert not same_bits(played[:, 0].copy(), untouched[:, 0].copy())
