"""The page that teaches it: its example is built and proved as it stands there, and its tables name what there is."""

import re
from pathlib import Path

import numpy as np
import pytest

from chronus.workshop.build import build
from chronus.workshop.harness import play
from chronus.workshop.measures import MEASURES
from chronus.workshop.words import IMPORTS

PAGE = (Path(__file__).parents[2] / "docs" / "modules.md").read_text()


def test_the_example_is_a_module(tmp_path, monkeypatch):
    monkeypatch.setenv("CHRONUS_CACHE", str(tmp_path / "cache"))
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "breathe.py"
    path.write_text(example)
    declaration = build(path)
    heard = play(declaration, 9_600, audio=1.0, depth=1.0, rate=5.0).outlets[0]
    assert np.isclose(heard.min(), 0.0, atol=1e-4) and np.isclose(heard.max(), 1.0, atol=1e-4)


@pytest.mark.parametrize("source", [name for name in IMPORTS if name != "chronus.units"])
def test_the_tables_name_all_that_can_be_imported(source):
    if source != "math":
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{source}`"))
        rest = PAGE if source == "chronus.dsp.declare" else row
        assert not [name for name in IMPORTS[source] if not re.search(rf"\b{name}\b", rest)]


def test_the_tables_name_all_measures():
    row = next(line for line in PAGE.splitlines() if line.startswith("| promises"))
    assert not [name for name in MEASURES if name not in row]
