"""The verbs about MIDI: what is plugged in and what it means, files that become scripts, sessions that become files."""

from json import loads
from pathlib import Path

from chronus.control.journal import JournalError
from chronus.control.played import midi_file
from chronus.control.session import session_path
from chronus.doors.midi.ports import listed, why_none
from chronus.faces.client import Client, NoEngine
from chronus.faces.report import complain, printable, show_fields, show_object
from chronus.music.midi_files import MidiFileError, read
from chronus.music.midi_script import ScriptError, script_of
from chronus.native.build import CacheError
from chronus.patch.errors import PatchError
from chronus.shared.files import save
from chronus.workshop.words import WorkshopError


def show_midi(client: Client, json: bool) -> int:
    """The ports of this machine, and of the engine, if one plays, those it has opened and what they mean."""
    data = {"machine": listed() or why_none() or "no MIDI port is there"}
    try:
        reply = client.ask("/midi/map")
        data |= loads(reply.args[0])
    except NoEngine:
        data["engine"] = "none plays here: start one with `chronus jam`"
    show_object(data) if json else show_fields("MIDI", data)
    return 0


def import_file(file: Path, out: Path | None, onto: str, json: bool) -> int:
    """A MIDI file as a script."""
    try:
        song = read(file.read_bytes())
        lines = script_of(song, printable(file.name), [id_ for id_ in onto.split(",") if id_])
    except (MidiFileError, ScriptError) as error:
        return complain(f"{file}: {error}")
    text = "\n".join(lines) + "\n"
    if out is None:
        print(text, end="")
        return 0
    save(out, text.encode())
    told = {"script": printable(str(out)), "notes": len(song.notes), "tracks": song.names}
    show_object(told) if json else show_fields(printable(str(file)), told)
    return 0


def export_session(session: Path, out: Path, json: bool) -> int:
    """A session's notes as a MIDI file."""
    try:
        content, count = midi_file(session_path(str(session)))
    except (JournalError, PatchError, WorkshopError, CacheError) as error:
        return complain(str(error))
    save(out, content)
    told = {"file": printable(str(out)), "notes": count}
    show_object(told) if json else show_fields(printable(str(session)), told)
    return 0
