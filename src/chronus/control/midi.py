"""The commands about MIDI: which channel plays what, which knob turns what. They are kept in the session's `midi.toml`; the door asks for them.

A session that has none begins with the user's own, `midi.toml` in the configuration folder.
"""
import json
import os
import tomllib
from dataclasses import replace
from pathlib import Path

import platformdirs

from chronus.control.commands import Refusal, arguments
from chronus.limits import MIDI_NAME
from chronus.doors.midi.mapping import AUTO, FORMAT, OFF, VERSION, Knob, Mapping, Out
from chronus.doors.midi.mpe import LOWER, MEMBERS, UPPER
from chronus.music.midi_script import KEY_OF_DRUM
from chronus.music.notes import note_number
from chronus.patch.graph import suggestion
from chronus.shared import files
from chronus.shared import layout as at

FILE = "midi.toml"
C4 = 60                                  # the key of a gate that is no drum of General MIDI


def users_file() -> Path:
    """The mapping that new sessions begin with. CHRONUS_STATE names another folder for it."""
    state = os.environ.get("CHRONUS_STATE")
    return (Path(state).expanduser() if state else platformdirs.user_config_path("music-chronus")).absolute() / FILE


def read(path: Path) -> Mapping:
    """A mapping from its file. Raises ValueError that names the file and says what is wrong, OSError."""
    try:
        data = tomllib.loads(path.read_text())
        if data.pop("format", None) != FORMAT or data.pop("version", None) != VERSION:
            raise ValueError(f'it should begin with format = "{FORMAT}" and version = {VERSION}')
        return Mapping.from_dict(data)
    except (ValueError, TypeError) as error:                 # what is no TOML, or no text, is a ValueError too
        raise ValueError(f"{path}: {error}; mend it, or remove it, and start again") from None


def text_of(mapping: Mapping) -> str:
    """The mapping as the text of its file."""
    data = mapping.as_dict()
    lines = [f'format = "{FORMAT}"', f"version = {VERSION}", f"mpe = {data['mpe']}", f"mpe_upper = {data['mpe_upper']}", f"clock_in = {_literal(data['clock_in'])}", f"clock_out = {_literal(data['clock_out'])}"]
    for name in ("programs", "bends"):
        lines += ["", f"[{name}]", *(f"{key} = {_literal(value)}" for key, value in data[name].items())]
    for name in ("zones", "knobs", "outs"):
        for row in data[name]:
            lines += ["", f"[[{name}]]", *(f"{key} = {_literal(value)}" for key, value in row.items())]
    return "\n".join(lines) + "\n"


def _literal(value) -> str:
    """A text or a number in TOML, which unlike JSON takes no halves of characters, and no bare DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


class Midi:
    """One method a row of the table. `engine` is the Control, `knob` finds a parameter of what plays."""

    def __init__(self, engine, knob):
        self.engine, self.knob, self.path = engine, knob, engine.folder / FILE
        self.mapping, self.learning, self.trouble = Mapping(), "", ""
        try:
            for path in (self.path, users_file()):
                if path.exists():
                    self.mapping = read(path)
                    break
        except (ValueError, OSError) as error:
            self.trouble = str(error)

    def instruments(self) -> list[str]:
        """The modules of what plays that notes are played on, in the order of the patch."""
        playing = self.engine.playing
        return [m.id for m in playing.patch.modules.values() if m.declaration.voices and m.id in playing.modules]

    def others(self) -> list[str]:
        """The arpeggios, which play what is held."""
        return [id_ for id_, said in self.engine.handlers.timing.sequences.said.items() if said["kind"] == "arpeggio"]

    def sources(self) -> list[str]:
        """What can go out: what plays notes or has a gate, of what is heard, and the sequencers."""
        playing = self.engine.playing
        gates = [id_ for id_, name in playing.knobs if name == "gate" and id_ in playing.patch.modules]
        sequencers = [id_ for id_, said in self.engine.handlers.timing.sequences.said.items() if said["kind"] not in ("scene", "song")]
        return list(dict.fromkeys([*self.instruments(), *sequencers, *gates]))

    def status(self) -> dict:
        """How the door is, and the ports that it has."""
        if self.engine.memory.text(at.MIDI_WANTED) == "off":
            return {"state": "off", "ports": []}
        try:
            found = json.loads(self.engine.memory.text(at.MIDI_STATE, at.MIDI_STATE_BYTES))
        except ValueError:                                   # not written yet, or being written
            found = {"state": "starting", "ports": []}
        return {**found, "state": self.trouble or found["state"], "left_out": self.engine.memory[at.MIDI_LEFT_OUT]}

    # who plays what

    def assign(self, call):
        channel, *id_ = arguments(call.command, call.args, 1, 2)
        self._keep(call, self.mapping.assign(channel_of(channel), self._instrument(id_[0]) if id_ else None))

    def split(self, call):
        channel, low, high, id_ = arguments(call.command, call.args, 4, 4)
        low, high = key_of_note(low), key_of_note(high)
        if low > high:
            raise Refusal("range", f"the zone ends ({high}) before it begins ({low}); write the lower key first")
        number, mapping = channel_of(channel), self.mapping
        if all(zone.channel != number for zone in mapping.zones):           # nobody has said what it plays: all its keys go on as they are
            now = mapping.playing(number, self.instruments(), self.others())
            mapping = replace(mapping, zones=(*mapping.zones, *(replace(zone, channel=number) for zone in now)))
        self._change(call, lambda: mapping.split(number, low, high, self._instrument(id_)))

    def bend(self, call):
        channel, semitones = arguments(call.command, call.args, 2, 2)
        if isinstance(semitones, bool) or not isinstance(semitones, (int, float)) or not 0 <= semitones <= 48:
            raise Refusal("range", f"a wheel bends 0 to 48 semitones, not {semitones!r:.40}")
        self._keep(call, self.mapping.set_bend(channel_of(channel), semitones))

    def program(self, call):
        number, *name = arguments(call.command, call.args, 1, 2)
        whole(number, "a program", 1, 128)
        names = self.engine.handlers.patching.library.names()
        if name and name[0] not in names:
            raise Refusal("unknown-name", f"no patch '{name[0]!s:.70}'{suggestion(str(name[0]), names)}")
        self._keep(call, self.mapping.name_program(number, *name or (None,)))

    def clock(self, call):
        port, way = arguments(call.command, call.args, 2, 2)
        if way not in ("in", "out"):
            raise Refusal("range", f"a clock comes in or goes out, not {way!r:.40}; say /midi/clock PORT in, or out")
        if not isinstance(port, str) or not 0 < len(port) <= MIDI_NAME or port == AUTO and way == "out":
            raise Refusal("range", f"a port is part of its name, or off{' or auto' * (way == 'in')}, not {port!r:.70}; `chronus midi` lists them")
        self._keep(call, replace(self.mapping, **{f"clock_{way}": port}))

    def out(self, call):
        id_, port, *numbers = arguments(call.command, call.args, 2, 4)
        if port == OFF and not numbers:
            if not any(out.id == id_ for out in self.mapping.outs):
                raise Refusal("unknown-name", f"nothing of '{id_!s:.70}' goes out{suggestion(str(id_), [out.id for out in self.mapping.outs])}")
            return self._keep(call, self.mapping.unsend(id_))
        if id_ not in self.sources():
            raise Refusal("unknown-name", f"'{id_!s:.70}' plays nothing that could go out{suggestion(str(id_), self.sources())}")
        if not isinstance(port, str) or not 0 < len(port) <= MIDI_NAME or port in (OFF, AUTO):
            raise Refusal("range", f"a port is part of its name, or off, not {port!r:.70}; `chronus midi` lists them")
        module = self.engine.playing.patch.modules.get(id_)
        channel, key = *numbers, *(1, KEY_OF_DRUM.get(module.type, C4) if module else C4)[len(numbers):]
        return self._change(call, lambda: self.mapping.send(Out(id_, port, whole(channel, "a MIDI channel", 1, 16), key_of_note(key))))

    def mpe(self, call):
        members, *zone = arguments(call.command, call.args, 1, 2)
        whole(members, "an MPE zone", 0, MEMBERS)
        if zone and zone[0] not in ("lower", "upper"):
            raise Refusal("range", f"an MPE zone is lower or upper, not {zone[0]!r:.40}")
        fingers = self.mapping.fingers.declare(UPPER if zone == ["upper"] else LOWER, members)
        self._keep(call, replace(self.mapping, mpe=fingers.lower, mpe_upper=fingers.upper))

    # which knob turns what

    def learn(self, call):
        (target,) = arguments(call.command, call.args, 1, 1)
        self._knob(target)
        self.learning = target
        self._tell(call)
        call.done()

    def unlearn(self, call):
        (target,) = arguments(call.command, call.args or (self.learning,), 1, 1)
        waits, self.learning = target == self.learning, "" if target == self.learning else self.learning
        if not waits and not any(knob.target == target for knob in self.mapping.knobs):
            raise Refusal("unknown-name", f"nothing turns '{target!s:.70}'{suggestion(str(target), [knob.target for knob in self.mapping.knobs])}")
        self._keep(call, self.mapping.unbind(target))

    def map(self, call):
        if not call.args:
            call.reply_in_parts(json.dumps({"mapping": self.mapping.as_dict(), "instruments": self.instruments(), "others": self.others(), "sources": self.sources(), "learning": self.learning,
                                            **self.status()}, separators=(",", ":")))
            return
        channel, controller, target = arguments(call.command, call.args, 3, 3)
        whole(controller, "a controller", 0, 127)
        param = self._knob(target)
        knob = Knob(channel_of(channel), controller, target, float(param.low), float(param.high), param.curve)
        self._change(call, lambda: self.mapping.bind(knob))
        if target == self.learning:
            self.learning = ""
            self._tell(call)
        self.engine.news.tell("/midi/learned", target, knob.channel, controller)

    def _knob(self, target):
        """The parameter that "ID/PARAM" names. Raises Refusal."""
        if not isinstance(target, str) or target.count("/") != 1:
            raise Refusal("type", f"a knob turns ID/PARAM, as in filter/cutoff, not {target!r:.70}")
        return self.knob(*target.split("/"))[1]

    def _instrument(self, id_) -> str:
        if id_ not in self.instruments() + self.others():
            hint = suggestion(str(id_), self.instruments() + self.others()) if self.instruments() else "; this patch has none that does: add a module of type notes"
            raise Refusal("unknown-module", f"'{id_!s:.70}' plays no notes{hint}")
        return id_

    def _change(self, call, change) -> None:
        try:
            mapping = change()
        except ValueError as error:
            raise Refusal("range", str(error)) from None
        self._keep(call, mapping)

    def _keep(self, call, mapping: Mapping) -> None:
        """Saves what MIDI means from now on. Raises Refusal where it cannot be saved, and then nothing has changed."""
        if self.trouble:
            raise Refusal("state", self.trouble)
        try:
            files.save(self.path, text_of(mapping).encode())
        except OSError as error:
            raise Refusal("io", f"{self.path} cannot be written ({error.strerror}); make room") from None
        self.mapping = mapping
        self._tell(call)
        call.done()

    def _tell(self, call) -> None:
        self.engine.news.tell("/midi/changed", call.address)


def whole(number, what: str, low: int, high: int) -> int:
    """A whole number. Raises Refusal."""
    if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
        raise Refusal("range", f"{what} takes a number from {low} to {high}, not {number!r:.40}")
    return number


def channel_of(channel) -> int:
    """A channel, or 0 for each that has nothing of its own. Raises Refusal."""
    return whole(channel, "a MIDI channel (0 is each that has nothing of its own)", 0, 16)


def key_of_note(note) -> int:
    """The key of a note given by name or number. Raises Refusal."""
    try:
        return int(note_number(note))
    except ValueError as error:
        raise Refusal("range", str(error)) from None
