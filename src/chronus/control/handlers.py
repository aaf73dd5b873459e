"""What each command does: intent checked, turned into log entries or into an answer."""

import json
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter

from chronus import __version__, limits
from chronus.control.clients import actor_of
from chronus.control.commands import Command, Refusal, arguments, switch
from chronus.control.meters import Meters
from chronus.control.midi import Midi
from chronus.control.patching import Patching
from chronus.control.status import recording, status
from chronus.control.timing import Timing
from chronus.dsp.declare import Param
from chronus.music.notes import note_number
from chronus.patch.graph import Patch, PatchError, check_value, suggestion
from chronus.patch.shapes import VOICES
from chronus.patch.tone import TONE_GATE
from chronus.shared import layout as at
from chronus.shared.files import check_name
from chronus.shared.log import EXPRESS, GATE, NOTE, NOTHING, PANIC, SET, Entry, expression
from chronus.shared.program import key_of
from chronus.shared.score import FULL_VELOCITY, SERIAL_SHIFT

TEST_SECONDS = 0.5


class Handlers:
    """One method a row of the table. `engine` is the Control that owns patch, log, clients and clock."""

    def __init__(self, engine):
        self.engine, self.memory, self.patching, self.timing = engine, engine.memory, Patching(engine), Timing(engine)
        self.levels = Meters(engine.memory)
        self.midi = Midi(engine, self.knob)

    def knob(self, module_id: str, name: str) -> tuple[int, Param]:
        """The knob and the declaration of a parameter of what plays. Raises Refusal."""
        return knob_of(self.engine.playing.patch, self.engine.playing.knobs, module_id, name)

    def checked(self, module_id: str, name: str, value) -> float:
        if isinstance(value, bool):
            value = float(value)
        try:
            return check_value(self.engine.playing.patch.modules[module_id].declaration, name, value, module_id)
        except PatchError as error:
            raise Refusal(error.code, str(error)) from None

    def mod(self, call, module_id: str, name: str):
        target, param = self.knob(module_id, name)
        if not call.args:
            call.reply(float(self.engine.playing.values([(module_id, param.name)])[module_id, param.name]))
            return
        (value,) = arguments(call.command, call.args, 0, 1)
        if param.name == VOICES and self.engine.playing.patch.modules[module_id].declaration.voices:
            raise Refusal("state", f"the voices of '{module_id}' are built with the patch; /patch/set {module_id} voices {value}, then /patch/commit")
        call.log(SET, target, self.checked(module_id, param.name, value), extra=GATE if param.unit == "gate" else 0)

    def gate(self, call, module_id: str):
        target, param = self.knob(module_id, "gate")
        (value,) = arguments(call.command, call.args, 1, 1)
        call.log(SET, target, self.checked(module_id, param.name, value), extra=GATE)

    def note(self, call, module_id: str):
        given = arguments(call.command, call.args, 2, 3)
        sequences, playing = self.timing.sequences, self.engine.playing
        if sequences.is_arpeggio(module_id):
            target, key = sequences.arpeggio_note(module_id, given[0])
        else:
            target, key = key_of(module_id), note_of(playing.patch, playing.modules, module_id, given[0])
        velocity, frames = velocity_of(given[1]), frames_of(given[2], self.memory[at.H_RATE]) if len(given) > 2 else 0
        note = sequences.in_tune(module_id, key)
        serial = (self.engine.log.head + 1) << SERIAL_SHIFT if frames and velocity else 0
        ends = (Entry(NOTE, target, note, max(call.frame, self.engine.earliest()) + frames, actor_of(call.sender), serial),) if serial else ()
        call.log(NOTE, target, note, extra=serial + round(velocity * FULL_VELOCITY), behind=ends)
        if not ends:
            sequences.hold(module_id, key, note, velocity)

    def express(self, call, module_id: str):
        note, amount = arguments(call.command, call.args, 2, 2)
        verb = call.command.parts[0]
        note = note_of(self.engine.playing.patch, self.engine.playing.modules, module_id, note)
        call.log(EXPRESS, key_of(module_id), self.timing.sequences.in_tune(module_id, note), extra=expression(verb, amount_of(verb, amount)))

    def panic(self, call):
        arguments(call.command, call.args, 0, 0)
        call.frame = -1                     # a panic is never for later
        call.log(PANIC, 0, 0.0)
        self.timing.sequences.held.clear()
        self.timing.tempo_changes.forget()
        self.engine.later.forget()

    def test(self, call):
        arguments(call.command, call.args, 0, 0)
        target = self.engine.playing.knobs[TONE_GATE]
        later = max(call.frame, self.engine.earliest()) + round(TEST_SECONDS * self.memory[at.H_RATE])
        call.log(SET, target, 1.0, behind=(Entry(SET, target, 0.0, later, actor_of(call.sender)),))

    def sync(self, call):
        (number,) = arguments(call.command, call.args, 1, 1)
        if isinstance(number, float) and number.is_integer():
            number = int(number)
        if isinstance(number, bool) or not isinstance(number, int):
            raise Refusal("type", "/sync takes a whole number, as in /sync 1")
        if not self.engine.commits.follow(call.sender, partial(self.synced, call, number)):
            self.synced(call, number)

    def synced(self, call, number: int):
        """Answers when all before is applied: the commits of this sender, and what stands in the log."""
        try:
            call.log(NOTHING, 0, 0.0, then=lambda frame: call.send("/synced", number))
        except Refusal as error:
            self.engine.refuse(call.sender, call.address, error.code, str(error))

    def notify(self, call):
        call.client.notify = switch(call.command, call.args)
        self.engine.clients.keep(call.sender, call.client)
        call.done()

    def ack(self, call):
        call.client.ack = switch(call.command, call.args)
        self.engine.clients.keep(call.sender, call.client)
        call.done()

    def version(self, call):
        arguments(call.command, call.args, 0, 0)
        call.reply("music-chronus", __version__)

    def status(self, call):
        arguments(call.command, call.args, 0, 0)
        call.reply_in_parts(json.dumps(status(self.memory, self.engine.playing, self.engine.door_status()), separators=(",", ":")))

    def meters(self, call):
        arguments(call.command, call.args, 0, 0)
        call.reply_in_parts(json.dumps(self.levels.read(self.engine.playing), separators=(",", ":")))

    def stop(self, call):
        arguments(call.command, call.args, 0, 0)
        call.done()
        word = at.STOP_REQUEST if self.memory.alive("supervisor") else at.STOP         # without one, all end by themselves
        self.memory[word] = 1

    def record_start(self, call):
        (name,) = arguments(call.command, call.args or (datetime.now(UTC).strftime("take-%Y%m%d-%H%M%S"),), 1, 1)
        memory = self.memory
        if memory[at.REC_STATE] == at.REC_RUNNING:
            raise Refusal("state", f"'{memory.text(at.REC_NAME, at.REC_TEXT_BYTES)}' is being recorded; /record/stop ends it")
        self.finish_recordings()                # whoever waits for the one before is answered with that one
        try:
            check_name(name)
        except (ValueError, TypeError) as error:
            raise Refusal("name", str(error)) from None
        path = self.engine.folder / "recordings" / f"{name}.wav"
        if path.parent.is_symlink():
            raise Refusal("io", f"{path.parent} is a link; a session writes only into its own folder: remove the link")
        if path.exists() or path.is_symlink():
            raise Refusal("exists", f"there is a recording '{name}' already; take another name")
        memory.set_text(at.REC_NAME, name, at.REC_TEXT_BYTES)
        memory.set_text(at.REC_HASH, "", at.REC_TEXT_BYTES)
        memory.set_text(at.REC_REASON, "", at.REC_TEXT_BYTES)
        memory[at.REC_FIRST], memory[at.REC_LAST] = memory[at.PLAYED], -1
        memory[at.REC_WRITTEN] = memory[at.REC_LOST] = 0
        memory[at.REC_SERIAL] = memory[at.REC_SERIAL] + 1
        memory[at.REC_STATE] = at.REC_RUNNING
        call.done(memory[at.REC_FIRST] * memory[at.H_BLOCK], name, always=True)

    def record_stop(self, call):
        arguments(call.command, call.args, 0, 0)
        if self.memory[at.REC_STATE] == at.REC_FAILED:
            raise Refusal("io", self.memory.text(at.REC_REASON, at.REC_TEXT_BYTES))
        if self.memory[at.REC_STATE] != at.REC_RUNNING:
            raise Refusal("state", "nothing is being recorded; /record/start begins")
        if len(self.engine.stopping) >= limits.CLIENTS:
            raise Refusal("busy", "too many wait for the end of this recording already; it is on its way")
        if self.memory[at.REC_LAST] < 0:
            self.memory[at.REC_LAST] = self.memory[at.PLAYED]
        self.engine.stopping.append(call)

    def finish_recordings(self) -> None:
        """Answers those who wait for the end of a recording, once the recorder has closed the file."""
        memory = self.memory
        if not self.engine.stopping or memory[at.REC_STATE] == at.REC_RUNNING:
            return
        calls, self.engine.stopping = self.engine.stopping, []
        name, block = memory.text(at.REC_NAME, at.REC_TEXT_BYTES), memory[at.H_BLOCK]
        for call in calls:
            if memory[at.REC_STATE] == at.REC_FAILED:
                call.fail("io", memory.text(at.REC_REASON, at.REC_TEXT_BYTES))
                continue
            first, last = memory[at.REC_FIRST], memory[at.REC_LAST]
            call.done(last * block, str(self.engine.folder / "recordings" / f"{name}.wav"), first * block, (last - first) * block,
                      memory.text(at.REC_HASH, at.REC_TEXT_BYTES), always=True)

    def record_status(self, call):
        arguments(call.command, call.args, 0, 0)
        call.reply(json.dumps(recording(self.memory)))


def knob_of(patch: Patch, knobs: dict, module_id: str, name: str) -> tuple[int, Param]:
    """The knob and the declaration of a parameter. Raises Refusal with what was probably meant."""
    if module_id not in patch.modules:
        raise Refusal("unknown-module", f"no module '{module_id}'{suggestion(module_id, patch.modules)}")
    declaration = patch.modules[module_id].declaration
    param = declaration.param(name)
    if param is None and declaration.table(name):
        raise Refusal("state", f"'{name}' is a table, which is read with the patch; /patch/set {module_id} {name} NAME, then /patch/commit")
    if param is None:
        raise Refusal("unknown-param", f"'{module_id}' ({declaration.id}) has no parameter '{name}'"
                                       f"{suggestion(name, [p.name for p in declaration.params])}")
    if (module_id, param.name) not in knobs:
        raise Refusal("state", f"'{module_id}' reaches no output, so nothing would be heard; connect it first")
    return knobs[module_id, param.name], param


def note_of(patch: Patch, modules: tuple[str, ...], module_id: str, note) -> float:
    """The number of a note for a module that plays notes, among those that are `modules` of the program. Raises Refusal."""
    if module_id not in patch.modules or not patch.modules[module_id].declaration.voices:
        playable = [m.id for m in patch.modules.values() if m.declaration.voices]
        hint = suggestion(module_id, playable) if playable else "; this patch has none that does: add a module of type notes"
        raise Refusal("unknown-module", f"'{module_id}' plays no notes{hint}")
    if module_id not in modules:
        raise Refusal("state", f"'{module_id}' reaches no output, so nothing would be heard; connect it first")
    try:
        return note_number(note)
    except ValueError as error:
        raise Refusal("range", str(error)) from None


def velocity_of(velocity) -> float:
    """0 to 1; above 1 it is taken as MIDI has it, up to 127. Raises Refusal."""
    if not isinstance(velocity, (int, float)) or not 0.0 <= velocity <= 127.0:
        raise Refusal("range", f"a velocity goes from 0 to 1 (or from 2 to 127, as MIDI has it), not {velocity!r:.40}")
    return float(velocity if velocity <= 1.0 else velocity / 127.0)


def amount_of(verb: str, amount) -> float:
    """How far a note is bent, pressed or moved in timbre. Raises Refusal."""
    low, high, what = (-96.0, 96.0, "a bend goes from -96 to 96 semitones") if verb == "bend" else (0.0, 1.0, f"{verb} goes from 0 to 1")
    if isinstance(amount, bool) or not isinstance(amount, (int, float)) or not low <= amount <= high:
        raise Refusal("range", f"{what}, not {amount!r:.40}")
    return float(amount)


def frames_of(seconds, rate: int) -> int:
    """The length of a note. Raises Refusal."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0.0 < seconds <= limits.AHEAD_SECONDS:
        raise Refusal("range", f"a note lasts from just above 0 to {limits.AHEAD_SECONDS} seconds, not {seconds!r:.40}")
    return max(1, round(seconds * rate))


def handler_of(handlers: Handlers, command: Command):
    """The method that carries out a command."""
    return attrgetter(command.handler)(handlers)
