"""docs/theory.md: its examples give what they say, and its tables name all that there is."""

import doctest
import re
from pathlib import Path

import pytest

from chronus.music import chords, intervals, scales, tunings
from chronus.music.names import Names
from chronus.music.tunings import TUNINGS

PAGE = (Path(__file__).parent.parent.parent / "docs" / "theory.md").read_text()


def also(names: Names, name: str) -> str:
    return " ".join(f"`{alias}`" for alias, of in names.aliases.items() if of == name and alias)


def steps_rows(names: Names) -> list[str]:
    return [f"| `{name}` | {' '.join(f'{step:.4g}' for step in steps)} | {also(names, name)} |" for name, steps in names.table.items()]


ROWS = {"Scales": steps_rows(scales.NAMES), "Chords": steps_rows(chords.NAMES),
        "Tunings": [f"| `{name}` | {len(TUNINGS[name].pitches)} | {TUNINGS[name].about} | {also(tunings.NAMES, name)} |" for name in TUNINGS]}


@pytest.mark.parametrize("title", ROWS)
def test_the_tables_are_complete(title):
    section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert rows == ROWS[title], "the rows should be\n" + "\n".join(ROWS[title])


def test_words_for_intervals_and_voicings_are_named():
    assert not [word for word in (*intervals.ALIASES, *chords.VOICINGS.table) if f"`{word}`" not in PAGE]


def test_the_examples_are_so():
    examples = doctest.DocTestParser().get_doctest("\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)), {}, "theory.md", "docs/theory.md",
    0)
    said = []
    failed, tried = doctest.DocTestRunner().run(examples, out=said.append)
    assert tried > 25 and not failed, "".join(said)
