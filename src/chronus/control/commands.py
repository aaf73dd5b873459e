"""The one table of commands. OSC, the prompt, the command line, the help and the reference page are made from it.

A handler gets the call, with its arguments and its ways to answer, and the parts of the address that stand for capitals in the
pattern; it raises `Refusal` for what is not carried out. What ends as a log entry is answered when it is applied.
"""
import traceback
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, lru_cache

from chronus.patch.errors import NEAR, REMEMBERED

NAMES = ("ID", "NAME", "FROM", "TO", "TARGET", "INSTRUMENT", "SEQUENCER", "SCENE", "MODULE")            # words of `Command.usage` that stand for names
TABLES = ("response", "sample", "waves")                # parameters of ours that hold tables: what they are set to is a name, 01 and 1e3 too
SHOWN = 4                                               # commands that are named where none is near
OTHER_WORDS = {"help": "`help` lists them at the prompt, `chronus send --help` in a shell", "quit": "/engine/stop ends the engine", "exit": "/engine/stop ends the engine",
               "stop": "/seq/stop stops the sequencers, /panic all that sounds, /engine/stop ends the engine", "play": "/seq/start starts the sequencers, /note plays a note",
               "start": "/seq/start starts the sequencers", "bpm": "write /tempo BPM", "mute": "mute is a knob of a module of type strip: /mod/STRIP/mute 1",
               "solo": "solo is a knob of a module of type strip: /mod/STRIP/solo 1", "volume": "how loud is a knob: /mod/STRIP/fader, or /mod/MODULE/gain",
               "undo": "write /patch/undo", "redo": "write /patch/redo", "load": "write /patch/load NAME", "save": "write /patch/save NAME"}
HELD = ("/patch/", "/record/", "/midi/", "/engine/stop")                # what begins so is kept until the time of its tag


class Refusal(ValueError):
    """A command that is not carried out: `code` for machines, a sentence that says what to do for people."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


def mistake(error: Exception) -> str:
    """What is said where we made one, which is the sender's only trouble; the rest is for those who mend it, on standard error."""
    traceback.print_exc()
    return f"{type(error).__name__}: {error}; this is a mistake in the engine, please report it"


@dataclass(frozen=True)
class Command:
    """One row: address with placeholders in capitals, arguments as people write them, one line of help, the name of its handler."""

    address: str
    usage: str
    help: str
    handler: str

    @property
    def line(self) -> str:
        """Address and arguments, as a person would write them."""
        return f"{self.address} {self.usage}".strip()

    @cached_property
    def is_held(self) -> bool:
        """Whether control keeps it until the time of its tag has come; the others go into the log with their frame, or ask for something."""
        return self.address.startswith(HELD)

    @cached_property
    def kinds(self) -> list[str]:
        """What its arguments are, the words of `usage`; none where no argument is a name."""
        words = [word.partition("|")[0] for word in self.usage.replace("[", "").replace("]", "").split()]
        return words if set(words) & set(NAMES) else []

    def is_name(self, place: int) -> bool:
        """Whether an argument, counted from 0, is a name; what stands before a last `...` is each further one, too."""
        kinds = self.kinds
        if kinds[-1:] == ["..."]:
            place = min(place, len(kinds) - 2)
        return place < len(kinds) and kinds[place] in NAMES

    @property
    def parts(self) -> list[str]:
        return self.address.split("/")[1:]


TABLE = (
    Command("/test", "", "an audible tone that proves the path", "test"),
    Command("/mod/ID/PARAM", "[VALUE]", "sets a parameter of a module; without a value, asks for it", "mod"),
    Command("/gate/ID", "0|1|VELOCITY", "opens or closes the gate of a module", "gate"),
    Command("/note/ID", "NOTE VELOCITY [SECONDS]", "plays a note on an instrument, as in c4 0.8; velocity 0 lets it go", "note"),
    Command("/bend/ID", "NOTE SEMITONES", "bends one note of an instrument; /mod/ID/bend bends them all", "express"),
    Command("/pressure/ID", "NOTE PRESSURE", "presses one note of an instrument harder, 0 to 1", "express"),
    Command("/timbre/ID", "NOTE TIMBRE", "moves one note of an instrument in timbre, 0 to 1", "express"),
    Command("/panic", "", "closes every gate, lets every note go, stops every sequencer and forgets what waits", "panic"),
    Command("/seq/create", "ID [TARGET [PATTERN]]", "makes a step sequencer that plays an instrument or a gate", "timing.sequencer"),
    Command("/seq/config", "ID NAME VALUE ... [PLACE]", "sets target, pattern, step, gate, swing, transpose, velocity, direction, seed, once; mode, octaves, latch", "timing.sequencer"),
    Command("/seq/pattern", "ID PATTERN [PLACE]", "its steps: X accent, x hit, . rest, - holds, x*3 repeats, x?50 half the time", "timing.sequencer"),
    Command("/seq/notes", "ID NOTE ... [PLACE]", "its notes, one hit after the other; c4+e4+g4 is a chord", "timing.sequencer"),
    Command("/seq/progression", "ID KEY NUMERAL ... [PLACE]", "chords by Roman numerals, as in a:minor i VI III VII", "timing.sequencer"),
    Command("/seq/param_lane", "ID MODULE/PARAM VALUE ... [smooth] [PLACE]", "a value for each step, . leaves it; without values the lane goes", "timing.sequencer"),
    Command("/seq/assign", "ID TARGET [PLACE]", "what it plays", "timing.sequencer"),
    Command("/seq/start", "[ID [PLACE]]", "starts it from its beginning: now, at a beat, at a bar (or bar+2), at the nearest beat, if it has just gone by, too; all without an id", "timing.sequencer"),
    Command("/seq/stop", "[ID [PLACE]]", "stops it; what sounds ends in its own time", "timing.sequencer"),
    Command("/seq/continue", "[ID [PLACE]]", "lets it run on from where it was stopped, or, after /tempo/beat, from where the song is; without an id all that ran when all were stopped, or, where none was and nothing runs, all", "timing.sequencer"),
    Command("/seq/reset", "ID [PLACE]", "lets it begin anew", "timing.sequencer"),
    Command("/seq/reset_all", "[PLACE]", "lets all begin anew", "timing.sequencer"),
    Command("/seq/bpm", "ID BPM", "a tempo of its own; 0 for that of the session", "timing.sequencer"),
    Command("/seq/swing", "ID AMOUNT [PLACE]", "every second step comes later by this part of a step; 0.33 is a triplet's feel", "timing.sequencer"),
    Command("/seq/gate_len", "ID PART [PLACE]", "how long a step sounds, as a part of it", "timing.sequencer"),
    Command("/seq/delete", "ID [PLACE]", "stops it and forgets it; what sounds ends in its own time", "timing.sequencer"),
    Command("/seq/list", "", "the sequencers, as JSON", "timing.show_all"),
    Command("/seq/show", "ID", "what one of them plays, as JSON; under `waits` what changes of it in which bar", "timing.show"),
    Command("/pat", "ID PATTERN [TARGET] [PLACE]", "a pattern in mini-notation, as in /pat drums 'bd*2 sn', played from the next bar on", "timing.sequencer"),
    Command("/arp/create", "ID INSTRUMENT [NAME VALUE ...] [PLACE]", "an arpeggio, played by /note/ID: mode, octaves, latch, pattern, step, gate, swing", "timing.sequencer"),
    Command("/scene/set", "ID SEQUENCER ...", "which sequencers play together", "timing.sequencer"),
    Command("/scene/play", "ID [PLACE]", "starts those of a scene and stops those of the others; it takes the place of the scene or the song that leads", "timing.sequencer"),
    Command("/scene/follow", "ID BARS SCENE|stop", "what comes after so many bars of a scene, also of one that plays; where they are over, after as many again", "timing.sequencer"),
    Command("/song/set", "ID SCENE:BARS ... [loop]", "sections, one after the other", "timing.sequencer"),
    Command("/song/play", "ID [PLACE]", "plays a song to its end, in place of the scene or the song that leads", "timing.sequencer"),
    Command("/tempo", "[BPM [PLACE [SECONDS]]]", "the session's tempo: now, at a beat or a bar, at once or along a ramp", "timing.tempo"),
    Command("/tempo/tap", "", "four taps make a tempo", "timing.tap"),
    Command("/tempo/half", "[PLACE]", "half the tempo", "timing.half"),
    Command("/tempo/double", "[PLACE]", "double the tempo", "timing.double"),
    Command("/tempo/beat", "BEAT [UNIX_SECONDS]", "counts anew: this beat is now, or was at that time; what runs is not disturbed, bars are counted from beat 0", "timing.beat"),
    Command("/signature", "N/D", "the time signature, from the next bar on", "timing.sequencer"),
    Command("/tuning", "[NAME [ROOT]]", "where notes lie: equal, just, vallotti, 19edo ..., or a Scala file of yours", "timing.tuning"),
    Command("/time", "", "tempo, beat and bar of the frame that is heard now, the Unix time of it, how many sequencers run, and which tempo others than you set last, under a number, as JSON", "timing.time"),
    Command("/record/start", "[NAME]", "records what is heard into the session's folder", "record_start"),
    Command("/record/stop", "", "ends the recording; answers file, first frame, frames, sha256", "record_stop"),
    Command("/record/status", "", "what is being recorded", "record_status"),
    Command("/patch/create", "ID TYPE", "stages a new module; /patch/commit plays what is staged", "patching.edit"),
    Command("/patch/connect", "FROM TO [AMOUNT]", "stages a cable, as in osc1 filter1/cutoff 800", "patching.edit"),
    Command("/patch/disconnect", "FROM [TO]", "stages that cables are pulled out", "patching.edit"),
    Command("/patch/delete", "ID", "stages that a module goes, with its cables", "patching.edit"),
    Command("/patch/set", "ID PARAM VALUE", "stages a setting, or what a table holds, as in smp1 sample kit/kick", "patching.edit"),
    Command("/patch/commit", "", "tries what this client has staged, unheard, and fades it in", "patching.commit"),
    Command("/patch/abort", "", "forgets what this client has staged", "patching.abort"),
    Command("/patch/save", "NAME", "saves the patch that plays, its knobs where they stand", "patching.save"),
    Command("/patch/load", "NAME", "plays a saved patch in place of this one", "patching.load"),
    Command("/patch/list", "", "the saved patches, as JSON", "patching.list"),
    Command("/patch/show", "[NAME|staged]", "the patch that plays, or a saved one, or what is staged, as JSON", "patching.show"),
    Command("/patch/diff", "[NAME [NAME]]", "what differs: staged, or from a saved patch to this one or another", "patching.diff"),
    Command("/patch/history", "", "the commits of this session, as JSON", "patching.show_history"),
    Command("/patch/undo", "", "plays the patch before the last commit", "patching.undo"),
    Command("/patch/redo", "", "plays again what was undone", "patching.redo"),
    Command("/midi/map", "[CHANNEL CONTROLLER ID/PARAM]", "a MIDI knob turns a parameter; without arguments, all that MIDI means here, as JSON", "midi.map"),
    Command("/midi/learn", "ID/PARAM", "the next MIDI knob that moves turns this parameter from then on", "midi.learn"),
    Command("/midi/unlearn", "[ID/PARAM]", "no MIDI knob turns this parameter; without one, no knob is waited for", "midi.unlearn"),
    Command("/midi/assign", "CHANNEL [ID]", "a MIDI channel plays this instrument; without one, what it plays by itself; channel 0 is all others", "midi.assign"),
    Command("/midi/split", "CHANNEL LOW HIGH ID", "these keys of a MIDI channel play this instrument", "midi.split"),
    Command("/midi/bend", "CHANNEL SEMITONES", "how far the wheel of a MIDI channel bends, 2 if nobody says", "midi.bend"),
    Command("/midi/program", "NUMBER [NAME]", "a MIDI program, 1 to 128, is this saved patch", "midi.program"),
    Command("/midi/mpe", "MEMBERS [lower|upper]", "how many MIDI channels behind the first, or before the last, are fingers of one instrument; 0 for none", "midi.mpe"),
    Command("/midi/clock", "PORT|off in|out", "whose MIDI clock is followed, auto for the first that comes; and which ports get ours", "midi.clock"),
    Command("/midi/out", "ID PORT|off [CHANNEL [KEY]]", "what an instrument, a sequencer or a gate plays goes out to the MIDI ports of this name, a gate as this key", "midi.out"),
    Command("/module/retry", "ID", "plays a module again that was bypassed", "patching.retry"),
    Command("/module/types", "", "the types of modules that there are, as JSON", "patching.types"),
    Command("/meters", "", "how loud each channel strip is, and the output, as JSON", "meters"),
    Command("/sample/list", "", "what tables can hold, as JSON: built-in, and your files", "patching.samples"),
    Command("/status", "", "all about the engine, as JSON", "status"),
    Command("/engine/status", "", "the same", "status"),
    Command("/engine/stop", "", "ends the engine, recordings and journal closed", "stop"),
    Command("/sync", "N", "answers /synced N when all before it is applied", "sync"),
    Command("/notify", "0|1", "tells this client what happens to the engine", "notify"),
    Command("/ack", "0|1", "answers every command of this client with /done and its frame", "ack"),
    Command("/version", "", "name and version of the engine", "version"),
)


def is_placeholder(part: str) -> bool:
    return part.isupper()


def find(address: str) -> tuple[Command, list[str]]:
    """The command at an address, and what stands for its placeholders. Raises Refusal with the nearest address."""
    parts = address.split("/")[1:]
    for command in TABLE:
        if len(command.parts) == len(parts) and all(is_placeholder(p) or p == given for p, given in zip(command.parts, parts)):
            return command, [given for p, given in zip(command.parts, parts) if is_placeholder(p)]
    raise Refusal("unknown-address", f"no command {address}{nearest(address)}")


@lru_cache(REMEMBERED)
def nearest(address: str) -> str:
    """"; ..." with the command that an address of none is for, as far as it can be told."""
    parts = address.split("/")[1:]
    if parts and parts[0] in OTHER_WORDS:
        return f"; {OTHER_WORDS[parts[0]]}"
    same_verb = [c for c in TABLE if parts and c.parts[0] == parts[0]]
    if same_verb:
        second = {c.parts[1]: c.line for c in same_verb if len(c.parts) > 1 and not is_placeholder(c.parts[1])}
        near = get_close_matches(parts[1].lower(), second, 1, NEAR) if len(parts) > 1 else []
        more = f", or one of {len(same_verb) - SHOWN} more, which `help` lists" * (len(same_verb) > SHOWN)
        return f"; did you mean {second[near[0]]}?" if near else f"; write {' or '.join(c.line for c in same_verb[:SHOWN])}{more}"
    verbs = get_close_matches(parts[0].lower() if parts else "", {c.parts[0] for c in TABLE}, 1, 0.7)
    if verbs and verbs[0] != parts[0]:
        return f"; did you mean {' or '.join(c.line for c in TABLE if c.parts[0] == verbs[0] and len(c.parts) == len(parts)) or '/' + verbs[0]}?"
    fixed = {"/" + "/".join(p for p in c.parts if not is_placeholder(p)): c.line for c in TABLE}
    near = get_close_matches(address.lower(), fixed, 1, NEAR) or get_close_matches("/" + "".join(parts[:1]).lower(), fixed, 1, NEAR)
    return f"; did you mean {fixed[near[0]]}?" if near else "; `help` at the prompt, or `chronus send --help`, lists all commands, /status tells what plays"


def arguments(command: Command, given: tuple, low: int, high: int) -> tuple:
    """The arguments if there are as many as the command takes; a name of digits is a name, whatever type it came as. Raises Refusal."""
    if not low <= len(given) <= high:
        raise Refusal("count", f"{command.address} takes {command.usage or 'no arguments'}, not {len(given)} argument{'s' * (len(given) != 1)}")
    if not command.kinds:
        return given
    return tuple(str(int(value)) if type(value) in (int, float) and value == value // 1 and command.is_name(place) else value
                 for place, value in enumerate(given))


def switch(command: Command, given: tuple) -> bool:
    """A 0 or 1. Raises Refusal."""
    (value,) = arguments(command, given, 1, 1)
    if value not in (0, 1):
        raise Refusal("range", f"{command.address} takes 0 or 1, not {value!r}")
    return bool(value)


def number_in(name: str, value, low: float, high: float) -> float:
    """A number within a range, its ends included. Raises Refusal."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise Refusal("range", f"{name} goes from {low:g} to {high:g}, not {value!r:.40}")
    return value
