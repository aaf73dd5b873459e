"""Musical time for control: the commands of sequencers, arpeggios, scenes, songs and tempo, and what of them is told."""

import json
import time
from itertools import count

import numpy as np

from chronus import limits
from chronus.control.changes import Changes, bar_number
from chronus.control.commands import Refusal, arguments, number_in
from chronus.control.playing import newest_header
from chronus.control.sequences import Intent, Sequences, played_in
from chronus.control.shown import shown
from chronus.control.tempo_changes import TempoChanges
from chronus.control.tuning import keep, keys_of, recall
from chronus.native.words import load, load_float64
from chronus.replica.sides import MACHINE_WORDS, M_ARENA, M_BASE
from chronus.replica.tempo import WHERE_BITS, beat_at, bpm_at
from chronus.shared import layout as at
from chronus.shared import score as sc
from chronus.shared import scores
from chronus.shared.log import SCORE, TEMPO, Entry
from chronus.shared.program import TIME

# of each command: how many arguments at least and at most (none: any number)
ARGUMENTS = {"create": (1, 3), "config": (3, None), "pattern": (2, 3), "notes": (2, None), "param_lane": (2, None), "assign": (2, 3), "start": (0, 2),
             "stop": (0, 2), "go_on": (0, 2), "reset": (1, 2), "reset_all": (0, 1), "bpm": (2, 2), "swing": (2, 3), "gate_len": (2, 3), "delete": (1, 2),
             "arpeggio": (2, None), "progression": (3, None), "pat": (2, 4), "scene": (1, None), "scene_play": (1, 2), "scene_follow": (3, 3), "song": (2, None), "song_play": (1, 2),
             "signature": (1, 1)}


def intents(sequences: Sequences, command, args, verb: str) -> list[Intent]:
    """What one command about sequencers logs. Raises Refusal."""
    low, high = ARGUMENTS[verb]
    return getattr(sequences, verb)(*arguments(command, args, low, limits.OSC_ARGUMENTS if high is None else high))


def verb_of(address: str) -> str:
    """The method of `Sequences` that a command asks for: /seq/start is `start`, /scene/play `scene_play`, /arp `arpeggio`."""
    group, _, verb = address.strip("/").partition("/")
    if group == "seq":
        return {"continue": "go_on"}.get(verb, verb)
    group = {"arp": "arpeggio"}.get(group, group)
    return group if verb in ("", "set", "create") else f"{group}_{verb}"


def packed(score) -> bytes:
    """A score as the replicas read it. Raises Refusal."""
    try:
        return scores.pack(score)
    except ValueError as error:
        raise Refusal("range", str(error)) from None


class Timing:
    """The handlers. `engine` is the Control that owns log, memory and patch."""

    def __init__(self, engine):
        self.engine, self.memory = engine, engine.memory
        self.sequences = Sequences(lambda: engine.playing.patch)
        self.changes = Changes(engine.memory, lambda: newest_header(engine.memory), engine.log)
        self.tempo_changes = TempoChanges(engine.memory, lambda: newest_header(engine.memory), engine.log)
        self.latest = -1, 0.0                   # the entry that set the tempo at once last, and to what
        self.tempos = {}                        # of each sender, the oldest first: the number and the tempo of the last that it set at once
        self.serials = count(1 + max(self.memory[scores.place(self.memory, area) + sc.W_SERIAL] for area in range(limits.SCORES)))
        for offset in sorted(scores.sequencers(self.memory.words, newest_header(self.memory))):
            if self.memory[offset + sc.S_DELETED] != 0:
                continue
            coming = [self.memory[offset + sc.S_COMING + i * sc.COMING_BYTES] for i in range(limits.SCORE_CHANGES)]
            areas = [area for area in (self.memory[offset + sc.S_SCORE], *coming) if sc.is_area(area)]
            if areas:
                self.recall(areas[-1])
        self.sequences.bar = self.now()["beats_per_bar"]
        self.sequences.tuned_to, self.sequences.keys = recall(engine.folder)

    def recall(self, area: int) -> None:
        """A sequencer is what a score in the memory says; one whose score is damaged plays on, and can be made anew."""
        try:
            said = scores.text_in(self.memory, area)
        except ValueError:
            return
        self.sequences.said[said["id"]] = said

    def sequencer(self, call) -> None:
        """Any command that changes what sequencers play."""
        self.ask(call, lambda: intents(self.sequences, call.command, call.args, verb_of(call.command.address)))

    def ask(self, call, intend) -> None:
        """Logs what `intend` wants of the sequences; what is refused was never said."""
        sequences, before = self.sequences, dict(vars(self.sequences), said=dict(self.sequences.said))
        try:
            self.log(call, intend())
        except Exception:
            vars(sequences).update(before)
            raise

    def log(self, call, found: list[Intent]) -> None:
        """Logs intents, the last of which is answered; none where there is no room for the scores of all, or where they could not wait."""
        for intent in found:
            if intent.kind == SCORE:
                self.changes.check(intent.target, intent.score.text["id"], intent.where, float(max(call.frame, 0)))
            elif intent.kind == TEMPO:
                self.tempo_changes.check(intent.where, call.frame)
        areas = [self.put(intent.score) if intent.kind == SCORE else -1 for intent in found]
        for i, (intent, area) in enumerate(zip(found, areas), 1):
            self.append(call, intent, area, answer=i == len(found))
            if intent.kind == TEMPO and intent.where == intent.more == 0 and call.frame < 0:
                self.latest = self.engine.log.head - 1, intent.value
                self.remember(call.sender, intent.value)
        if not found:
            call.done()

    def remember(self, sender, bpm: float) -> None:
        """Who set which tempo."""
        self.tempos.pop(sender, None)
        self.tempos[sender] = max((number for number, _ in self.tempos.values()), default=0) + 1, bpm
        while len(self.tempos) > limits.CLIENTS:
            del self.tempos[next(iter(self.tempos))]

    def append(self, call, intent: Intent, area: int, answer: bool) -> None:
        extra, value, frame, index = intent.where | intent.more << WHERE_BITS, intent.value, call.frame, self.engine.log.head
        if intent.kind == SCORE:
            self.memory[scores.place(self.memory, area) + sc.W_ENTRY] = index
            extra, value, frame = area | intent.where << WHERE_BITS, float(max(frame, 0)), -1     # in the schedule its place might be used again
        if answer:
            call.frame = frame
            call.log(intent.kind, intent.target, value, extra=extra)
        else:
            self.engine.append(intent.kind, intent.target, value, call.sender, frame, extra)
        for changes in (self.changes, self.tempo_changes):
            changes.take(Entry(intent.kind, intent.target, value, frame, extra=extra), index)

    def put(self, score) -> int:
        """Writes a score; its place. Raises Refusal."""
        try:
            area = scores.free(self.memory)
            scores.put(self.memory, area, packed(score), next(self.serials))
        except scores.ScoresFull as error:
            raise Refusal("busy", str(error)) from None
        self.memory[scores.place(self.memory, area) + sc.W_ENTRY] = self.engine.log.head
        return area

    def now(self, frame: float | None = None) -> dict:
        """The tempo, the beat and the bar, as the state that is newest has them."""
        return musical_time(self.memory, newest_header(self.memory), frame)

    def tempo(self, call) -> None:
        if not call.args:
            call.reply(self.now()["bpm"])
            return
        arguments(call.command, call.args, 1, 3)
        self.log(call, self.sequences.tempo(self.memory[at.H_RATE], *call.args))

    def beat(self, call) -> None:
        """Another number for the beat of a moment, whose frame is told from its Unix time as /time does."""
        beat, *moment = arguments(call.command, call.args, 1, 2)
        number_in("a beat", beat, *limits.BEATS)
        frame = -1
        if moment:
            ago = time.time() - number_in("a Unix time, in seconds,", moment[0], 0.0, 1e10)
            number_in("a moment, in seconds ago,", round(ago, 3), -limits.BEAT_SECONDS, limits.BEAT_SECONDS)
            frame = max(0, round(self.engine.clock.position() - ago * self.memory[at.H_RATE]))
        call.log(TEMPO, sc.A_BEAT, float(beat), extra=frame)

    def tap(self, call) -> None:
        arguments(call.command, call.args, 0, 0)
        self.log(call, self.sequences.tap(self.memory[at.H_RATE], call.now / self.memory[at.H_RATE]))

    def tuning(self, call) -> None:
        """What is played lies where a tuning has it; without a name the one that there is."""
        if not call.args:
            call.reply(self.sequences.tuned_to)
            return
        name, *root = arguments(call.command, call.args, 1, 2)
        keys, before = keys_of(str(name), *root), (self.sequences.tuned_to, self.sequences.keys)
        keep(self.engine.folder, str(name), keys)
        try:
            self.ask(call, lambda: self.sequences.tuning(str(name), keys))
        except Refusal:
            keep(self.engine.folder, *before)
            raise

    def half(self, call) -> None:
        self.scale(call, 0.5)

    def double(self, call) -> None:
        self.scale(call, 2.0)

    def scale(self, call, factor: float) -> None:
        where = arguments(call.command, call.args, 0, 1)
        entry, told = self.latest               # what is in the log counts before it is applied: two halves are a quarter
        bpm = told if entry >= self.memory[at.JOURNALED] else self.now()["bpm"]
        bpm = min(max(factor * bpm, limits.TEMPOS[0]), limits.TEMPOS[1])
        self.log(call, self.sequences.tempo(self.memory[at.H_RATE], bpm, *where))

    def time(self, call) -> None:
        arguments(call.command, call.args, 0, 0)
        frame, moment = self.engine.clock.position(), time.time()
        memory, header = self.memory, newest_header(self.memory)
        idle = {scores.sequencer_key(id_) for id_, said in self.sequences.said.items() if said["kind"] == "scene" and not said["follows"]}      # it has nothing more to do
        runs = sum(memory[offset + sc.S_RUNS] != 0 and memory[offset + sc.S_KEY] not in idle for offset in scores.sequencers(memory.words, header))
        others = max((told for sender, told in self.tempos.items() if sender != call.sender), default=(0, None))
        call.reply(json.dumps(musical_time(memory, header, frame) | {"frame": round(frame), "unix": moment, "runs": runs, "others": others}))

    def show_all(self, call) -> None:
        arguments(call.command, call.args, 0, 0)
        call.reply_in_parts(json.dumps(self.rows(), separators=(",", ":")))

    def show(self, call) -> None:
        (id_,) = arguments(call.command, call.args, 1, 1)
        said, gone = shown(self.memory, self.changes, scores.sequencer_key(id_), self.sequences.known(id_)), self.missing().get(id_)
        call.reply_in_parts(json.dumps(said | ({"missing": gone} if gone else {}), separators=(",", ":")))

    def rows(self) -> list[dict]:
        """Each sequencer: what it is, and whether it runs."""
        memory, header = self.memory, newest_header(self.memory)
        runs = {memory[offset + sc.S_KEY]: bool(memory[offset + sc.S_RUNS]) for offset in scores.sequencers(memory.words, header)}
        gone = self.missing()
        return [{"id": id_, "kind": said["kind"], "target": said.get("target", ""), "pattern": said.get("pattern", ""),
                 "runs": runs.get(scores.sequencer_key(id_), False), **({"missing": gone[id_]} if id_ in gone else {})} for id_, said in self.sequences.said.items()]

    def missing(self) -> dict[str, list[str]]:
        """Of each sequencer what it plays that there is not: modules, or of scenes and songs sequencers."""
        said, modules = self.sequences.said, self.sequences.patch().modules
        found = {}
        for id_, each in said.items():
            plays = {each.get("target", ""), *each.get("kit", {}).values(), *(lane.partition("/")[0] for lane in each.get("lanes", ()))} - {""}
            gone = sorted(plays - set(modules)) + sorted(played_in(each) - set(said))
            if gone:
                found[id_] = gone
        return found


def musical_time(memory, arena: int, frame: float | None = None) -> dict:
    """bpm, beat, bar (from 1), beats_per_bar at a frame (the newest by default), read from an arena or a snapshot of one."""
    machine = np.zeros(MACHINE_WORDS, np.int64)
    machine[M_BASE // 8], machine[M_ARENA // 8] = memory.base, memory.base + arena
    state = memory.base + arena + TIME
    clock, frame = state + sc.CLOCK_AT, load(state + sc.Q_NOW) if frame is None else frame
    bpm, beat = (of(machine.ctypes.data, clock, frame) for of in (bpm_at, beat_at))
    return {"bpm": round(bpm, 6), "beat": round(beat, 6), "bar": bar_number(state, beat), "beats_per_bar": load_float64(state + sc.Q_BAR)}
