"""A script played without an engine: each command at its exact frame, from one `sleep` to the next, so that a piece is the same bits everywhere.

What an engine would answer later, such as whether a patch is too slow, is not asked here. Commands that look, record or undo need an engine.
"""
import time
from dataclasses import replace
from pathlib import Path

from chronus.control.commands import Refusal, arguments, find, number_in
from chronus.control.handlers import amount_of, frames_of, knob_of, note_of, velocity_of
from chronus.control.own_modules import install_named, types_in
from chronus.control.patching import EDIT_ARGUMENTS, as_set, changed, with_values
from chronus.control.replay import check_span, summary
from chronus.control.script_check import check
from chronus.control.sequences import Sequences
from chronus.control.timing import intents, packed, verb_of
from chronus.control.tuning import keys_of
from chronus.limits import BEATS
from chronus.patch.compiler import compile_patch
from chronus.patch.edits import EDITS, turned_by
from chronus.patch.graph import PatchError, check_value, default
from chronus.patch.library import Library
from chronus.patch.tables import looked_up
from chronus.replica.offline import render
from chronus.replica.tempo import WHERE, WHERE_BITS
from chronus.shared.log import COMMIT, EXPRESS, NOTE, PANIC, SCORE, SET, TEMPO, TRANSPORT, Entry, expression
from chronus.shared.program import key_of
from chronus.shared.score import A_BEAT, CONTINUE, DELETE, FULL_VELOCITY, SERIAL_SHIFT, START


class Scripted:
    """`frame` is how far the script is, `line` the number of the line that it obeys: who said an entry, its `actor`, is that line."""

    def __init__(self, rate: int = 48_000, block: int = 64):
        self.rate, self.block, self.frame, self.line, self.notes = rate, block, 0, 0, 0
        self.entries, self.programs, self.scores, self.turned, self.library = [], [], [], set(), Library()
        self.sequences = Sequences(lambda: self.patch)
        self.play(default(), ())

    def play(self, patch, turned) -> None:
        """The patch that plays from now on."""
        patch = looked_up(patch)
        program = compile_patch(patch, self.rate, self.block, turned)
        if self.programs:
            self._to_block()
            self._add(Entry(COMMIT, 0, 0.0, self.frame, extra=len(self.programs)))
        self.programs.append(program.words)
        self.patch = self.working = patch
        self.knobs, self.modules, self.turned = program.knobs, program.modules, set()

    def _to_block(self) -> None:
        """Goes on to the beginning of a block, where a commit and a panic are, as they are when they are played."""
        self.frame = -(-self.frame // self.block) * self.block

    def _add(self, entry: Entry) -> None:
        self.entries.append(entry._replace(actor=self.line))

    def rest(self, seconds: float) -> None:
        """Lets time pass."""
        self.frame += round(seconds * self.rate)

    def obey(self, address: str, args: list) -> None:
        """One command. Raises Refusal, PatchError or WorkshopError where an engine would refuse it."""
        command, parts = find(address)
        obey = getattr(self, "_" + command.address.strip("/").split("/ID")[0].replace("/", "_"), None)
        if command.handler == "timing.sequencer":
            self._log(intents(self.sequences, command, args, verb_of(command.address)))
        elif obey is None and command.handler == "patching.edit":
            self._edit(command, command.address.rpartition("/")[2], args)
        elif obey is None:
            raise Refusal("state", f"{command.address} needs an engine that plays; leave it out of a script that is rendered")
        else:
            obey(command, args, *parts)

    def render(self, first: int = 0, frames: int | None = None, out: Path | None = None, progress=None) -> dict:
        """Renders what was asked for so far, as `replay.render_session` does a session. Raises LineRefusal where something of it would be lost."""
        check_span(first, frames, self.frame if frames is None else None)         # what rings on behind the last line may be asked for
        frames = max(0, self.frame - first) if frames is None else frames
        entries, began = sorted(self.entries, key=lambda entry: entry.frame), time.perf_counter()
        check(entries, self.scores, self.rate, self.block)
        pieces = render(self.programs, entries, self.rate, self.block, first, frames, progress, self.scores)
        return summary(pieces, out, self.rate, first, frames, began)

    def _set(self, id_: str, name: str, value) -> None:
        target, param = knob_of(self.patch, self.knobs, id_, name)
        module = self.patch.modules[id_]
        value = check_value(module.declaration, param.name, float(value) if isinstance(value, bool) else value, id_)
        self._add(Entry(SET, target, value, self.frame))
        if param.unit != "gate":
            found = {**self.patch.modules, id_: replace(module, params={**module.params, param.name: value})}
            self.patch = self.patch.changed(found, self.patch.cables)

    def _mod(self, command, args, id_: str, name: str) -> None:
        (value,) = arguments(command, args, 1, 1)
        self._set(id_, name, value)

    def _gate(self, command, args, id_: str) -> None:
        (value,) = arguments(command, args, 1, 1)
        self._set(id_, "gate", value)

    def _panic(self, command, args) -> None:
        arguments(command, args, 0, 0)
        self._to_block()
        self.entries = [entry for entry in self.entries if entry.frame <= self.frame]
        self._add(Entry(PANIC, 0, 0.0, self.frame))

    def _log(self, found) -> None:
        """What is asked of sequencers and of the tempo. A script says when, so `now` is this very frame."""
        for intent in found:
            extra = intent.where | intent.more << WHERE_BITS
            if intent.kind == SCORE:
                content = packed(intent.score)
                if (said := self._said_here(intent)) is not None:
                    self.scores[said] = content
                    continue
                extra = len(self.scores) | intent.where << WHERE_BITS
                self.scores.append(content)
            self._add(Entry(intent.kind, intent.target, intent.value, self.frame, extra=extra))

    def _said_here(self, intent) -> int | None:
        """The score that the same sequencer was given at this very frame, and that nothing has come of: what is said of it in many words is one."""
        started = any(entry.kind == TRANSPORT and entry.value in (START, CONTINUE) and entry.frame < self.frame for entry in self.entries)
        for entry in reversed(self.entries):
            if entry.frame < self.frame or entry.kind == TRANSPORT and entry.value == DELETE and entry.target in (0, intent.target):
                return None
            if entry.kind == SCORE and entry.target == intent.target and entry.frame == self.frame:
                return entry.extra & WHERE if not started or entry.extra >> WHERE_BITS == intent.where else None
        return None

    def _tuning(self, command, args) -> None:
        name, *root = arguments(command, args, 1, 2)
        self._log(self.sequences.tuning(str(name), keys_of(str(name), *root)))

    def _tempo(self, command, args) -> None:
        self._log(self.sequences.tempo(self.rate, *arguments(command, args, 1, 3)))

    def _tempo_beat(self, command, args) -> None:
        """A script knows no Unix time: the beat is now."""
        (beat,) = arguments(command, args, 1, 1)
        self._add(Entry(TEMPO, A_BEAT, float(number_in("a beat", beat, *BEATS)), self.frame, extra=-1))

    def _note(self, command, args, id_: str) -> None:
        note, velocity, *seconds = arguments(command, args, 2, 3)
        self.notes += 1
        if self.sequences.is_arpeggio(id_):
            target, key = self.sequences.arpeggio_note(id_, note)
        else:
            target, key = key_of(id_), note_of(self.patch, self.modules, id_, note)
        velocity, frames = velocity_of(velocity), frames_of(seconds[0], self.rate) if seconds else 0
        number = self.sequences.in_tune(id_, key)
        serial = self.notes << SERIAL_SHIFT if frames and velocity else 0
        self._add(Entry(NOTE, target, number, self.frame, extra=serial + round(velocity * FULL_VELOCITY)))
        if serial:
            self._add(Entry(NOTE, target, number, self.frame + frames, extra=serial))
        else:
            self.sequences.hold(id_, key, number, velocity)

    def _express(self, command, args, id_: str) -> None:
        note, amount = arguments(command, args, 2, 2)
        verb = command.parts[0]
        number = self.sequences.in_tune(id_, note_of(self.patch, self.modules, id_, note))
        self._add(Entry(EXPRESS, key_of(id_), number, self.frame, extra=expression(verb, amount_of(verb, amount))))

    _bend = _pressure = _timbre = _express

    def _edit(self, command, verb: str, args) -> None:
        args = arguments(command, args, *EDIT_ARGUMENTS[verb])
        if verb == "create":
            install_named({str(args[1])})
        self.working = self._edited()
        if verb == "set":
            args = as_set(self.working, *args)
        self.working, *_ = EDITS[verb](self.working, *args)
        self.turned |= turned_by(verb, args, self.patch, self.working)

    def _edited(self):
        """What is staged, on top of what plays by now."""
        return with_values(self.working, self.patch, self.turned)

    def _patch_commit(self, command, args) -> None:
        arguments(command, args, 0, 0)
        if self.working is self.patch:
            raise PatchError("nothing is staged; edit the patch first", "state")
        self.play(self._edited(), sorted(self.turned))

    def _patch_abort(self, command, args) -> None:
        self.working, self.turned = self.patch, set()

    def _patch_load(self, command, args) -> None:
        (name,) = arguments(command, args, 1, 1)
        install_named(types_in(self.library.path_of(name)))
        patch = self.library.load(name)
        self.play(patch, changed(self.patch, patch))
