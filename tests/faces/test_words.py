"""What is typed is what is sent: numbers, booleans, text, and lines with or without slashes."""

import math

import pytest

from chronus.control.commands import TABLES
from chronus.faces.words import LineError, command, tokens
from chronus.modules.registry import builtin
from chronus.units import typed

PATTERNS = ["/test", "/gate/ID", "/mod/ID/PARAM", "/patch/list", "/patch/create", "/record/start", "/seq/start", "/seq/start/ID"]


@pytest.mark.parametrize("text, expected", [
    ("1", 1), ("-1", -1), ("+7", 7), ("0", 0), ("9223372036854775807", 9223372036854775807), ("9223372036854775808", 2.0**63),
    ("1.5", 1.5), ("-.5", -0.5), ("1e3", 1000.0), ("2.", 2.0), ("9" * 5_000, math.inf), ("inf", math.inf), ("-inf", -math.inf),
    ("true", True), ("false", False), ("True", "True"), ("C#4", "C#4"), ("1_000", "1_000"), ("0x10", "0x10"), ("", ""), ("٣", "٣"),
])
def test_arguments_get_the_type_they_look_like(text, expected):
    assert typed(text) == expected and type(typed(text)) is type(expected)


def test_not_a_number_is_sent_for_the_engine_to_refuse():
    assert math.isnan(typed("nan"))


@pytest.mark.parametrize("line, expected", [
    ("/gate/adsr 1", ("/gate/adsr", [1])),
    ("gate adsr 1", ("/gate/adsr", [1])),
    ("gate adsr", ("/gate/adsr", [])),
    ("gate 808 1", ("/gate/808", [1])),
    ("patch create 808 kick", ("/patch/create", ["808", "kick"])),
    ("/patch/load 007", ("/patch/load", ["007"])),
    ("/patch/show 007", ("/patch/show", ["007"])),
    ("/patch/connect 1 2 3", ("/patch/connect", ["1", "2", 3])),
    ("/scene/set 1 2 03 04", ("/scene/set", ["1", "2", "03", "04"])),
    ("/seq/notes 1 60 62 64", ("/seq/notes", ["1", 60, 62, 64])),
    ("/no/such 007", ("/no/such", [7])),
    ("/patch/set s sample 01", ("/patch/set", ["s", "sample", "01"])),
    ("/patch/set 01 waves 1e3", ("/patch/set", ["01", "waves", "1e3"])),
    ("/patch/set c response nan", ("/patch/set", ["c", "response", "nan"])),
    ("/patch/set s sample true", ("/patch/set", ["s", "sample", "true"])),
    ("/patch/set s freq 0440", ("/patch/set", ["s", "freq", 440])),
    ("/patch/set s freq 1e3", ("/patch/set", ["s", "freq", 1000.0])),
    ("/patch/set s gate true", ("/patch/set", ["s", "gate", True])),
    ("/patch/set s", ("/patch/set", ["s"])),
    ("mod sine freq 440.5", ("/mod/sine/freq", [440.5])),
    ("mod sine freq", ("/mod/sine/freq", [])),
    ("  test  ", ("/test", [])),
    ("patch create osc1 sine", ("/patch/create", ["osc1", "sine"])),
    ("/note/bass C#2 0.8  # a comment", ("/note/bass", ["C#2", 0.8])),
    ("/record/start '5'", ("/record/start", ["5"])),
    ('/record/start "two words"', ("/record/start", ["two words"])),
    ("", None), ("   ", None), ("# nothing", None),
])
def test_lines(line, expected):
    assert command(line, PATTERNS) == expected


@pytest.mark.parametrize("line, part", [
    ("frobnicate 1", "no command 'frobnicate 1'; `help`"), ("gate", "write /gate/ID"), ("gate -1", "write /gate/ID"), ("seq strat", "did you mean /seq/start"),
    ("patch laod keys", "did you mean /patch/load"), ("mute bass", "mute is a knob"),
    ("'gate' adsr 1", "no command"), ("/gate/adsr '1", "not closed"), ("seq start kick", "/seq/start or /seq/start/ID"),
])
def test_lines_that_are_no_command_say_what_to_write(line, part):
    with pytest.raises(LineError, match=part):
        command(line, PATTERNS)


def test_the_parameters_that_hold_tables_are_known_by_name():
    """None of them is a knob of another module of ours."""
    assert set(TABLES) == {table.name for module in builtin().values() for table in module.tables}
    assert not set(TABLES) & {param.name for module in builtin().values() for param in module.params}


def test_a_quote_inside_a_word_stays():
    assert tokens("it's 5'") == [("it's", False), ("5'", False)]


@pytest.mark.parametrize("line", ("x" * 10_000, "gate '" + "x" * 10_000))
def test_a_line_of_any_length_is_answered_in_a_short_one(line):
    with pytest.raises(LineError) as error:
        command(line, PATTERNS)
    assert len(str(error.value)) < 200
