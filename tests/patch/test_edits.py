"""Edits of a patch: each gives a patch that could have been read from a file, says what it did, and refuses with what was meant."""

import re

import pytest
from edited import apply, edited, edits
from hypothesis import given, settings

from chronus import limits
from chronus.patch.edits import EDITS, connect, create, delete, disconnect, set_value
from chronus.modules.registry import modules
from chronus.patch.errors import PatchError
from chronus.patch.graph import OUT, Cable, Module, Patch, default
from chronus.patch.other_names import OTHER_NAMES



def refused(verb: str, *args, patch=None) -> PatchError:
    with pytest.raises(PatchError) as caught:
        EDITS[verb](patch or default(), *args)
    return caught.value


@settings(max_examples=60, deadline=None)
@given(edits)
def test_whatever_is_edited_is_a_patch(rows):
    before = default().as_dict()
    patch = default()
    after = edited(rows, patch)
    assert patch.as_dict() == before
    assert Patch.from_dict(after.as_dict()).as_dict() == after.as_dict()
    assert len({(c.start, c.end) for c in after.cables}) == len(after.cables)
    assert all(params[p.name] != p.default for m in after.modules.values() for params in [m.params]
               for p in m.declaration.params if p.name in params)


def test_a_new_module_has_no_cable_and_stands_last():
    patch, answer = create(default(), "osc2", "sine")
    assert answer == ("osc2", "sine")
    assert list(patch.modules) == ["sine", "adsr", "filter", "osc2"] and patch.modules["osc2"] == Module("osc2", "sine")
    assert patch.cables == default().cables


def test_what_others_call_a_module_is_understood():
    """None of these is near any of our names in letters, or it is near the wrong one."""
    for word, meant in (("reverb", "plate"), ("vca", "gain"), ("square", "pulse"), ("LPF", "ladder"), ("hi-hat", "hat"), ("hihat", "hat"), ("echo", "delay")):
        assert meant in refused("create", "x", word).message
    assert all(word in modules() for meant in OTHER_NAMES.values() for word in re.split(", | or ", meant))
    assert not set(OTHER_NAMES) & set(modules())
    assert refused("create", "x", "qqqq").message.endswith(f"and {len(modules()) - 12} more")


def test_a_built_in_table_of_another_kind_is_refused_with_those_that_fit():
    """Whether it is named for the first time or its data is known: it was taken once a commit had looked it up."""
    patch = create(default(), "s", "wavetable")[0]
    for value in ("room", "room@2de8f807a29e93da4be7ae80311fa81b"):
        error = refused("set", "s", "waves", value, patch=patch)
        assert error.code == "type" and "'room' is no wave; there is basic-shapes, pulses, saw" in str(error)
    with pytest.raises(PatchError, match="'saw' is no response; there is room"):
        Patch([Module("c", "convolution", tables={"response": "saw"})], [])


def test_a_table_is_set_by_name_and_forgotten_with_its_default():
    patch = apply(default(), ("create", "s", "sampler"))
    for value, kept in (("kit/kick", {"sample": "kit/kick"}), (808, {"sample": "808"}), ("struck-string", {})):
        set_, answer = set_value(patch, "s", "sample", value)
        assert set_.modules["s"].tables == kept and answer == ("s", "sample", str(value))
    assert set_value(set_value(patch, "s", "sample", "a")[0], "s", "gain", 0.1)[0].modules["s"].tables == {"sample": "a"}
    assert "did you mean 'sample'" in refused("set", "s", "sampel", "x", patch=patch).message
    assert refused("set", "s", "sample", 0.5, patch=patch).code == "name"


def test_a_module_goes_with_its_cables():
    patch, answer = delete(default(), "adsr")
    assert answer == ("adsr", 2)
    assert list(patch.modules) == ["sine", "filter"] and patch.cables == [Cable("filter", "low", OUT, "")]


def test_a_loop_onto_itself_counts_once():
    assert delete(apply(default(), ("connect", "adsr", "adsr/decay")), "adsr")[1] == ("adsr", 3)


@pytest.mark.parametrize("source, target, cable", [
    ("sine", "filter", Cable("sine", "out", "filter", "audio")), ("sine/out", "filter/cutoff", Cable("sine", "out", "filter", "cutoff")),
    ("sine", "filter/q", Cable("sine", "out", "filter", "resonance")), ("filter/band", "sine", Cable("filter", "band", "sine", "freq")),
    ("filter/high", "out", Cable("filter", "high", OUT, "")), ("sine", "sine/frequency", Cable("sine", "out", "sine", "freq"))])
def test_a_cable_may_leave_out_what_goes_without_saying(source, target, cable):
    patch, answer = connect(default(), source, target)
    assert patch.cables == [*default().cables, cable]
    assert answer == (cable.start, cable.end, 1.0)


def test_a_cable_that_is_there_changes_its_amount_and_keeps_its_place():
    patch, answer = connect(default(), "sine", "adsr/audio", 2)
    assert answer == ("sine/out", "adsr/audio", 2.0)
    assert patch.cables == [Cable("sine", "out", "adsr", "audio", 2.0), *default().cables[1:]]


def test_cables_that_a_file_has_twice_become_one():
    twice = default().changed(default().modules, [*default().cables, default().cables[0]])
    assert connect(twice, "sine", "adsr", 0.5)[0].cables == connect(default(), "sine", "adsr", 0.5)[0].cables


def cabled() -> Patch:
    return apply(default(), ("connect", "sine", "filter/cutoff", 100.0), ("connect", "sine", "filter/resonance"),
                 ("connect", "filter/band", "sine/freq"), ("connect", "filter/band", "out"))


@pytest.mark.parametrize("args, gone", [
    (("sine", "filter"), {"filter/cutoff", "filter/resonance"}), (("sine", "filter/q"), {"filter/resonance"}),
    (("sine",), {"adsr/audio", "filter/cutoff", "filter/resonance"}), (("filter/band",), {"sine/freq", "out/band"}),
    (("filter", "out"), {"out/low", "out/band"}), (("filter/low", "out"), {"out/low"}), (("filter/low",), {"out/low"})])
def test_cables_are_pulled_out_by_as_much_as_is_named(args, gone):
    def places(patch):
        return {f"out/{c.outlet}" if c.target == OUT else c.end for c in patch.cables}
    patch, answer = disconnect(cabled(), *args)
    assert answer == (len(gone),)
    assert places(cabled()) - places(patch) - {"adsr/audio"} == gone - {"adsr/audio"}
    assert len(patch.cables) == len(cabled().cables) - len(gone)


def test_a_knob_at_its_default_is_not_kept():
    patch, answer = set_value(default(), "filter", "q", 0.5)
    assert answer == ("filter", "resonance", 0.5) and patch.modules["filter"].params == {"resonance": 0.5}
    assert set_value(patch, "filter", "resonance", 0)[0].hash() == default().hash()
    assert set_value(default(), "adsr", "gate", True)[1] == ("adsr", "gate", 1.0)


@pytest.mark.parametrize("args, code, said", [
    (("create", "sine", "sine"), "exists", "'sine' (sine) already; take another id, such as 'sine1'"),
    (("create", "a", "sien"), "unknown-type", "did you mean 'sine'"),
    (("create", "mix", "mix1"), "unknown-type", "the id comes first, then the type: /patch/create mix1 mix"),
    (("create", "A", "sine"), "name", "small letters"), (("create", "out", "sine"), "name", "'out'"),
    (("create", "a/b", "sine"), "name", "a/b"),
    (("create", 3, "sine"), "type", "the id of a module is text, not 3"), (("create", "a", 1.5), "type", "the type of a module"),
    (("delete", "sin"), "unknown-module", "no module 'sin'; did you mean 'sine'?"),
    (("delete", "out"), "unknown-module", "the loudspeakers"),
    (("delete", None), "type", "not None"),
    (("connect", "mix", "out"), "unknown-module", "mix is a module type, not a module of this patch; /patch/create mix1 mix makes one"),
    (("connect", "out", "sine"), "unknown-module", "cables only go to it"), (("connect", "sine", "filtr"), "unknown-module", "'filter'?"),
    (("connect", "sine/ou", "out"), "unknown-param", "no outlet 'ou'; did you mean 'out'?"),
    (("connect", "sine", "filter/cutof"), "unknown-param", "did you mean 'cutoff'?"),
    (("connect", "sine", "filter/low"), "unknown-param", "'low'"), (("connect", "sine", "out/left"), "unknown-param", "a pan"),
    (("connect", "sine", "out", "x"), "type", "the amount of sine -> out takes a number"),
    (("connect", "sine", "out", float("nan")), "not-finite", "the amount"), (("connect", "sine", "out", 2e6), "range", "a million"),
    (("connect", 1, "out"), "type", "where a cable begins"), (("connect", "sine", 1), "type", "where a cable ends"),
    (("disconnect", "sine", "filter"), "unknown-name", "no cable goes from sine to filter; there is sine/out -> adsr/audio"),
    (("disconnect", "adsr", "sine"), "unknown-name", "there is sine/out -> adsr/audio"),
    (("disconnect", "filter/high"), "unknown-name", "filter/low -> out"),
    (("disconnect", "nobody"), "unknown-module", "no module 'nobody'"),
    (("set", "filter", "audio", 1), "unknown-param", "/patch/connect FROM filter/audio"),
    (("set", "filter", "cut", 1), "unknown-param", "'cutoff'?"),
    (("set", "filter", "cutoff", 1e6), "range", "filter/cutoff takes 20 to 20000 Hz"), (("set", "filter", "cutoff", "x"), "type", "a number"),
    (("set", "filter", "cutoff", float("inf")), "not-finite", "finite"), (("set", "pan", "position", 1), "unknown-module", "pan is a module type")])
def test_a_refusal_knows_what_was_meant(args, code, said):
    error = refused(*args)
    assert said in str(error) and error.code == code


def test_a_type_that_the_patch_has_under_another_name_is_said():
    error = refused("connect", "sine", "gain", patch=create(default(), "loud", "gain")[0])
    assert "this patch has 'loud'" in str(error)


def test_a_lonely_module_has_nothing_to_pull_out():
    assert "nothing is plugged into or out of 'a'" in str(refused("disconnect", "a", patch=create(default(), "a", "sine")[0]))


def test_a_long_list_of_cables_is_cut():
    patch = apply(default(), *(("create", f"g{i}", "gain") for i in range(9)), *(("connect", "sine", f"g{i}") for i in range(9)))
    assert str(refused("disconnect", "sine", "out", patch=patch)).endswith("sine/out -> g4/audio and 4 more")


def test_a_patch_has_its_bounds():
    full = Patch([Module(f"m{i}", "gain") for i in range(limits.MODULES)],
                 [Cable(f"m{i}", "out", f"m{j}", "audio") for i in range(limits.CABLES // 128) for j in range(128)])
    assert refused("create", "one-more", "sine", patch=full).code == "range"
    assert refused("connect", "m511", "m511", patch=full).code == "range"
    assert connect(full, "m0", "m0", 0.5)[1] == ("m0/out", "m0/audio", 0.5)
    assert len(disconnect(full, "m0")[0].cables) == limits.CABLES - 128


def test_an_edit_looks_only_at_what_it_touches(monkeypatch):
    """2,000 edits of a patch of 200 modules take 0.2 s; checking all of it each time would be 600 checks an edit."""
    big = Patch([Module(f"m{i}", "gain") for i in range(200)], [Cable(f"m{i % 200}", "out", f"m{i * 7 % 200}", "audio") for i in range(400)])
    checks = []
    for name in ("check_module", "check_cable"):
        method = getattr(Patch, name)
        monkeypatch.setattr(Patch, name, lambda self, what, method=method: (checks.append(what), method(self, what))[1])
    apply(big, ("create", "a", "sine"), ("connect", "a", "m3"), ("set", "a", "freq", 1), ("disconnect", "a"), ("delete", "a"))
    assert len(checks) <= 3
