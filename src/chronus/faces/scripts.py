"""Scripts, rendered: a file of lines as they are typed at the prompt, with `sleep SECONDS` between them, played offline to the frame."""

from pathlib import Path

from chronus.control.commands import Refusal
from chronus.control.scripted import Scripted
from chronus.faces.jam import sleep_seconds
from chronus.faces.own_engine import table_patterns
from chronus.faces.words import LineError, command
from chronus.patch.errors import PatchError


def render_script(file: Path, first: int = 0, frames: int | None = None, out: Path | None = None, progress=None) -> dict:
    """Renders a script: {"frames", "sha256", "seconds", "real_time_factor"}. Raises LineError that names the line, OSError."""
    script, patterns = Scripted(), table_patterns()
    for number, line in enumerate(file.read_text().splitlines(), 1):
        try:
            if line.split()[:1] == ["sleep"]:
                script.rest(sleep_seconds(line))
            elif (asked := command(line, patterns)) is not None:
                script.obey(*asked)
        except (LineError, Refusal, PatchError) as error:
            raise LineError(f"{file}, line {number}: {error}") from None
    return script.render(first, frames, out, progress)
