"""Pictures of a patch: nothing lies on anything, every cable is there, loops are marked, and what does not fit becomes a list."""

import re
from random import Random
from xml.etree import ElementTree

import pytest
from edited import apply, edited, edits
from hypothesis import given, settings

from chronus.faces.patch_text import MODULES_DRAWN, patch_text
from chronus.patch.compiler import compile_patch
from chronus.patch.drawing import Pass, drawing
from chronus.patch.graph import OUT, Cable, Module, Patch, default
from chronus.patch.svg import svg



def random_patch(modules: int, cables: int, seed: int = 1) -> Patch:
    chance = Random(seed)
    return Patch([Module(f"m{i}", "filter") for i in range(modules)],
                 [Cable(f"m{chance.randrange(modules)}", "low", f"m{chance.randrange(modules)}", "audio") for _ in range(cables)]
                 + [Cable(f"m{chance.randrange(modules)}", "band", OUT, "") for _ in range(3)])


def looped() -> Patch:
    return apply(default(), ("create", "mix1", "mix"), ("create", "lost", "gain"), ("connect", "filter/band", "mix1/b", 0.5), ("connect", "mix1", "sine"),
                 ("set", "filter", "cutoff", 900.0))


def shapes(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


@settings(max_examples=60, deadline=None)
@given(edits)
def test_every_cable_is_drawn_once_and_forward(rows):
    patch = edited(rows)
    plan = drawing(patch)
    column = {node: i for i, nodes in enumerate(plan.columns) for node in nodes}
    assert set(patch.modules) | {OUT} == {node for node in column if not isinstance(node, Pass)}
    assert plan.columns[-1] == (OUT,)
    assert sorted(map(repr, [*(s.cable for s in plan.segments if s.cable), *plan.late])) == sorted(map(repr, patch.cables))
    assert all(column[s.right] == column[s.left] + 1 for s in plan.segments)


@settings(max_examples=60, deadline=None)
@given(edits)
def test_loops_are_those_of_the_compiler(rows):
    patch = edited(rows)
    heard = drawing(patch).boxes
    shown = {f"{c.start} -> {c.end}" for c in drawing(patch).late if heard[c.source].is_heard and heard[c.target].is_heard}
    program = compile_patch(patch, 48_000, 64)
    assert shown == set(program.loops)
    assert {id_ for id_, box in heard.items() if box.is_heard and id_ != OUT} == {id_ for id_ in program.modules if not id_.startswith("~")}


@pytest.mark.parametrize("patch", [default(), looped(), random_patch(20, 30), random_patch(60, 90, 2), Patch([], [])],
                         ids=["default", "looped", "20", "60", "empty"])
def test_no_box_lies_on_another_and_all_is_inside(patch):
    picture = shapes(svg(patch))
    _, _, width, height = map(float, picture.get("viewBox").split())
    rects = [[float(r.get(k)) for k in ("x", "y", "width", "height")] for r in picture.iter() if r.tag.endswith("rect") and r.get("class") == "box"]
    assert len(rects) == len(patch.modules) + 1
    for i, (x, y, w, h) in enumerate(rects):
        assert 0 <= x and x + w <= width and 0 <= y and y + h <= height
        assert not [1 for a, b, c, d in rects[:i] if x < a + c and a < x + w and y < b + d and b < y + h]
    for path in (p.get("d") for p in picture.iter() if p.tag.endswith("path") and "late" not in p.get("class")):
        points = [float(n) for n in re.findall(r"-?[\d.]+", path)]
        assert all(0 <= n <= max(width, height) for n in points)
    late = [p.get("d") for p in picture.iter() if p.tag.endswith("path") and "late" in p.get("class")]
    assert all(float(re.search(r"V([\d.]+)q", d)[1]) < height and float(re.search(r"H([\d.]+)q", d)[1]) > 8 for d in late)
    assert len(late) == len(drawing(patch).late)


def test_the_picture_says_all_there_is():
    text = svg(looped())
    assert all(word in text for word in (">filter<", ">mix1<", ">cutoff<", ">900 Hz<", "×0.5", "filter/band -&gt; mix1/b ×0.5", "heard one block late",
                                         "prefers-color-scheme: dark"))
    assert text.count('class="module unheard"') == 1 and "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_text_in_a_picture_is_only_text():
    patch = default()
    patch.name = '</title><script>"&\0\x1b\ud800\uffff'
    picture = shapes(svg(patch))
    assert picture[0].text == '</title><script>"&' + "\ufffd" * 4
    assert "script" not in {element.tag.rpartition("}")[2] for element in picture.iter()}


def test_the_default_patch_on_a_terminal():
    assert patch_text(default(), 80) == """
╭─ sine ╮   ╭───── adsr ────╮   ╭──── filter ───╮   ╭ out ╮
│   out ├──▶┤ audio     out ├──▶┤ audio     low ├──▶┤     │
╰───────╯   ╰───────────────╯   ╰───────────────╯   ╰─────╯""".lstrip("\n")


def test_a_loop_an_amount_and_a_lost_module_are_seen():
    text = patch_text(looped(), 200)
    assert "↺ filter/band -> mix1/b ×0.5, heard one block late" in text and "│ ↺ b " in text
    assert "┌ lost · gain ┐" in text and "cutoff 900 Hz" in text and "┄ reaches no output" in text
    assert "×40─▶┤ cutoff" in patch_text(apply(default(), ("connect", "sine", "filter/cutoff", 40.0)), 200)


def test_two_cables_that_swap_do_not_touch():
    patch = Patch([Module("a", "sine"), Module("b", "sine"), Module("m", "mix"), Module("n", "mix")],
                  [Cable("a", "out", "m", "b"), Cable("b", "out", "n", "a"), Cable("b", "out", "m", "a"), Cable("a", "out", "n", "b"),
                   Cable("m", "out", OUT, ""), Cable("n", "out", OUT, "")])
    assert all(len(follow(patch_text(patch, 200), start)) == 2 for start in ("a · sine", "b · sine"))


U, D, L, R = (-1, 0), (1, 0), (0, -1), (0, 1)
NEXT = {"─": {L, R}, "│": {U, D}, "╭": {D, R}, "╮": {D, L}, "╰": {U, R}, "╯": {U, L}, "├": {U, D, R}, "┤": {U, D, L}, "┬": {D, L, R}, "┴": {U, L, R},
        "●": {U, D, L, R}}


def follow(text: str, title: str) -> set[tuple[int, int]]:
    """Where the lines end that begin at the first outlet of the box with this title, as an eye would follow them."""
    grid = text.split("\n")
    y = next(i for i, line in enumerate(grid) if title in line)
    edge = next(i for i in range(grid[y].index(title), len(grid[y])) if grid[y][i] in "╮┐")
    work, seen, arrived = [(y + 1, edge + 1, (0, 1))], set(), set()
    assert grid[y + 1][edge] == "├"
    while work:
        y, x, step = work.pop()
        cell = grid[y][x]
        if (y, x, step) in seen:
            continue
        seen.add((y, x, step))
        if cell == "▶":
            arrived.add((y, x))
        elif cell in "×.0123456789e-+":
            work.append((y, x + step[1], step))
        else:
            ways = {step} if cell == "┼" else NEXT[cell] - {(-step[0], -step[1])}
            assert cell == "┼" or (-step[0], -step[1]) in NEXT[cell], f"a line breaks off at {y}, {x}"
            work += [(y + dy, x + dx, (dy, dx)) for dy, dx in ways]
    return arrived


@pytest.mark.parametrize("seed", range(12))
def test_an_eye_that_follows_a_line_finds_what_the_patch_says(seed):
    patch = random_patch(14, 18, seed)
    only = Patch(list(patch.modules.values()), [c for c in patch.cables if c.outlet == "low"])
    late = set(drawing(only).late)
    text = patch_text(only, 10_000)
    for id_ in patch.modules:
        cables = [c for c in only.cables if c.source == id_ and c not in late]
        if cables:
            assert len(follow(text, f" {id_} ")) == len(cables)


@pytest.mark.parametrize("width", [45, 60, 80])
def test_what_is_too_wide_goes_on_below_under_the_same_number(width):
    text = patch_text(apply(looped(), ("connect", "sine", "out"), ("connect", "sine", "filter/cutoff", 9.0)), width)
    ends, begins = re.findall(r"─ (\d+)$", text, re.M), re.findall(r"^ *(\d+) ─", text, re.M)
    assert ends and sorted(ends) == sorted(begins) == sorted({*ends})
    assert max(len(line) for line in text.split("\n\n↺")[0].split("\n")) <= width
    assert all(f" {id_} " in text for id_ in looped().modules)


def test_what_does_not_fit_is_a_list():
    narrow, many = patch_text(looped(), 20), patch_text(random_patch(MODULES_DRAWN + 1, 50), 10_000)
    assert "╭" not in narrow + many
    assert "lost    gain  (reaches no output)" in narrow and "    band -> mix1/b ×0.5" in narrow and "↺ heard one block late" in narrow
    assert len(re.findall(r"^m\d", many, re.M)) == MODULES_DRAWN + 1


@settings(max_examples=40, deadline=None)
@given(edits)
def test_any_patch_can_be_shown(rows):
    patch = edited(rows)
    shapes(svg(patch))
    for width in (20, 80, 500):
        text = patch_text(patch, width)
        assert "╭" not in text or max(len(line) for line in text.split("\n") if line[:1] not in "↺┄") <= width
        assert all(id_ in text for id_ in patch.modules)


def test_an_empty_patch_says_how_to_begin():
    assert "/patch/create" in patch_text(Patch([], []))


def test_a_large_patch_is_laid_out_by_its_size():
    """200 modules and 400 cables take 0.2 s; what could grow beyond that is the number of pieces that cables are made of."""
    plan = drawing(random_patch(200, 400))
    assert len(plan.segments) <= 400 + 3 + 200 * len(plan.columns)
