"""What is said of sequencers: each mistake ends in a reason and changes nothing, each command in the entries that the replicas need."""

import pytest

from chronus import limits
from chronus.control.commands import TABLE, Refusal, find
from chronus.control.scripted import Scripted
from chronus.control.sequences import Sequences, place_of
from chronus.control.timing import ARGUMENTS, intents, verb_of
from chronus.patch.graph import Module, Patch
from chronus.shared import score as sc
from chronus.shared.log import SCORE, SIGNATURE, TEMPO, TRANSPORT

PATCH = Patch([Module("keys", "notes"), Module("kick", "kick"), Module("env", "adsr"), Module("osc", "sine")], [])


def typed(words) -> list:
    return [float(word) if word.replace(".", "", 1).isdigit() else word for word in words]


def sequences(*lines: str) -> Sequences:
    made = Sequences(lambda: PATCH)
    for line in lines:
        say(made, line)
    return made


def say(made: Sequences, line: str) -> list:
    address, *words = line.split()
    command = find("/" + address)[0]
    return intents(made, command, typed(words), verb_of(command.address))


BAND = ("seq/create a kick x", "seq/create k keys x", "arp/create r keys", "scene/set s a k", "song/set g s:2", "pat p c4 keys")

REFUSED = {
    "seq/create a kick": "there is a sequencer 'a' already", "seq/create A": "", "seq/create b nobody": "nobody", "seq/create b osc": "neither notes nor a gate",
    "seq/create b kick x.o": "place 3", "seq/config a swing 0.95": "swing goes from 0 to 0.9", "seq/config a gate 0": "gate goes", "seq/config a once yes": "once goes from 0 to 1",
    "seq/config a seed no": "seed goes", "seq/config a swinq 0.2": "did you mean 'swing'", "seq/config a id b": "no setting", "seq/config a notes c4": "no setting",
    "seq/config a bpm 90": "/seq/bpm", "seq/config a step 1/0": "no division", "seq/config a direction up": "direction is forward", "seq/config a mode up": "no setting",
    "seq/config a pattern -x": "no step before", "seq/config a swing 0.1 somewhere": "no place in the music", "seq/config r mode sideways": "mode is up",
    "seq/pattern nobody x": "no sequencer 'nobody'", "seq/pattern s x": "no sequencer 's'", "seq/notes k h4": "no note", "seq/notes k c4+": "no note",
    "seq/param_lane a osc/frex 1": "no parameter 'osc/frex'", "seq/param_lane a nobody/freq .": "no parameter", "seq/param_lane a osc 1": "no parameter",
    "seq/param_lane a osc/freq one": "a lane takes numbers", "seq/param_lane a osc/freq 1e9": "", "seq/start nobody": "no sequencer", "seq/bpm a 5": "goes from 10",
    "seq/bpm a fast": "goes from 10", "seq/delete nobody": "no sequencer", "scene/set a k": "already", "scene/set t nobody": "nobody", "scene/play a": "no scene",
    "scene/follow s 0 stop": "goes from 1", "scene/follow s 2 a": "no scene or song", "song/set h s": "SCENE:BARS", "song/set h s:0": "SCENE:BARS", "song/set h nobody:1": "no scene",
    "song/set h loop": "sections", "arp/create k keys": "already", "arp/create kick keys": "already", "arp/create t kick": "plays no notes", "signature 4/3": "no time signature",
    "signature 0/4": "no time signature", "arp/create t keys octaves 9": "octaves goes",
    "seq/config p swing 0.2": 'swing 4', "seq/swing p 0.2": "behind the line", "seq/config p direction random": "write rev", "seq/config p step 1/8": "/seq/config ID cycle 2",
    "seq/config p swinq 1": "no setting 'swinq'", "seq/notes p c4": "/pat ID PATTERN INSTRUMENT", "seq/progression p c:major I": "/pat ID PATTERN INSTRUMENT",
    "seq/notes r c4": "/note/ID NOTE VELOCITY", "seq/progression r c:major I": "/note/ID NOTE VELOCITY", "seq/progression k c9:major I V vi": "notes go from",
    "seq/progression k c-1:major I bVII": "notes go from", "song/set h s:²": "SCENE:BARS", f"song/set h s:{'9' * 5_000}": "SCENE:BARS", "seq/notes k 128": "notes go from",
}


@pytest.mark.parametrize("line", REFUSED)
def test_mistakes_end_in_a_reason_and_change_nothing(line):
    made = sequences(*BAND)
    before = dict(made.said)
    with pytest.raises(Refusal) as said:
        say(made, line)
    assert REFUSED[line] in str(said.value) and len(str(said.value)) > 10
    assert made.said == before


PLACES = {"now": sc.NOW, "beat": sc.BEAT, "BAR": sc.BAR, "loop": sc.LOOP, "nearest": sc.NEAREST, "bar+2": sc.BAR | 2 << sc.PLACE_BITS, "beat+999": sc.BEAT | 999 << sc.PLACE_BITS, None: sc.BAR}


@pytest.mark.parametrize("text", PLACES)
def test_places(text):
    assert place_of(text) == PLACES[text] < 1 << 16


@pytest.mark.parametrize("text", ["", "bar+", "bar+10000", "bar-1", "then", 3, "now+1.5"])
def test_no_places(text):
    with pytest.raises(Refusal, match="no place in the music"):
        place_of(text)


KINDS = {"seq/pattern a X bar": [SCORE], "seq/start": [TRANSPORT], "seq/stop a": [TRANSPORT], "arp/create t keys": [SCORE, TRANSPORT], "scene/set t a": [SCORE],
         "song/play g": [TRANSPORT], "scene/set t r": [SCORE, SCORE, SCORE], "signature 7/8": [SIGNATURE], "seq/bpm a 90": [TRANSPORT], "seq/reset_all": [TRANSPORT]}


@pytest.mark.parametrize("line", KINDS)
def test_what_is_logged(line):
    assert [intent.kind for intent in say(sequences(*BAND), line)] == KINDS[line]


def test_every_command_has_its_method_and_its_number_of_arguments():
    verbs = {verb_of(command.address) for command in TABLE if command.handler == "timing.sequencer"}
    assert verbs == set(ARGUMENTS) and all(callable(getattr(Sequences, verb)) for verb in verbs)


def test_a_lane_goes_by_either_name_of_its_knob():
    made = sequences(*BAND, "seq/param_lane a osc/frequency 100 200", "seq/param_lane a osc/freq 300 .")
    assert made.said["a"]["lanes"] == {"osc/freq": {"values": [300.0, None], "smooth": False}}
    say(made, "seq/param_lane a mod/osc/frequency")
    assert made.said["a"]["lanes"] == {}


def test_only_an_arpeggio_takes_the_notes_of_its_name():
    made = sequences("seq/create keys keys x", "arp/create r keys")
    assert not made.is_arpeggio("keys") and made.is_arpeggio("r") and not made.is_arpeggio("nobody")


def test_there_is_room_for_so_many():
    made = sequences(*(f"seq/create s{i} kick" for i in range(limits.SEQUENCERS)))
    for line in ("seq/create more kick", "scene/set more", "song/set more", "arp/create more keys"):
        with pytest.raises(Refusal):
            say(made, line)
    say(made, "seq/delete s7 bar")
    assert [intent.kind for intent in say(made, "seq/create more kick")] == [SCORE]


def test_taps_make_a_tempo():
    made = sequences()
    assert [made.tap(48_000, 0.4 * i) for i in range(3)] == [[], [], []]
    (found,) = made.tap(48_000, 1.2)
    assert (found.kind, found.value) == (TEMPO, 150.0)
    assert made.tap(48_000, 10.0) == []


def test_a_script_refuses_what_is_too_long():
    script = Scripted()
    script.obey("/seq/create", ["a", "adsr"])
    script.sequences.said["a"]["lanes"] = {f"m{i}/p": {"values": [200.123456789] * 60, "smooth": False} for i in range(30)}
    with pytest.raises(Refusal, match="KiB long"):
        script.obey("/seq/pattern", ["a", "x"])
