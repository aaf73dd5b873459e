"""The reference says what the declarations say, and the patch on it that shows a module can be heard."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chronus.dsp.declare import promise
from chronus.faces.examples import example
from chronus.faces.module_pages import kinds, page, sentence
from chronus.faces.reference import page as reference
from chronus.faces.scripts import render_script
from chronus.modules.registry import builtin
from chronus.proof.portraits import portrait
from chronus.recorder.wav import DATA_AT

DOCS = Path(__file__).parents[2] / "docs"


def test_the_reference_page_is_the_one_that_the_declarations_make():
    assert (DOCS / "reference.md").read_text() == reference(), "run `make reference` and commit docs/"


@pytest.mark.parametrize("kind", kinds())
def test_the_page_of_a_kind_is_the_one_that_the_declarations_make(kind):
    assert (DOCS / "modules" / f"{kind}.md").read_text() == page(kind), "run `make reference` and commit docs/"
    assert sorted(p.stem for p in (DOCS / "modules" / kind).glob("*.svg")) == [d.id for d in kinds()[kind]], "run `make reference` and commit docs/"


def test_there_is_no_page_of_a_kind_that_is_gone():
    assert sorted(p.stem for p in (DOCS / "modules").glob("*.md")) == sorted(kinds())


@pytest.mark.parametrize("id_", builtin())
def test_the_patch_that_shows_a_module_sounds(id_, tmp_path):
    (tmp_path / "example.txt").write_text(example(builtin()[id_]))
    render_script(tmp_path / "example.txt", out=tmp_path / "example.wav")
    heard = np.fromfile(tmp_path / "example.wav", np.float32, offset=DATA_AT)
    assert f" {id_}\n" in example(builtin()[id_])
    assert np.isfinite(heard).all() and 0.01 < np.abs(heard).max() < 1.5, f"its peak is {np.abs(heard).max():.4f}"


def test_a_promise_is_a_sentence_with_its_numbers():
    assert sentence(promise("pitch", freq=10.0, within_cents=0.1, width=0.5)) == "The strongest line is at 10 Hz (within cents 0.1, width 0.5)."
    assert "at most -60 dB of it is left" in sentence(promise("gain_below", at=50.0, db=-60.0))


def test_a_module_of_no_known_kind_has_a_section_and_a_picture_too():
    """The generator knows no module by name, so one that is new is on the page at once."""
    strange = replace(builtin()["gain"], id="strange", kind="strange")
    assert "patch connect strange1 out" in example(strange) and portrait(strange).startswith("<svg")
