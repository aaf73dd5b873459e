"""What MIDI means, as data: through its file and back, and what a file that was written by hand is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chronus import limits
from chronus.control.midi import read, text_of
from chronus.doors.midi.mapping import Knob, Mapping, Out
from chronus.doors.midi.mpe import Zones

IDS, CHANNELS, SEVEN = st.from_regex(limits.NAME_PATTERN, fullmatch=True), st.integers(0, 16), st.integers(0, 127)
FLOATS = st.floats(-1e5, 1e5, allow_nan=False)
KNOBS = st.builds(Knob, CHANNELS, SEVEN, st.tuples(IDS, IDS).map("/".join), FLOATS, FLOATS, st.sampled_from(("linear", "exponential")))


@given(st.lists(st.tuples(CHANNELS, SEVEN, SEVEN, IDS), max_size=4), st.lists(KNOBS, max_size=3), st.dictionaries(st.integers(1, 128), IDS, max_size=3),
       st.dictionaries(CHANNELS, st.floats(0, 48), max_size=3), st.integers(0, 15),
       st.integers(0, 15), IDS, st.lists(st.builds(Out, IDS, st.text(min_size=1, max_size=8).filter(lambda port: port != "off"), st.integers(1, 16), SEVEN), max_size=3))
def test_through_the_file_and_back(tmp_path_factory, splits, knobs, programs, bends, mpe, upper, port, outs):
    port = port[:limits.MIDI_NAME]
    fingers = Zones(mpe).declare(16, upper)
    mapping = Mapping(clock_in=port, clock_out=port, mpe=fingers.lower, mpe_upper=fingers.upper, bends=dict(sorted(bends.items())), programs=dict(sorted(programs.items())))
    for channel, a, b, id_ in splits:
        mapping = mapping.split(channel, min(a, b), max(a, b), id_)
    for knob in knobs:
        mapping = mapping.bind(knob)
    for out in outs:
        mapping = mapping.send(out)
    path = tmp_path_factory.getbasetemp() / "midi.toml"
    path.write_text(text_of(mapping))
    assert read(path) == mapping and Mapping.from_dict(mapping.as_dict()) == mapping


def test_what_goes_out_goes_out_once_to_each_port():
    mapping = Mapping().send(Out("lead", "a", 1)).send(Out("lead", "b", 1)).send(Out("lead", "a", 2))
    assert [(out.port, out.channel) for out in mapping.outs] == [("b", 1), ("a", 2)] and not mapping.unsend("lead").outs and mapping.unsend("bass") == mapping
    with pytest.raises(ValueError, match="/midi/out ID off"):
        for number in range(limits.MIDI_OUTS + 1):
            mapping = mapping.send(Out(f"s{number}", "a"))


HEAD = 'format = "chronus-midi"\nversion = 1\n'


@pytest.mark.parametrize("text, why", (
    ("", "should begin with"), ("not toml", "midi.toml"), (HEAD + "mpe = 16", "1 to 15"), (HEAD + "mpe = 8\nmpe_upper = 7", "14 channels together"), (HEAD + "[[outs]]\nid = 'a'\nport = 'off'", "part of its name"),
    (HEAD + "[[outs]]\nid = 'a'\nport = 'x'\nchannel = 0", "1 to 16"), (HEAD + "[[outs]]\nid = 'a'", "port is missing"), (HEAD + "clock_in = 3", "port's name"), (HEAD + "clock_out = ''", "port's name"), (HEAD + "zone = 1", "'zone' is unknown"),
    (HEAD + "[[zones]]\nchannel = 1\nlow = 60\nhigh = 50\nid = 'keys'", "0 to 127"), (HEAD + "[[zones]]\nchannel = 1", "low, high, id is missing"),
    (HEAD + "[[zones]]\nchannel = 17\nlow = 0\nhigh = 5\nid = 'keys'", "1 to 16"), (HEAD + "[[zones]]\nchanel = 1", "'chanel' is unknown"),
    (HEAD + "[[knobs]]\nchannel = 1\ncontroller = 'x'", "controller takes int"), (HEAD + "zones = 3", "[[zones]]"), (HEAD + "[programs]\n0 = 'a'", "1 to 128"),
    (HEAD + "[programs]\n1 = 2", "name of a patch"), (HEAD + "[bends]\n1 = 90", "0 to 48"),
    (HEAD + "[[knobs]]\nchannel=1\ncontroller=1\ntarget='a'\nlow=0\nhigh=1", "ID/PARAM"),
    (HEAD + "[[knobs]]\nchannel=1\ncontroller=1\ntarget='a/b'\nlow=0\nhigh=1\ncurve='log'", "exponential")), ids=repr)
def test_what_is_wrong_with_a_file_is_said(tmp_path, text, why):
    (tmp_path / "midi.toml").write_text(text)
    with pytest.raises(ValueError) as error:
        read(tmp_path / "midi.toml")
    assert why in str(error.value) and "midi.toml" in str(error.value)


@pytest.mark.parametrize("knob, position, value", (
    (Knob(1, 1, "a/b", 0.0, 1.0), 0, 0.0), (Knob(1, 1, "a/b", -1.0, 1.0), 127, 1.0), (Knob(1, 1, "a/b", 20.0, 20_000.0, "exponential"), 0, 20.0),
    (Knob(1, 1, "a/b", 20.0, 20_000.0, "exponential"), 127, 20_000.0), (Knob(1, 1, "a/b", 20.0, 20_480.0, "exponential"), 64, 20.0 * 1024 ** (64 / 127)),
    (Knob(1, 1, "a/b", 0.0, 1_024.0, "exponential"), 0, 0.0), (Knob(1, 1, "a/b", 0.0, 1_024.0, "exponential"), 127, 1_024.0)))
def test_where_a_knob_stands(knob, position, value):
    assert knob.value(position) == pytest.approx(value)


def test_there_is_an_end_to_splits():
    mapping = Mapping()
    for key in range(limits.MIDI_ZONES):
        mapping = mapping.split(1 + key % 16, key, key, "keys")
    with pytest.raises(ValueError, match="make room"):
        mapping.split(1, 127, 127, "keys")
