"""What sounded once sounds the same for ever, to the last bit, until somebody means it otherwise."""

import json

import pytest

from .renders import PIECES, REGENERATE, STORED, rendered


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.__name__)
def test_a_piece_sounds_as_it_always_did(piece):
    assert rendered(piece) == json.loads(STORED.read_text())[piece.__name__], f"{piece.__name__} sounds different; {REGENERATE}"
