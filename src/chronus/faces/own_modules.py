"""Modules of one's own on the command line: `chronus modules new` and `chronus modules check`."""

from pathlib import Path

from chronus.faces.catalogue import describe, first_line
from chronus.faces.progress import bar
from chronus.faces.report import complain, show_object
from chronus.modules.registry import builtin
from chronus.workshop.build import build
from chronus.workshop.folder import Folder, modules_folder
from chronus.workshop.template import text
from chronus.workshop.words import WorkshopError, check_name


def new(name: str, json: bool) -> int:
    """Writes the file of a new module and says what to do with it; the exit code."""
    path = modules_folder() / f"{name}.py"
    try:
        check_name(name, builtin())
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "x") as file:
            file.write(text(name))
    except WorkshopError as error:
        return complain(error)
    except FileExistsError:
        return complain(f"{path} is there already: edit it, or take another name")
    except OSError as error:
        return complain(f"{path} cannot be written ({error.strerror}); set CHRONUS_MODULES to a folder of yours")
    if json:
        show_object({"name": name, "path": str(path)})
    else:
        print(f"{path}\n\nIt works as it is: it drives a sound into soft clipping. Edit it, save it, and say what you promise in its first sentence.\n"
              f"  chronus modules check {name}          says whether it can be played, and if not, which line to mend\n"
              f"Where an engine runs, this plays it behind FROM, a module of the patch; saving the file again changes what plays:\n"
              f"  /patch/create my_{name} {name}\n  /patch/connect FROM my_{name}\n  /patch/connect my_{name} out\n  /patch/commit")
    return 0


def check(which: str | None, json: bool) -> int:
    """Builds and proves a module by name or by file, or all there are; the exit code."""
    folder = Folder()
    if which is None:
        paths = [folder.path / name for name in folder.scan()]
    else:
        paths = [Path(which) if which.endswith(".py") or "/" in which else folder.path / f"{which}.py"]
    if not paths:
        return complain(f"there are no modules in {folder.path}; `chronus modules new soft_clip` writes one")
    results = [check_one(path) for path in paths]
    if json:
        show_object({"modules": results})
    else:
        for result in results:
            print_result(result)
    return 0 if all(result["ok"] for result in results) else 1


def check_one(path: Path) -> dict:
    """What came of building one file."""
    with bar(f"building {path.name}") as progress:
        try:
            declaration = build(path, progress)
        except WorkshopError as error:
            return {"ok": False, "file": str(path), "line": error.line, "error": str(error)}
    promises = [{"measure": promise.measure, **promise.settings} for promise in declaration.promises]
    return {"ok": True, "file": str(path), **describe(declaration), "promises": promises}


def print_result(result: dict) -> None:
    """One module: why not, or what it is and what was proved of it."""
    if not result["ok"]:
        complain(result["error"])
        return
    print(f"{result['id']}: {first_line(result['doc'])}\n  Proved: finite for any input, silent for silence, the same bits for any block, any number of "
          f"voices, and from a snapshot.")
    for promise in result["promises"]:
        settings = ", ".join(f"{key} {value:g}" if isinstance(value, float) else f"{key} {value}" for key, value in promise.items() if key != "measure")
        print(f"  Promised and measured: {promise['measure']} ({settings})")
