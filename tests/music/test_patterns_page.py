"""The page on patterns is so: each of its lines plays what stands below it, and each of its mistakes is answered as it says."""

import re
from pathlib import Path

import pytest

from chronus.music.patterns import PatternError, parse
from music_tables import heard, written

PAGE = (Path(__file__).parents[2] / "docs" / "patterns.md").read_text()
LINES = [pair for block in re.findall(r"```pattern\n(.*?)```", PAGE, re.DOTALL) for pair in re.findall(r"(.*)\n= (.*)\n", block)]
MISTAKES = re.findall(r"(.*)\n((?!  ).*\n  .*\n +\^)", "\n".join(re.findall(r"```mistake\n(.*?)```", PAGE, re.DOTALL)))


def test_the_page_has_examples():
    assert len(LINES) >= 45 and len(MISTAKES) == 3
    assert PAGE.count("\n= ") == len(LINES)


@pytest.mark.parametrize(("line", "expected"), LINES, ids=[line for line, _ in LINES])
def test_a_line_of_the_page_plays_what_it_shows(line, expected):
    events, cycles = written(expected)
    assert heard(parse(line), cycles) == events


@pytest.mark.parametrize(("line", "answer"), MISTAKES, ids=[line for line, _ in MISTAKES])
def test_a_mistake_of_the_page_is_answered_as_it_shows(line, answer):
    with pytest.raises(PatternError) as caught:
        parse(line)
    assert str(caught.value) == answer
