"""The house style that a machine can check: import arrows, sizes, docstrings, nothing unfinished, nothing dead."""

import ast
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src"
FILES = sorted((SOURCE / "chronus").rglob("*.py"))
LONGEST_FILE = 400                       # lines
UNFINISHED = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error")
ENTRY_POINTS = {"chronus.__main__", "chronus.faces.cli", "chronus.faces.reference", "chronus.proof.quality",
                "chronus.workshop.child",                               # started by workshop.build
                "chronus.native.lowering", "chronus.dsp.lowering", "chronus.dsp.table_lowering"}          # the last three are imported by name, only to compile

# What a part may import of the others. A part that is not named here may not import `FORBIDDEN_TO_ALL`.
ALLOWED = {
    "modules": {"dsp", "units"},
    "shared": {"units", "limits", "linux", "native"},
    "recorder": {"shared", "units", "limits", "linux", "native"},
    "doors": {"control.commands", "shared", "music", "native", "units", "limits", "linux"},
    "faces": {"doors.osc.codec", "doors.midi.ports", "music", "shared.files", "control.played", "control.commands", "control.replay", "control.journal", "control.session", "control.own_modules", "control.scripted", "control.script_check", "patch.graph", "patch.library", "patch.difference", "patch.errors", "patch.drawing", "patch.svg", "modules.registry", "dsp.declare", "supervisor.library", "supervisor.main", "supervisor.options",
              "proof", "workshop", "native.build", "units", "limits", "linux"},
    "proof": {"control", "device", "doors", "dsp", "faces.client", "faces.progress", "faces.report", "faces.scripts", "modules", "native", "patch",
              "recorder", "replica", "shared", "supervisor", "workshop", "units", "limits", "linux"},
    "workshop": {"dsp", "modules.registry", "native", "tables", "units", "limits", "linux"},
    "music": {"patch.errors", "limits"},
    "units": set(), "limits": set(), "linux": {"limits"},
}
FORBIDDEN = {"replica": {"control", "doors", "faces"}, "device": {"control", "doors", "faces"}}
FORBIDDEN_TO_ALL = {"faces"}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


MODULES = {name_of(path): path for path in FILES}


def imports(path: Path) -> set[str]:
    """Every module of this package that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = node.module or ""
            if node.level:
                parent = name_of(path).split(".")[:len(name_of(path).split(".")) - node.level + (path.name == "__init__.py")]
                package = ".".join([*parent, *([package] if package else [])])
            inner = {f"{package}.{alias.name}" for alias in node.names}
            found |= {name for name in inner if name in MODULES} or {package}
    return {name for name in found if name.split(".")[0] == "chronus"}


def within(name: str, parts: set[str]) -> bool:
    return any(name == f"chronus.{part}" or name.startswith(f"chronus.{part}.") for part in parts)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_imports_follow_the_arrows(name):
    part = name.split(".")[1] if "." in name else ""
    for target in imports(MODULES[name]):
        if target == "chronus" or within(target, {part}):
            continue
        allowed = within(target, ALLOWED[part]) if part in ALLOWED else not within(target, FORBIDDEN.get(part, FORBIDDEN_TO_ALL))
        assert allowed or part == "__main__", f"{name} may not import {target}"


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_file_is_one_idea_that_says_what_it_is(name):
    text = MODULES[name].read_text()
    assert text.count("\n") <= LONGEST_FILE, f"{name} has more than {LONGEST_FILE} lines: split it"
    assert (ast.get_docstring(tree(MODULES[name])) or "").strip(), f"{name} does not open with a docstring"
    assert not [word for word in UNFINISHED if word in text], f"{name} is not finished"


def test_every_folder_is_a_package():
    folders = {path.parent for path in FILES}
    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]


def test_no_file_is_dead():
    """Every file is imported by another one, is an entry point, or is a module of the instrument, which the registry finds."""
    used = set().union(*(imports(path) for path in FILES)) | ENTRY_POINTS
    used |= {".".join(name.split(".")[:depth]) for name in used for depth in range(1, name.count(".") + 1)}
    dead = [name for name in MODULES if name not in used and not name.startswith("chronus.modules.")]
    assert not dead, f"nothing imports {', '.join(dead)}"


def test_the_arrows_are_seen_in_every_form(tmp_path):
    """A canary: the check above must see imports inside functions, of names, and of modules."""
    path = tmp_path / "canary.py"
    path.write_text("import chronus.units\ndef f():\n    from chronus import limits\n    from chronus.faces.client import Client\n")
    assert imports(path) == {"chronus.units", "chronus.limits", "chronus.faces.client"}
