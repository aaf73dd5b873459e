"""Scripts, rendered: a file of lines as they are typed at the prompt, with `sleep SECONDS` between them, played offline to the frame."""

from collections.abc import Iterator
from pathlib import Path

from chronus.control.commands import Refusal
from chronus.control.script_check import LineRefusal
from chronus.control.scripted import Scripted
from chronus.faces.jam import sleep_seconds
from chronus.faces.own_engine import table_patterns
from chronus.faces.words import LineError, command
from chronus.patch.errors import PatchError
from chronus.workshop.words import WorkshopError


def obeyed(file: Path, script: Scripted) -> Iterator[tuple[int, str, list]]:
    """Has `script` do what a file says; yields (frame, address, arguments) of each command. Raises LineError that names the line, OSError."""
    patterns = table_patterns()
    for number, line in enumerate(text_of(file).splitlines(), 1):
        try:
            if line.split()[:1] == ["sleep"]:
                script.rest(sleep_seconds(line))
            elif (asked := command(line, patterns)) is not None:
                frame, script.line = script.frame, number
                script.obey(*asked)
                yield frame, *asked
        except (LineError, Refusal, PatchError, WorkshopError) as error:
            raise LineError(f"{file}, line {number}: {error}") from None


def text_of(file: Path) -> str:
    """What a script says. Raises LineError where it is no text, OSError."""
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise LineError(f"{file} is no text in UTF-8: save it as such; for a MIDI file `chronus midi import`") from None


def render_script(file: Path, first: int = 0, frames: int | None = None, out: Path | None = None, progress=None) -> dict:
    """Renders a script: {"frames", "sha256", "seconds", "real_time_factor"}. Raises LineError that names the line, OSError."""
    script = Scripted()
    for _ in obeyed(file, script):
        pass
    try:
        return script.render(first, frames, out, progress)
    except LineRefusal as error:
        raise LineError(f"{file}, line {error.line}: {error}") from None
