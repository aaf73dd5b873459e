"""The reference page says what the declarations say."""

from pathlib import Path

from chronus.faces.reference import page

PAGE = Path(__file__).parents[2] / "docs" / "reference.md"


def test_the_reference_page_is_the_one_that_the_declarations_make():
    assert PAGE.read_text() == page(), "run `make reference` and commit docs/reference.md"
