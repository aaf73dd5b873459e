"""Patch files: readable, the same every time, and whatever is wrong in one is named with its file, its place and what to do."""

import json
import os
from dataclasses import replace

import pytest

from chronus import limits
from chronus.modules.registry import modules
from chronus.patch import errors, versions
from chronus.patch import graph as graph_at
from chronus.patch.graph import OUT, Cable, Module, Patch, PatchError, default
from chronus.patch.versions import check_versions

GOOD = json.loads(default().text())


def refused(tmp_path, content) -> PatchError:
    path = tmp_path / "mine.json"
    path.write_bytes(content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode())
    with pytest.raises(PatchError) as caught:
        Patch.read(path)
    assert str(caught.value).startswith(str(path)) and len(str(caught.value)) < 600
    return caught.value


def test_a_file_is_made_to_be_read():
    patch = Patch([Module("a", "sine", {"gain": 1, "freq": 55})], [Cable("a", "out", OUT, "", 0.5)], "low", "A low \"A\", très bas.")
    assert patch.text() == """{
  "format": "chronus-patch",
  "version": 1,
  "name": "low",
  "about": "A low \\"A\\", très bas.",
  "hash": "HASH",
  "types": {"sine": 2},
  "modules": [
    {"id": "a", "type": "sine", "params": {"freq": 55.0, "gain": 1.0}}
  ],
  "cables": [
    {"from": "a/out", "to": "out", "amount": 0.5}
  ]
}
""".replace("HASH", patch.hash())


@pytest.mark.parametrize("patch", [default(), Patch([], [])], ids=("default", "empty"))
def test_a_file_that_is_read_is_written_the_same(tmp_path, patch):
    path = tmp_path / "a.json"
    path.write_text(patch.text())
    assert Patch.read(path).text() == patch.text()


def test_the_hash_is_what_it_always_was():
    assert default().hash() == "a835870e210627fce9f1760dfaf9ec01c889d35cecb53abc8b8d18a5cfa04b4a"
    patch = Patch([], [], "x", "about")
    assert patch.hash() == Patch([], []).hash()


@pytest.mark.parametrize("change, code, said", [
    ({"zzz": 1}, "malformed", "zzz: nothing is called 'zzz' here; there is about"),
    ({"modulse": []}, "malformed", "modulse: nothing is called 'modulse' here; did you mean 'modules'"),
    ({"name": "My Patch"}, "name", "name: 'My Patch' is no name: take"),
    ({"about": "two\nlines"}, "malformed", "about: what a patch is about is one line"),
    ({"hash": "0" * 64}, "malformed", 'hash: it does not fit the content; edited by hand? then remove the line "hash"'),
    ({"hash": None}, "malformed", "hash: it does not fit"),
    ({"types": []}, "malformed", '"types" holds'),
    ({"types": {"sine": 0}}, "type", "types.sine: a version is a whole number"),
    ({"types": {"sine": True}}, "type", "types.sine: a version is a whole number"),
    ({"types": {"sien": 1}}, "unknown-type", "types.sien: the patch was made with the module type 'sien', which this engine does not have; did you mean 'sine'"),
    ({"types": {"sine": 99}}, "unknown-type", "types.sine: the patch was made for sine version 99, and this engine has version 2: take a newer"),
    ({"version": 2}, "malformed", "version 2; this engine reads version 1"),
    ({"version": True}, "malformed", "version True"),
    ({"modules": [{"id": "a", "type": "filter", "params": {"cutof": 1}}]}, "unknown-param",
     "modules[0].params.cutof: 'a' (filter) has no parameter 'cutof'; did you mean 'cutoff'"),
    ({"modules": [{"id": "a", "type": "filter", "params": {"cutoff": 1}}]}, "range", "modules[0].params.cutoff: a/cutoff takes 20 to 20000 Hz"),
    ({"modules": [{"id": "a", "type": "filter", "params": {"q": 1, "resonance": 1}}]}, "exists", "modules[0].params.resonance: 'resonance' stands twice"),
    ({"modules": [{"id": "a", "type": "filter", "parms": {}}]}, "malformed", "modules[0].parms: nothing is called 'parms' here; did you mean 'params'"),
    ({"modules": [{"id": "a", "type": "sien"}]}, "unknown-type", "modules[0]: no module type 'sien'"),
    ({"cables": [{"from": "sine", "to": "out", "amout": 1}]}, "malformed", "cables[0].amout: nothing is called 'amout' here; did you mean 'amount'"),
    ({"cables": [{"from": "sine", "to": "out"}, {"from": "sien", "to": "out"}]}, "unknown-module", "cables[1]: no module 'sien'; did you mean 'sine'")])
def test_what_is_wrong_in_a_file_is_named_with_its_place(tmp_path, change, code, said):
    error = refused(tmp_path, {**GOOD, **change})
    assert f"mine.json: {said}" in str(error) or said in str(error)
    assert error.code == code


@pytest.mark.parametrize("content, said", [
    ('{\n  "format": chronus\n}', "line 2, column 13: this is no JSON"),
    ("", "line 1, column 1: this is no JSON"),
    (b"{\n\xff", "line 2, column 1: this is not UTF-8 text: byte 0xff"),
    (b"\0\0\0", "line 1, column 1: this is no JSON"),
    ('{"format": "chronus-patch", "version": 1, "name": "a\0"}', "line 1, column 53: this is no JSON"),
    ('{"format": 1, "format": 2}', 'the key "format" stands twice'),
    ('{"modules": [{}, {"params": {"a": 1, "b": 2, "a": 1}}]}', 'modules[1].params: the key "a" stands twice'),
    ("[" * 17, "brackets stand more than 16 deep")])
def test_what_is_no_json_says_where(tmp_path, content, said):
    assert f"mine.json: {said}" in str(refused(tmp_path, content))


def number(literal: str) -> bytes:
    return json.dumps({**GOOD, "modules": [{"id": "sine", "type": "sine", "params": {"freq": 7}}]}).replace("7}", literal + "}").encode()


@pytest.mark.parametrize("literal", ("NaN", "Infinity", "-Infinity", "1e999", "9" * 300 + "0" * 100, "1" * 100_000, "0." + "1" * 100_000))
def test_a_number_beyond_all_bounds_is_refused_at_its_place(tmp_path, literal):
    error = refused(tmp_path, number(literal))
    assert "modules[0].params.freq: sine/freq takes a finite number" in str(error) and error.code == "not-finite"


SIZE = limits.PATCH_FILE_BYTES
HEAD = b'{"format":"chronus-patch","version":1,'
ALIKE = [{"id": f"{'ab' * 20}{i:04}{'ba' * 10}", "type": "sine"} for i in range(limits.MODULES)]
HOSTILE = {
    "too long": b" " * (SIZE + 1),
    "spaces": b" " * SIZE,
    "open brackets": b"[" * SIZE,
    "closed brackets": b"]" * SIZE,
    "pairs": b"[]" * (SIZE // 2),
    "objects in objects": b'{"a":' * (SIZE // 5),
    "a million cables": b'{"cables":[' + b"{}," * 1_000_000 + b"{}]}",
    "quotes": b'"' * SIZE,
    "commas": b"[" + b"1," * (SIZE // 2 - 1) + b"]",
    "many commas": b"[" + b"1," * (limits.PATCH_FILE_COMMAS + 1) + b"1]",
    "one digit after the other": b"1" * SIZE,
    "a long fraction": b"0." + b"1" * (SIZE - 2),
    "a long exponent": b"1e" + b"9" * (SIZE - 2),
    "zeros": b"\0" * SIZE,
    "no text": b"\xff" * SIZE,
    "half a letter": b'"' + b"\xc3\xa4" * (SIZE // 2 - 1) + b"\xc3",
    "escapes": b'"' + b"\\u0041" * (SIZE // 6 - 1) + b'"',
    "a name as long as the file": HEAD + b'"name":"' + b"a" * (SIZE - 60) + b'"}',
    "a key as long as the file": HEAD + b'"' + b"a" * (SIZE - 60) + b'":1}',
    "a type as long as the file": HEAD + b'"modules":[{"id":"a","type":"' + b"sine" * (SIZE // 4 - 30) + b'"}]}',
    "a parameter as long as the file": HEAD + b'"modules":[{"id":"a","type":"sine","params":{"' + b"freq" * (SIZE // 4 - 40) + b'":1}}]}',
    "as many marks as may be": b"[" + b"1," * (limits.PATCH_FILE_COMMAS - 1) + b"1]",
    "as many long numbers as may be": b"[" + b",".join([b"1." + b"7" * 125] * (limits.PATCH_FILE_COMMAS - 1)) + b"]",
    "as many large numbers as may be": b"[" + b",".join([b"7" * 390] * (SIZE // 391)) + b"]",
    "a key again and again": b"{" + b'"a":1,' * (limits.PATCH_FILE_COMMAS - 10) + b'"a":1}',
    "ids that are nearly alike": json.dumps({**GOOD, "modules": ALIKE, "cables": [{"from": "ba" * 32, "to": "out"}]}).encode()}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused(tmp_path, what):
    assert refused(tmp_path, HOSTILE[what]).code in ("malformed", "too-large", "name", "unknown-type", "unknown-param", "unknown-module")


def test_a_file_that_is_too_long_is_not_parsed(tmp_path, monkeypatch):
    """The cheap bounds come first: JSON is not even looked at where there is too much of it."""
    monkeypatch.setattr(json, "loads", lambda *_, **__: pytest.fail("it was parsed"))
    for what in ("too long", "many commas", "open brackets", "pairs", "objects in objects", "a million cables", "quotes", "commas"):
        assert refused(tmp_path, HOSTILE[what]).code == "too-large"


def test_the_largest_patch_fits_its_file(tmp_path):
    knobs = {p.name: p.high / 3 for p in modules()["adsr"].params}
    rows = [Module(f"{'m' * 60}{i:04}", "adsr", knobs) for i in range(limits.MODULES)]
    cables = [Cable(rows[i % 512].id, "out", rows[(i * 7 + 1) % 512].id, "attack", 1 / 3) for i in range(limits.CABLES)]
    path = tmp_path / "large.json"
    path.write_text(Patch(rows, cables, about="b" * limits.ABOUT_CHARACTERS).text())
    assert Patch.read(path).text() == path.read_text()


def test_no_link_and_no_pipe_is_read(tmp_path):
    (tmp_path / "a.json").write_text(default().text())
    (tmp_path / "link.json").symlink_to(tmp_path / "a.json")
    os.mkfifo(tmp_path / "pipe.json")
    for name, said in (("link.json", "this is a link"), ("pipe.json", "this is no file"), ("x\0.json", "no NUL"), ("y" * 4096, "too long")):
        with pytest.raises(PatchError, match=said):
            Patch.read(tmp_path / name)


@pytest.fixture
def newer(monkeypatch):
    """An engine whose filter is version 3 and has lost its outlet `high` and its parameter `resonance`."""
    filter_ = modules()["filter"]
    changed = replace(filter_, version=3, outlets=("low", "band"), params=filter_.params[:1])
    for place in (graph_at, versions):
        monkeypatch.setattr(place, "modules", lambda: {**modules(), "filter": changed})


def made(version: int, **more) -> dict:
    return {"format": "chronus-patch", "version": 1, "types": {"filter": version}, "modules": [{"id": "f", "type": "filter", **more}]}


def test_a_patch_for_an_older_module_loads_where_nothing_is_missing(newer):
    patch = Patch.from_dict(made(1, params={"cutoff": 500}))
    assert patch.warnings == ["the patch was made for filter version 1; this engine has version 3, which may sound different: "
                              "listen, and save it again"]
    assert Patch.from_dict(made(3)).warnings == [] and '"filter": 3' in patch.text()


def test_a_patch_for_an_older_module_says_what_it_needs(newer):
    with pytest.raises(PatchError, match=r"modules\[0\]\.params\.resonance: .*made for filter version 1; this engine has version 3") as caught:
        Patch.from_dict(made(1, params={"resonance": 0.5}))
    assert caught.value.code == "unknown-param"
    with pytest.raises(PatchError, match=r"cables\[0\]: .*'high'.*made for filter version 2; this engine has version 3"):
        Patch.from_dict({**made(2), "cables": [{"from": "f/high", "to": "out"}]})
    with pytest.raises(PatchError, match=r"cables\[0\]: .*'resonance'.*made for filter version 2; this engine has version 3"):
        Patch.from_dict({**made(2), "cables": [{"from": "f", "to": "f/resonance"}]})
    with pytest.raises(PatchError, match="made for") as caught:
        Patch.from_dict(made(4))
    assert "take a newer engine" in str(caught.value)


def test_a_mistake_is_not_blamed_on_an_older_module(newer):
    for data in ({**made(2), "modules": [{"id": "f", "type": "filtre"}]}, {**made(3), "cables": [{"from": "f/high", "to": "out"}]}):
        with pytest.raises(PatchError) as caught:
            Patch.from_dict(data)
        assert "made for" not in str(caught.value)


def test_versions_are_told_apart(newer):
    assert check_versions({}) == check_versions({"gain": 1, "filter": 3}) == []
    assert len(check_versions({"gain": 1, "filter": 2})) == 1


def test_a_value_in_a_message_is_never_longer_than_a_line():
    for value in ("x" * 10_000, list(range(10_000)), {"a": [["b" * 1000] * 100] * 100}, 10**300):
        assert len(errors.shown(value)) < 200
