"""The command line. Every verb loads only what it needs, so that `chronus send` is quick."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from chronus import __version__
from chronus.faces.measuring import bench, chaos
from chronus.faces.report import Json, complain, show_fields, show_object

DEFAULT_OSC = "Default: CHRONUS_OSC_HOST and CHRONUS_OSC_PORT, else 127.0.0.1:5005."
Osc = Annotated[str | None, Parameter(name="--osc", help=f"HOST:PORT of the engine. {DEFAULT_OSC}")]
Word = Annotated[str, Parameter(allow_leading_hyphen=True)]

FIRST_PORT, PORTS = 49_152, 16_384       # the ports that are nobody's

app = App(name="chronus", version=__version__, help="Music Chronus: a modular synthesizer that people and AI agents play together, live.")
patch = App(name="patch", help="Patches: the one that plays, and the saved ones.")
record = App(name="record", help="Recordings of the running engine.")
app.command(patch)
app.command(record)
app.command(chaos)
app.command(bench)
modules = App(name="modules", help="The modules that there are, and those that you make.")
app.command(modules)
midi = App(name="midi", help="MIDI: what is plugged in and what it means, and files.")
app.command(midi)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Engine:
    """The options of `up` and `jam`."""

    device: Annotated[str, Parameter(help="auto, null, or the name of a sound card. auto takes null where there is no sound card.")] = "auto"
    rate: Annotated[int, Parameter(help="Frames per second.")] = 48_000
    block: Annotated[int, Parameter(help="Frames in a block.")] = 64
    lead: Annotated[int | None, Parameter(help="Blocks that are rendered ahead of what is heard. Default: 4, or 32 without real-time "
                                               "scheduling.")] = None
    osc: Annotated[str | None, Parameter(help=f"HOST:PORT to listen on. {DEFAULT_OSC}")] = None
    session: Annotated[Path | None, Parameter(help="Folder of the session; a new one if left out.")] = None
    patch: Annotated[Path | None, Parameter(help="Patch file to begin with.")] = None
    midi: Annotated[str, Parameter(help="auto for all MIDI ports, off, part of a port's name, or the path of a socket to be made for programs; "
                                        "several with commas between.")] = "auto"

    def words(self) -> list[str]:
        """The same options as the command line of a child process."""
        named = {"--device": self.device, "--rate": self.rate, "--block": self.block, "--lead": self.lead,
                 "--osc": self.osc, "--session": self.session, "--patch": self.patch, "--midi": self.midi}
        return [f"{name}={value}" for name, value in named.items() if value is not None]


@app.command
def jam(engine: Engine = Engine()) -> int:
    """Starts the engine and opens a prompt on it. Reads commands from standard input when that is no terminal, and ends with it."""
    from chronus.faces.jam import run
    return run(engine.words())


@app.command
def attach(*, osc: Osc = None) -> int:
    """Opens a prompt on an engine that plays already, beside whoever else plays it; `quit` leaves it playing. Reads standard input when that is no terminal."""
    from chronus.faces.client import endpoint
    from chronus.faces.jam import attach as play_along
    return play_along(*endpoint(osc))


@app.command
def up(engine: Engine = Engine(), *, json: Json = False) -> int:
    """Runs the engine in the foreground. Prints one line when it plays. Exit code 2: the port or the session is taken."""
    from chronus.faces.client import endpoint
    from chronus.supervisor.main import run
    from chronus.supervisor.options import Options
    host, port = endpoint(engine.osc, lowest=0)
    return run(Options(device=engine.device, rate=engine.rate, block=engine.block, lead=engine.lead, osc_host=host, osc_port=port,
                       session=engine.session, patch=engine.patch, midi=engine.midi, json=json))


@app.command
def status(*, osc: Osc = None, json: Json = False) -> int:
    """How the engine is: what it plays, what it lost, who runs."""
    with _client(osc) as client:
        data = client.status()
    show_object(data) if json else show_fields("Music Chronus", data)
    return 0


@app.command
def meters(*, osc: Osc = None, json: Json = False) -> int:
    """How loud each channel strip is, and the output: peak and RMS in dB. On a terminal as they move, until Ctrl-C."""
    from chronus.faces.meters import show_meters
    with _client(osc) as client:
        return show_meters(client, json)


@app.command
def send(address: Word, /, *args: Word, osc: Osc = None, json: Json = False) -> int:
    """Sends one command, waits for its answer and prints it on one line. Exit code 1: the answer was /fail.

    Numbers are sent as numbers, true and false as booleans, names and all else as text.

    Args:
        address: Of a command, such as /gate/adsr.
        args: What follows it.
    """
    from chronus.faces.words import meant
    if not address.startswith("/"):
        return complain(f"{address!r} is no address: it begins with a slash, as in `chronus send /gate/adsr 1`")
    with _client(osc, address) as client:
        return _answer(client.ask(address, *meant(address, [(arg, False) for arg in args])), json)


@app.command
def render(session: Path, /, *, first: Annotated[int, Parameter(name="--from")] = 0, frames: int | None = None, out: Path | None = None,
           json: Json = False) -> int:
    """Runs a session's log again, offline: the very bits that were played. Or plays a script, each command at its exact frame.

    Args:
        session: Folder of the session, or the file of a script.
        first: Frame to begin with.
        frames: How many frames; all that were played if left out.
        out: WAV file to write, 32-bit float.
    """
    from chronus.faces.progress import bar
    from chronus.control.journal import JournalError
    from chronus.control.replay import render_session
    from chronus.faces.scripts import render_script
    from chronus.faces.words import LineError
    from chronus.control.session import session_path
    from chronus.native.build import CacheError
    from chronus.patch.graph import PatchError
    from chronus.workshop.words import WorkshopError
    with bar("rendering") as progress:
        try:
            if session.is_file():
                result = render_script(session, first=first, frames=frames, out=out, progress=progress)
            else:
                result = render_session(session_path(str(session)), first=first, frames=frames, out=out, progress=progress)
        except FileExistsError:
            return complain(f"{out} is there already: name another file with --out, or remove this one")
        except (JournalError, PatchError, LineError, CacheError, WorkshopError) as error:
            return complain(str(error))
    show_object(result) if json else show_fields(str(session), result)
    return 0


@modules.default
def modules_show(name: str | None = None, /, *, json: Json = False) -> int:
    """Lists the modules, or describes one.

    Args:
        name: Id of a module, such as filter.
    """
    from chronus.faces.catalogue import show_modules
    return show_modules(name, json)


@modules.command(name="new")
def modules_new(name: str, /, *, json: Json = False) -> int:
    """Writes a module of your own that works, for you to change.

    Args:
        name: What it is called: small letters, digits and _, such as soft_clip.
    """
    from chronus.faces.own_modules import new
    return new(name, json)


@modules.command(name="check")
def modules_check(which: str | None = None, /, *, json: Json = False) -> int:
    """Builds and proves modules of your own. Exit code 1: one was refused, and why is said with its line.

    Args:
        which: Name of a module, or a file; all of them if left out.
    """
    from chronus.faces.own_modules import check
    return check(which, json)


@app.command
def doctor(*, osc: Osc = None, json: Json = False) -> int:
    """Looks at this machine and says what to change so that it plays well."""
    from chronus.faces.client import endpoint
    from chronus.faces.doctor import report
    return report(endpoint(osc)[1], json)


@app.command
def link(*, osc: Osc = None) -> int:
    """Keeps one tempo and one beat with an Ableton Link session. Its library is installed apart, for its licence."""
    from chronus.faces import link as ableton
    from chronus.faces.client import endpoint
    return ableton.run(*endpoint(osc))


@app.command
def down(*, osc: Osc = None, json: Json = False) -> int:
    """Ends the engine and waits until its port is free."""
    from chronus.faces.client import endpoint
    from chronus.faces.jam import wait_for_port
    with _client(osc) as client:
        reply = client.ask("/engine/stop")
    host, port = endpoint(osc)
    holder = wait_for_port(host, port) if reply.ok else None
    if holder:
        return complain(f"the engine said that it ends, but port {port} is still held by {holder}: end that process")
    return _answer(reply, json)


@patch.command(name="list")
def patch_list(*, json: Json = False) -> int:
    """Lists the saved patches: yours, and those that come with the instrument."""
    from chronus.faces.patches import show_library
    return show_library(json)


@patch.command(name="show")
def patch_show(name: str | None = None, /, *, svg: Annotated[Path | None, Parameter(help="SVG file to write.")] = None, osc: Osc = None,
               json: Json = False) -> int:
    """Draws the patch that plays, or a saved one.

    Args:
        name: Name of a saved patch; the one that plays if left out.
    """
    from chronus.faces.patches import playing_patch, saved_patch, show_patch
    if name:
        return show_patch(saved_patch(name), svg, json)
    with _client(osc) as client:
        return show_patch(playing_patch(client), svg, json)


@patch.command(name="diff")
def patch_diff(old: str, new: str | None = None, /, *, osc: Osc = None, json: Json = False) -> int:
    """What differs from a saved patch to the one that plays, or to another saved one.

    Args:
        old: Name of a saved patch.
        new: Name of another; the patch that plays if left out.
    """
    from chronus.faces.patches import playing_patch, saved_patch, show_difference
    if new:
        return show_difference(saved_patch(old), saved_patch(new), json)
    with _client(osc) as client:
        playing = playing_patch(client)      # first: with it come the modules that only this session has
        return show_difference(saved_patch(old), playing, json)


@patch.command(name="history")
def patch_history(*, osc: Osc = None, json: Json = False) -> int:
    """The commits of this session: number, who, when, what changed."""
    from chronus.faces.patches import show_history
    with _client(osc) as client:
        return show_history(client.ask("/patch/history"), json)


@patch.command(name="save")
def patch_save(name: str, /, *, osc: Osc = None, json: Json = False) -> int:
    """Saves the patch that plays, its knobs where they stand.

    Args:
        name: What it is called from now on; small letters, digits, - and _.
    """
    return _ask_once(osc, json, "/patch/save", name)


@patch.command(name="load")
def patch_load(name: str, /, *, osc: Osc = None, json: Json = False) -> int:
    """Plays a saved patch, faded in.

    Args:
        name: One of `chronus patch list`.
    """
    return _ask_once(osc, json, "/patch/load", name)


@patch.command(name="undo")
def patch_undo(*, osc: Osc = None, json: Json = False) -> int:
    """Plays the patch before the last commit."""
    return _ask_once(osc, json, "/patch/undo")


@patch.command(name="redo")
def patch_redo(*, osc: Osc = None, json: Json = False) -> int:
    """Plays again what was undone."""
    return _ask_once(osc, json, "/patch/redo")


@midi.default
def midi_show(*, osc: Osc = None, json: Json = False) -> int:
    """Lists the MIDI ports of this machine; if an engine plays, those it has opened, and what channels and knobs mean there."""
    from chronus.faces.midi import show_midi
    with _client(osc) as client:
        return show_midi(client, json)


@midi.command(name="import")
def midi_import(file: Path, /, *, out: Path | None = None, onto: str = "", json: Json = False) -> int:
    """Turns a MIDI file into a script, for `chronus render` and `chronus jam`.

    Args:
        file: Standard MIDI file, format 0 or 1.
        out: Script to write; printed if left out.
        onto: Ids of instruments for its channels in order, with commas between, the last for all others. If left out, the script builds its own.
    """
    from chronus.faces.midi import import_file
    return import_file(file, out, onto, json)


@midi.command(name="export")
def midi_export(session: Path, /, *, out: Path, json: Json = False) -> int:
    """Writes the notes of a session as a MIDI file.

    Args:
        session: Folder of the session.
        out: MIDI file to write.
    """
    from chronus.faces.midi import export_session
    return export_session(session, out, json)


@record.command(name="start")
def record_start(name: str | None = None, /, *, osc: Osc = None, json: Json = False) -> int:
    """Begins a recording.

    Args:
        name: Of its file; the engine names it if you do not.
    """
    return _ask_once(osc, json, "/record/start", *([name] if name else []))


@record.command(name="stop")
def record_stop(*, osc: Osc = None, json: Json = False) -> int:
    """Ends the recording: file, first frame, frames, sha256."""
    return _ask_once(osc, json, "/record/stop")


@record.command(name="status")
def record_status(*, osc: Osc = None, json: Json = False) -> int:
    """Whether something is recorded, and how much."""
    return _ask_once(osc, json, "/record/status")


def _client(osc: str | None, address: str = ""):
    """Who asks. Edits are staged for their sender, so what is said about patches from one terminal comes from one port."""
    from chronus.faces.client import Client, endpoint
    return Client(*endpoint(osc), own_port=FIRST_PORT + os.getsid(0) % PORTS if address.startswith("/patch/") else 0)


def _ask_once(osc: str | None, json: bool, address: str, *args) -> int:
    with _client(osc, address) as client:
        return _answer(client.ask(address, *args), json)


def _answer(reply, json: bool) -> int:
    show_object(reply.data()) if json else print(reply.line())
    return 0 if reply.ok else 1


def list_commands() -> str:
    """Every command that the engine knows, for the help of `send`; nothing else waits for the table to load."""
    from chronus.control.commands import TABLE
    return "\n\n".join(f"{row.line}: {row.help}" for row in TABLE)


def main(arguments: list[str] | None = None) -> int:
    """Runs one verb; its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["send"] and {"--help", "-h"} & set(arguments):
        app["send"].help_epilogue = list_commands()
    from chronus.doors.osc.codec import OscError
    from chronus.faces.client import BadEndpoint, NoEngine
    from chronus.patch.errors import PatchError
    try:
        return app(arguments, result_action="return_value", exit_on_error=False) or 0
    except CycloptsError:
        return 1                         # it has said what is wrong
    except (NoEngine, BadEndpoint, OscError, OSError, PatchError) as error:
        if isinstance(error, NoEngine) and "--json" in arguments:
            show_object({"ok": False, "code": "no-engine", "message": str(error)})
        return complain(error)
    except KeyboardInterrupt:
        return 130

