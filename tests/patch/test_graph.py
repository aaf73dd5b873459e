"""Patches from text: what is left out is filled in, what is wrong is named with its place, and nothing hostile gets through."""

import json
import math

import pytest

from chronus import limits
from chronus.patch.graph import OUT, Cable, Module, Patch, PatchError, default


def made(*rows, cables=(), **more) -> dict:
    return {"format": "chronus-patch", "version": 1, "modules": list(rows), "cables": list(cables), **more}


def row(id_: str, type_: str, **params) -> dict:
    return {"id": id_, "type": type_, "params": params}


def line(source: str, target: str, **more) -> dict:
    return {"from": source, "to": target, **more}


OSC, FILTER = row("osc1", "sine"), row("filter1", "filter")


def refused(data) -> PatchError:
    with pytest.raises(PatchError) as caught:
        Patch.from_dict(data)
    return caught.value


def test_what_is_written_is_read_again():
    patch = Patch.from_dict(made(OSC, FILTER, cables=[line("osc1", "filter1", amount=0.5), line("filter1/high", "out")], name="x"))
    again = Patch.from_dict(json.loads(json.dumps(patch.as_dict())))
    assert (again.as_dict(), again.hash(), again.name) == (patch.as_dict(), patch.hash(), "x")


def test_a_table_is_written_and_is_part_of_the_hash():
    found = [Patch.from_dict(made({**row("s", "sampler"), "tables": {"sample": name}})) for name in ("kit/kick", f"kit/kick@{'a' * 32}", "drum-loop")]
    assert len({patch.hash() for patch in [*found, Patch.from_dict(made(row("s", "sampler")))]}) == 4
    assert [Patch.from_dict(json.loads(patch.text())).modules for patch in found] == [patch.modules for patch in found]


@pytest.mark.parametrize("tables, said", (
    ([], '"tables"'), ({"sampel": "saw"}, "did you mean 'sample'"), ({"sample": "../x"}, "no name of a table"), ({"sample": 3}, "no name"),
    ({"sample": None}, "no name"), ({"sample": "a@b"}, "no name"), ({"sample": "/etc/passwd"}, "no name"), ({"sample": "a\0"}, "no name")))
def test_what_is_wrong_with_a_table_is_said(tables, said):
    assert said in refused(made({**row("s", "sampler"), "tables": tables})).message


def test_a_cable_leaves_out_what_goes_without_saying():
    patch = Patch.from_dict(made(OSC, FILTER, cables=[line("osc1", "filter1"), line("filter1", "out"), line("osc1", "filter1/q")]))
    assert patch.cables == [Cable("osc1", "out", "filter1", "audio"), Cable("filter1", "low", OUT, ""),
                            Cable("osc1", "out", "filter1", "resonance")]


@pytest.mark.parametrize("alias, name, type_", [("frequency", "freq", "sine"), ("amp", "gain", "sine"), ("q", "resonance", "filter")])
def test_aliases_are_the_same_knob(alias, name, type_):
    one, other = (Patch.from_dict(made(row("m", type_, **{n: 0.5}))) for n in (alias, name))
    assert one.modules["m"].params == {name: 0.5}
    assert one.hash() == other.hash()


def test_the_hash_knows_the_sound_and_not_the_name():
    base = made(OSC, cables=[line("osc1", "out")])
    hashes = [Patch.from_dict(data).hash() for data in (
        base, {**base, "name": "other"}, made(row("osc1", "sine", freq=221), cables=base["cables"]), made(OSC),
        made(OSC, cables=[line("osc1", "out", amount=0.5)]))]
    assert hashes[0] == hashes[1]
    assert len(set(hashes[1:])) == 4


def test_whole_numbers_and_fractions_are_the_same_setting():
    assert Patch.from_dict(made(row("o", "sine", freq=220))).hash() == Patch.from_dict(made(row("o", "sine", freq=220.0))).hash()


@pytest.mark.parametrize("data, code, said", [
    ({"format": "other"}, "malformed", '"format": "chronus-patch"'),
    ({"format": "chronus-patch", "version": 2}, "malformed", "version 2"),
    (made(row("osc1", "sien")), "unknown-type", "did you mean 'sine'"),
    (made(row("osc1", "zzzz")), "unknown-type", "there is acid"),
    (made(row("osc1", "sine", freqq=1)), "unknown-param", "'osc1' (sine) has no parameter 'freqq'; did you mean 'freq'"),
    (made(row("osc1", "sine", freq="a")), "type", "osc1/freq takes a number"),
    (made(row("osc1", "sine", freq=True)), "type", "osc1/freq takes a number"),
    (made(row("osc1", "sine", freq=20_001)), "range", "osc1/freq takes 0 to 20000 Hz, not 20001"),
    (made(row("osc1", "sine", freq=math.nan)), "not-finite", "osc1/freq"),
    (made(row("osc1", "sine", freq=-math.inf)), "not-finite", "osc1/freq"),
    (made(row("Osc", "sine")), "name", "'Osc'"),
    (made(row("out", "sine")), "name", "'out'"),
    (made(row("~tone", "sine")), "name", "'~tone'"),
    (made(row("a\n", "sine")), "name", "is no id"),
    (made(row("", "sine")), "name", "is no id"),
    (made(row("x" * 65, "sine")), "name", "is no id"),
    (made(OSC, OSC), "exists", "two modules 'osc1'"),
    (made(OSC, {"id": 3}), "malformed", "modules[1]"),
    (made({"id": "a", "type": "sine", "params": None}), "malformed", "modules[0]"),
    (made(OSC, cables=[line("osc2", "out")]), "unknown-module", "no module 'osc2'; did you mean 'osc1'"),
    (made(OSC, cables=[line("out", "osc1")]), "unknown-module", "no module 'out'"),
    (made(OSC, cables=[line("osc1/lo", "out")]), "unknown-param", "'osc1' (sine) has no outlet 'lo'"),
    (made(OSC, FILTER, cables=[line("osc1", "filter1/cutof")]), "unknown-param", "did you mean 'cutoff'"),
    (made(OSC, FILTER, cables=[line("osc1", "filter1/cutoff/x")]), "unknown-param", "'filter1' (filter)"),
    (made(OSC, cables=[line("osc1", "out"), {"from": "osc1"}]), "malformed", "cables[1]"),
    (made(OSC, cables=[line("osc1", "out", amount=None)]), "type", "cables[0].amount"),
    (made(OSC, cables=[line("osc1", "out", amount=math.inf)]), "not-finite", "cables[0].amount"),
    (made(OSC, cables=[line("osc1", "out", amount=-1e7)]), "range", "beyond a million"),
    (made(*[row(f"m{i}", "sine") for i in range(limits.MODULES + 1)]), "range", "at most 512 modules"),
    (made(OSC, cables=[line("osc1", "out")] * (limits.CABLES + 1)), "range", "2048 cables")])
def test_what_is_wrong_is_named_with_its_place(data, code, said):
    error = refused(data)
    assert said in str(error)
    assert error.code == code


@pytest.mark.parametrize("value", [None, 1, -0.5, True, "x", [], [[]], {}, {"a": 1}, math.nan, math.inf, [None], "\0", "💥" * 100, 10**400], ids=lambda v: repr(v)[:20])
def test_a_wrong_type_anywhere_is_a_refusal_and_no_crash(value):
    good = made(OSC, FILTER, cables=[line("osc1", "filter1", amount=1.0)])
    places = [("format",), ("version",), ("modules",), ("cables",), ("modules", 0), ("modules", 0, "id"), ("modules", 0, "type"),
              ("modules", 0, "params"), ("cables", 0), ("cables", 0, "from"), ("cables", 0, "to"), ("cables", 0, "amount")]
    candidates = [value, made(row("a", "sine", freq=value))]
    for place in places:
        data = inner = json.loads(json.dumps(good))
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = value
        candidates.append(data)
    for data in candidates:
        try:
            Patch.from_dict(data)
        except PatchError as error:
            assert str(error) and error.code


def test_a_file_is_read_and_its_errors_name_it(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(default().as_dict()))
    assert Patch.read(path).hash() == default().hash()
    path.write_text(json.dumps(made(row("osc1", "sien"))))
    with pytest.raises(PatchError, match=r"a\.json: modules\[0\]: no module type 'sien'; did you mean 'sine'") as caught:
        Patch.read(path)
    assert caught.value.code == "unknown-type"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 200_000, b'{"a":' * 200_000, b"null", b"[]", b"1" * 5_000,
                                     b'{"format": "chronus-patch", "version": ' + b"1" * 5_000 + b"}"],
                         ids=["empty", "open", "not-utf8", "deep", "deep-object", "null", "list", "digits", "version-digits"])
def test_a_hostile_file_is_refused(tmp_path, content):
    path = tmp_path / "hostile.json"
    path.write_bytes(content)
    with pytest.raises(PatchError, match=r"hostile\.json"):
        Patch.read(path)


def test_a_huge_file_is_refused_unread(tmp_path):
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(PatchError, match="larger than 4 MiB"):
        Patch.read(path)


def test_a_missing_file_or_a_folder_says_so(tmp_path):
    for path in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(PatchError) as caught:
            Patch.read(path)
        assert caught.value.code == "io"


def test_the_largest_patch_is_taken():
    rows = [Module(f"m{i}", "gain") for i in range(limits.MODULES)]
    cables = [Cable(f"m{i % limits.MODULES}", "out", f"m{(i * 7 + 1) % limits.MODULES}", "audio") for i in range(limits.CABLES)]
    assert len(Patch(rows, cables).cables) == limits.CABLES
