"""The sequencers, arpeggios, scenes and songs of a session, as they were asked for; each change ends as entries of the log.

What a sequencer is stands in its score, so a control that comes back reads it there. `Sequences` knows no engine: it says what is to be logged,
so that a script that is rendered does the same as one that is played.
"""
import re
from collections.abc import Callable
from dataclasses import dataclass

from chronus import limits
from chronus.control.commands import Refusal, number_in
from chronus.control.places import kit
from chronus.dsp.declare import Param
from chronus.music.compose import compose
from chronus.music.notes import note_name, note_number
from chronus.music.progressions import led, progression
from chronus.music.score import ARPEGGIOS, Score, ScoreError
from chronus.music.steps import DIRECTIONS, read_division, read_notes, read_pattern, tuned
from chronus.patch.errors import suggestion
from chronus.patch.graph import Patch, PatchError, check_value
from chronus.shared import score as sc
from chronus.shared.files import check_name
from chronus.shared.log import SCORE, SIGNATURE, TEMPO, TRANSPORT
from chronus.shared.scores import sequencer_key

PLACES = {"now": sc.NOW, "beat": sc.BEAT, "bar": sc.BAR, "loop": sc.LOOP, "nearest": sc.NEAREST}
PLACE = re.compile(r"(now|beat|bar|loop|nearest)(?:\+(\d{1,3}))?")
PLAYERS, LEADERS = ("steps", "pattern", "arpeggio"), ("scene", "song")
MAKES = {"arpeggio": "/arp/create", "scene": "/scene/set", "song": "/song/set"}
COMMON_TIME = 4.0
RAMP_SECONDS = 600.0
NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
NO_NOTES = {"pattern": "write them into the line: /pat ID PATTERN INSTRUMENT", "arpeggio": "it plays those that are held on it: /note/ID NOTE VELOCITY"}
IN_THE_LINE = {"swing": "write it behind the line, as in \"hh*8\" swing 4", "direction": "write rev or palindrome behind the line, as in \"c4 e4\" rev",
               "step": "its steps share a cycle, which has so many beats: /seq/config ID cycle 2"}          # what a pattern has instead of a setting
STEPS = {"kind": "steps", "target": "", "plays": "gate", "pattern": "", "notes": [], "lanes": {}, "step": "1/16", "gate": 0.5, "swing": 0.0, "transpose": 0.0,
         "velocity": 1.0, "direction": "forward", "seed": 0, "once": False, "keys": []}
ARPEGGIO = STEPS | {"kind": "arpeggio", "plays": "notes", "pattern": "X", "mode": "up", "octaves": 1, "latch": False}
HIDDEN = ("id", "kind", "lanes", "plays", "notes", "keys", "kit", "places")                # have commands of their own
PATTERN = STEPS | {"kind": "pattern", "gate": 0.9, "cycle": 4.0, "kit": {}, "places": {}}
RANGES = {"cycle": (0.25, 64.0), "gate": (0.01, 16.0), "swing": (0.0, 0.9), "transpose": (-96.0, 96.0), "velocity": (0.0, 1.0), "seed": (0, 1 << 30), "octaves": (1, 8)}


@dataclass(frozen=True)
class Intent:
    """What is to be logged: `where` in the music it takes effect; of a SCORE the score, of the others a value."""

    kind: int
    target: int = 0
    value: float = 0.0
    where: int = 0
    more: int = 0
    score: Score | None = None


def place_of(text, usual: str = "bar") -> int:
    """Where in the music: now, beat, bar, loop (the end of a pass) or nearest (beat, gone by or not), and bar+2 for two bars later. Raises Refusal."""
    found = PLACE.fullmatch(str(usual if text is None else text).lower())
    if not found:
        raise Refusal("range", f"{str(text)[:40]!r} is no place in the music; say now, beat, bar, loop or nearest, or bar+2 for two bars later")
    return PLACES[found[1]] | int(found[2] or 0) << sc.PLACE_BITS


def played_in(said: dict) -> set[str]:
    """Whom a scene or a song plays."""
    return {*said.get("members", ()), *(member for _, members, _ in said.get("sections", ()) for member in members)}


class Sequences:
    """`said` is what each sequencer is, by id. `patch` gives the patch that plays."""

    def __init__(self, patch: Callable[[], Patch]):
        self.said, self.patch, self.bar, self.taps, self.keys, self.tuned_to, self.held = {}, patch, COMMON_TIME, [], [], "equal", {}

    def known(self, id_, kinds: tuple[str, ...] = ()) -> dict:
        """What a sequencer is. Raises Refusal."""
        if id_ not in self.said or kinds and self.said[id_]["kind"] not in kinds:
            named = [other for other, said in self.said.items() if not kinds or said["kind"] in kinds]
            hint = suggestion(str(id_), named) if named else f"; {MAKES.get(kinds[0] if kinds else '', '/seq/create')} makes one"
            raise Refusal("unknown-sequencer", f"no {'sequencer' if kinds in ((), PLAYERS) else ' or '.join(kinds)} '{str(id_)[:64]}'{hint}")
        return self.said[id_]

    def say(self, said: dict, where: int) -> list[Intent]:
        """A sequencer is this from a place in the music on. Raises Refusal."""
        try:
            check_name(said["id"])
            score = compose(said)
        except (ScoreError, ValueError, TypeError) as error:
            raise Refusal("range", str(error)) from None
        self.check_room(said["id"])
        self.said[said["id"]] = said
        return [Intent(SCORE, sequencer_key(said["id"]), where=where, score=score)]

    def changed(self, id_, where: int, **news) -> list[Intent]:
        said = self.known(id_, PLAYERS) | news
        return self.say(self.with_kit(said) if said["kind"] == "pattern" and news.keys() & {"pattern", "target", "seed"} else said, where)

    def move(self, verb: int, id_, where: int, value: int = 0) -> list[Intent]:
        """Start, stop ... of one sequencer, or of all."""
        return [Intent(TRANSPORT, sequencer_key(id_) if id_ else 0, float(verb), where, value)]

    # step sequencers

    def create(self, id_, target=None, pattern=None) -> list[Intent]:
        if id_ in self.said:
            raise Refusal("exists", f"there is a sequencer '{id_}' already; /seq/delete {id_} first, or take another id")
        return self.say(STEPS | {"id": id_, "keys": self.keys} | self.played_by(target) | ({} if pattern is None else {"pattern": str(pattern)}), 0)

    def config(self, id_, *pairs) -> list[Intent]:
        """Settings by name, then, if there is one more word, where they take effect."""
        news, said = {}, self.known(id_, PLAYERS)
        for name, value in zip(pairs[::2], pairs[1::2]):
            news |= self.setting(said, name, value)
        return self.changed(id_, place_of(pairs[-1] if len(pairs) % 2 else None), **news)

    def setting(self, said: dict, name, value) -> dict:
        """One setting, checked. Raises Refusal."""
        if name == "bpm":
            raise Refusal("unknown-param", "a tempo of its own is given by /seq/bpm ID BPM")
        if said["kind"] == "pattern" and name in IN_THE_LINE:
            raise Refusal("unknown-param", f"a pattern has no setting '{name}'; {IN_THE_LINE[name]}")
        if name not in said or name in HIDDEN:
            known = [key for key in said if key not in HIDDEN and not (said["kind"] == "pattern" and key in IN_THE_LINE)]
            raise Refusal("unknown-param", f"a sequencer has no setting '{str(name)[:40]}'{suggestion(str(name), known)}")
        try:
            if name in RANGES:
                value = number_in(name, value, *RANGES[name])
                return {name: int(value) if name in ("seed", "octaves") else float(value)}
            if name in ("once", "latch"):
                return {name: number_in(name, int(value) if isinstance(value, bool) else value, 0, 1) != 0}
            if name == "step":
                value = int(value) if isinstance(value, float) and value.is_integer() else value
                read_division(value)
            if name == "pattern" and said["kind"] == "pattern":
                return {"pattern": str(value)}
            if name == "pattern":
                read_pattern(str(value))
            if name == "target":
                return self.played_by(value, said["kind"] == "arpeggio")
            choices = {"direction": DIRECTIONS, "mode": ARPEGGIOS}.get(name, (value,))
            if value not in choices:
                raise Refusal("range", f"{name} is {', '.join(choices)}, not {value!r:.40}")
        except ScoreError as error:
            raise Refusal("range", str(error)) from None
        return {name: str(value)}

    def pattern(self, id_, pattern, where=None) -> list[Intent]:
        return self.changed(id_, place_of(where), **self.setting(self.known(id_, PLAYERS), "pattern", pattern))

    def notes(self, id_, *words) -> list[Intent]:
        self.check_notes(id_)
        words, where = self.words(words)
        words = [float(word) if isinstance(word, str) and NUMBER.fullmatch(word) else word for word in words]
        try:
            read_notes(words)
        except ScoreError as error:
            raise Refusal("range", str(error)) from None
        return self.changed(id_, where, notes=words)

    def progression(self, id_, key, *words) -> list[Intent]:
        """Chords by Roman numerals in a key, such as a:minor, one hit after the other; each voice moves as little as it can."""
        self.check_notes(id_)
        (words, where), (root, _, mode) = self.words(words), str(key).partition(":")
        try:
            chords = led(progression(" ".join(map(str, words)), root, mode or "major"))
            notes = ["+".join(map(note_name, dict.fromkeys(chord))) for chord in chords]             # two voices on one note are one
        except ValueError as error:
            raise Refusal("range", str(error)) from None
        return self.changed(id_, where, notes=notes)

    def check_notes(self, id_) -> None:
        """It is a sequencer that has notes of its own. Raises Refusal."""
        if (kind := self.known(id_, PLAYERS)["kind"]) in NO_NOTES:
            raise Refusal("range", f"'{id_}' has no notes of its own; {NO_NOTES[kind]}")

    def words(self, words) -> tuple[list, int]:
        """Words that may come in one, separated by blanks or commas; the last may be a place in the music."""
        split = [part for word in words for part in (re.split(r"[\s,]+", word.strip()) if isinstance(word, str) else [word])]
        if split and isinstance(split[-1], str) and PLACE.fullmatch(split[-1].lower()):
            return split[:-1], place_of(split[-1])
        return split, place_of(None)

    def param_lane(self, id_, knob, *words) -> list[Intent]:
        """A lane of one parameter: a value for each step, '.' to leave it; no values take the lane away; `smooth` glides."""
        said, (words, where) = self.known(id_, ("steps", "arpeggio")), self.words(words)
        module, _, name = str(knob).strip("/").removeprefix("mod/").partition("/")
        found = self.patch().modules.get(module)
        param = found.declaration.param(name) if found else None
        knob = f"{module}/{param.name if param else name}"
        if param is None and words:
            raise Refusal("unknown-param", f"the patch has no parameter '{knob}'; /patch/show tells what there is")
        lanes = {other: lane for other, lane in said["lanes"].items() if other != knob}
        values = [self.value(module, param, word) for word in words if word != "smooth"]
        if values:
            lanes[knob] = {"values": values, "smooth": "smooth" in words}
        return self.changed(id_, where, lanes=lanes)

    def value(self, module: str, param: Param, word) -> float | None:
        """One value of a lane; None leaves the knob where it is. Raises Refusal."""
        if word == ".":
            return None
        try:
            return check_value(self.patch().modules[module].declaration, param.name, float(word), module)
        except (PatchError, ValueError, TypeError) as error:
            raise Refusal("range", str(error) if isinstance(error, PatchError) else f"a lane takes numbers, '.' and 'smooth', not {word!r:.40}") from None

    def assign(self, id_, target, where=None) -> list[Intent]:
        said = self.known(id_, PLAYERS)
        return self.changed(id_, place_of(where), **self.played_by(target, said["kind"] == "arpeggio"))

    def played_by(self, target, notes_only: bool = False) -> dict:
        """How a module of the patch is played: by notes, by its gate, or by gate and pitch. Raises Refusal."""
        if target is None:
            return {}
        modules = self.patch().modules
        playable = {id_: "notes" if m.declaration.voices else "pitch" if m.declaration.param("freq") else "gate" for id_, m in modules.items()
                    if m.declaration.voices or not notes_only and m.declaration.param("gate")}
        if target not in playable:
            hint = suggestion(str(target), playable) if playable else "; add a module of type notes, or a drum"
            raise Refusal("unknown-module", f"'{str(target)[:64]}' {'plays no notes' if notes_only else 'has neither notes nor a gate to play'}{hint}")
        return {"target": target, "plays": playable[target]}

    def start(self, id_=None, where=None) -> list[Intent]:
        return self.move(sc.START, self.known(id_) and id_ if id_ is not None else None, place_of(where))

    def stop(self, id_=None, where=None) -> list[Intent]:
        """Stops one; of a scene or a song also all that it plays."""
        place, all_of = place_of(where, "now"), [id_]
        if id_ is not None:
            all_of += sorted(played_in(self.known(id_)))
        return [intent for each in all_of if each is None or each in self.said for intent in self.move(sc.STOP, each, place)]

    def go_on(self, id_=None, where=None) -> list[Intent]:
        """From where it was stopped: /seq/continue."""
        return self.move(sc.CONTINUE, self.known(id_) and id_ if id_ is not None else None, place_of(where, "now"))

    def reset(self, id_, where=None) -> list[Intent]:
        return self.move(sc.RESET, self.known(id_) and id_, place_of(where))

    def reset_all(self, where=None) -> list[Intent]:
        return self.move(sc.RESET, None, place_of(where))

    def bpm(self, id_, bpm) -> list[Intent]:
        self.known(id_)
        if bpm != 0:
            number_in("a tempo of its own, or 0 for the session's,", bpm, *limits.TEMPOS)
        return self.move(sc.OWN_TEMPO, id_, 0, round(1000 * bpm))

    def swing(self, id_, amount, where=None) -> list[Intent]:
        return self.config(id_, "swing", amount, *([where] if where else []))

    def gate_len(self, id_, part, where=None) -> list[Intent]:
        return self.config(id_, "gate", part, *([where] if where else []))

    def delete(self, id_, where=None) -> list[Intent]:
        self.known(id_)
        found = self.move(sc.DELETE, id_, place_of(where, "now"))
        del self.said[id_]
        return found

    # patterns, arpeggios, scenes and songs

    def pat(self, id_, text, *more) -> list[Intent]:
        """A line of the pattern language, for a target or for the modules that its words name; it plays from the place on."""
        target = next((word for word in more if not PLACE.fullmatch(str(word).lower())), None)
        where = place_of(next((word for word in more if PLACE.fullmatch(str(word).lower())), None))
        if id_ in self.said and self.said[id_]["kind"] != "pattern":
            raise Refusal("exists", f"'{id_}' is there already, and no pattern; take another id, or /seq/delete {id_} first")
        is_new = id_ not in self.said
        said = self.said.get(id_, PATTERN | {"id": id_, "keys": self.keys}) | self.played_by(target)
        found = self.say(self.with_kit(said | {"pattern": str(text)}), where)
        return found + self.move(sc.START, id_, where) if is_new else found

    def with_kit(self, said: dict) -> dict:
        """A pattern with the modules that play what it says. Raises Refusal."""
        return said | kit(self.patch(), said["pattern"], said["target"], said["seed"])

    def arpeggio(self, id_, target, *pairs) -> list[Intent]:
        if id_ in self.said and self.said[id_]["kind"] != "arpeggio" or id_ in self.patch().modules:
            raise Refusal("exists", f"there is something called '{id_}' already; an arpeggio is played by /note/ID, so take an id of its own")
        said = self.said.get(id_, ARPEGGIO | {"id": id_}) | self.played_by(target, True)
        for name, value in zip(pairs[::2], pairs[1::2]):
            said |= self.setting(said, name, value)
        found = self.say(said, place_of(pairs[-1] if len(pairs) % 2 else None, "now"))
        return found + self.move(sc.START, id_, place_of("beat"))

    def scene(self, id_, *members) -> list[Intent]:
        for member in members:
            self.known(member, PLAYERS)
        if id_ in self.said and self.said[id_]["kind"] != "scene":
            raise Refusal("exists", f"there is a sequencer '{id_}' already; take another id for the scene")
        before = self.said.get(id_, {"bars": 0, "follows": ""})
        try:
            check_name(id_)
        except (ValueError, TypeError) as error:
            raise Refusal("name", str(error)) from None
        self.check_room(id_)
        return self.lead({"id": id_, "kind": "scene", "members": list(members), "bar": self.bar, "bars": before["bars"], "follows": before["follows"]})

    def lead(self, news: dict) -> list[Intent]:
        """A scene or a song is this; each of them stops those that any other plays. Raises Refusal, and then nothing has changed."""
        before, self.said = self.said, self.said | {news["id"]: news}
        everybody, found = {member for said in self.said.values() for member in played_in(said)}, []
        try:
            for said in [said for said in self.said.values() if said["kind"] in LEADERS]:
                others = sorted(everybody - played_in(said))
                found += self.say(said | {"others": others}, 0) if others != said.get("others") else []
        except Refusal:
            self.said = before
            raise
        return found

    def check_room(self, id_) -> None:
        """There is a place for a sequencer, or it has one. Raises Refusal."""
        if id_ not in self.said and len(self.said) >= limits.SEQUENCERS:
            raise Refusal("busy", f"there are {limits.SEQUENCERS} sequencers already; /seq/delete one")

    def scene_play(self, id_, where=None) -> list[Intent]:
        return self.move(sc.START, self.known(id_, ("scene",)) and id_, place_of(where))

    def scene_follow(self, id_, bars, follows) -> list[Intent]:
        said = self.known(id_, ("scene",))
        if follows != "stop":
            self.known(follows, ("scene", "song"))
        return self.say(said | {"bars": int(number_in("a scene", bars, 1, 1_024)), "follows": follows, "bar": self.bar}, 0)

    def song(self, id_, *sections) -> list[Intent]:
        """Sections SCENE:BARS; the word `loop` among them lets the song begin anew at its end."""
        if id_ in self.said and self.said[id_]["kind"] != "song":
            raise Refusal("exists", f"there is a sequencer '{id_}' already; take another id for the song")
        found = []
        for section in sections:
            name, _, bars = str(section).partition(":")
            if section == "loop":
                continue
            if not re.fullmatch(r"[0-9]{1,4}", bars) or not 1 <= int(bars) <= 1_024:
                raise Refusal("range", f"{section!r:.60} is no section; write SCENE:BARS, as in verse:8")
            found.append([name, self.known(name, ("scene",))["members"], int(bars)])
        if not found:
            raise Refusal("count", "a song has sections, as in intro:4 verse:8 chorus:8")
        self.check_room(id_)
        return self.lead({"id": id_, "kind": "song", "sections": found, "bar": self.bar, "once": "loop" not in sections})

    def song_play(self, id_, where=None) -> list[Intent]:
        return self.move(sc.START, self.known(id_, ("song",)) and id_, place_of(where))

    def tuning(self, name: str, keys: list[float]) -> list[Intent]:
        """All that is played from now on lies where a tuning has it."""
        self.keys, self.tuned_to = keys, name
        return [intent for said in list(self.said.values()) if said["kind"] in ("steps", "pattern") for intent in self.say(said | {"keys": keys}, place_of("now"))]

    # tempo

    def tempo(self, rate: int, bpm, where=None, seconds=0.0) -> list[Intent]:
        bpm, seconds = number_in("a tempo", bpm, *limits.TEMPOS), number_in("a ramp in seconds", seconds, 0.0, RAMP_SECONDS)
        where = place_of(where, "now")
        if where & sc.PLACE in (sc.LOOP, sc.NEAREST):
            raise Refusal("range", "a tempo changes now, at a beat or at a bar; only a sequencer has a loop, or a beat that has gone by")
        return [Intent(TEMPO, sc.A_TEMPO, float(bpm), where, round(seconds * rate))]

    def signature(self, text) -> list[Intent]:
        found = re.fullmatch(r"(\d{1,2})(?:/(1|2|4|8|16))?", str(text))
        beats = int(found[1]) * 4.0 / int(found[2] or 4) if found else 0.0
        if not limits.BEATS_PER_BAR[0] <= beats <= limits.BEATS_PER_BAR[1]:
            raise Refusal("range", f"{str(text)[:20]!r} is no time signature; write it as in 4/4, 7/8 or 3/4")
        self.bar = beats
        return [Intent(SIGNATURE, 0, beats, sc.BAR)]

    def tap(self, rate: int, seconds: float) -> list[Intent]:
        """Four taps or more, each within two seconds of the one before, make a tempo: the median of the last eight gaps."""
        self.taps = [*self.taps, seconds][-9:] if self.taps and seconds - self.taps[-1] < 2.0 else [seconds]
        gaps = sorted(b - a for a, b in zip(self.taps, self.taps[1:]))
        if len(gaps) < 3:
            return []
        return self.tempo(rate, min(max(round(60.0 / gaps[len(gaps) // 2], 2), limits.TEMPOS[0]), limits.TEMPOS[1]))

    def is_arpeggio(self, id_) -> bool:
        """Whether a note for this id is for an arpeggio; a step sequencer may be called like the module that it plays."""
        return id_ in self.said and self.said[id_]["kind"] == "arpeggio"

    def in_tune(self, id_: str, note: float) -> float:
        """Where the tuning has a note. One that is held stays where it began, and is let go there, whatever the tuning is by then."""
        return self.held.get((id_, note), tuned(note, self.keys))

    def hold(self, id_: str, note: float, sounding: float, velocity: float) -> None:
        """A note without an end of its own has gone into the log: it is held, or let go."""
        if velocity <= 0.0:
            self.held.pop((id_, note), None)
            return
        if len(self.held) >= limits.CLIENT_QUEUE:
            self.held.pop(next(iter(self.held)))
        self.held.setdefault((id_, note), sounding)

    def arpeggio_note(self, id_, note) -> tuple[int, float]:
        """The key of an arpeggio and the number of a note. Raises Refusal."""
        self.known(id_, ("arpeggio",))
        try:
            return sequencer_key(id_), note_number(note)
        except ValueError as error:
            raise Refusal("range", str(error)) from None
