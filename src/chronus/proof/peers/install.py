"""Where other engines come from: the distribution's packages, if we may install them, and PyPI, into an environment of their own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from chronus.native.build import folder

PACKAGES = {"scsynth": "supercollider-server", "csound": "csound", "pd": "puredata-core", "faust": "faust", "g++": "g++"}     # by their programs
REVERBS = ("puredata-extra", Path("/usr/lib/puredata/extra/rev3~.pd"), Path("/usr/lib/pd/extra/rev3~.pd"))
WHEELS = ("numpy", "signalflow", "dawdreamer", "pyo")
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def place() -> Path:
    """The folder beside the kernels in the cache that engines are built and installed in."""
    found = folder().parent / "peers"
    found.mkdir(mode=0o700, exist_ok=True)
    return found


def python(place: Path) -> Path:
    """The interpreter of the environment for engines from PyPI."""
    return place / "venv" / "bin" / "python"


def install(place: Path) -> None:
    """Installs what is missing and can be had. What cannot is found missing by its engine, which says so."""
    missing = [package for program, package in PACKAGES.items() if not shutil.which(program)]
    if not any(path.exists() for path in REVERBS[1:]):
        missing.append(REVERBS[0])
    if missing and shutil.which("apt-get"):
        install_packages(missing)
    if not python(place).exists():
        subprocess.run([sys.executable, "-m", "venv", place / "venv"], **QUIET)
    for wheel in WHEELS if python(place).exists() else ():
        if not has_wheel(place, wheel):
            subprocess.run([python(place), "-m", "pip", "install", "--disable-pip-version-check", "--only-binary", ":all:", wheel], **QUIET)


def install_packages(names: list[str]) -> None:
    """Asks apt for packages one by one, so that one that is not there keeps no other away; not at all where that takes a password."""
    become = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if become and (not shutil.which("sudo") or subprocess.run([*become, "true"], **QUIET).returncode != 0):
        return
    subprocess.run([*become, "apt-get", "update"], **QUIET)
    for name in names:
        subprocess.run([*become, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "--yes", "--no-install-recommends", name], **QUIET)


def has_wheel(place: Path, name: str) -> bool:
    try:
        return bool(wheel_version(place, name))
    except LookupError:
        return False


def wheel_version(place: Path, name: str) -> str:
    """Which version of a package from PyPI is there. Raises LookupError."""
    if not python(place).exists():
        raise LookupError("there is no environment for engines from PyPI: Python's venv is missing")
    found = subprocess.run([python(place), "-c", f"from importlib.metadata import version; print(version({name!r}))"], capture_output=True, text=True)
    if found.returncode != 0:
        raise LookupError(f"PyPI has no wheel of {name} for this Python, or cannot be reached")
    return found.stdout.strip()


def program(name: str, *arguments: str) -> str:
    """What a program says when asked for its version: the first line with a digit. Raises LookupError where it is not installed."""
    if not shutil.which(name):
        raise LookupError(f"{name} is not installed; on Debian and Ubuntu: sudo apt install {PACKAGES[name]}")
    said = subprocess.run([name, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    rows = [row.strip() for row in (said.stdout + said.stderr).splitlines() if any(letter.isdigit() for letter in row)]
    return rows[0] if rows else "of unknown version"
