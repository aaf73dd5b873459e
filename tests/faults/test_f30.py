"""F-30: the sound card goes away, and comes back. The null device keeps the pace meanwhile, and no process ends.

The card is miniaudio's own, which needs none; a file unplugs it.
"""
import pytest

from engine_process import ROOT, until
from chronus.shared import layout as at

pytest.importorskip("chronus.device.card", reason="miniaudio is not installed: there are no cards on this machine")

CARD = '''
import os
import threading
import time
from pathlib import Path

from chronus.device import card

GONE = Path(os.environ["CHRONUS_STATE"]).parent / "gone"
card.BACKENDS = ("ma_backend_null",)
card.names = lambda: [] if GONE.exists() else ["a card"]


class Plugged(card.Card):
    def __init__(self, *asked):
        super().__init__(*asked)
        threading.Thread(target=self.wait, daemon=True).start()

    def wait(self):
        while not GONE.exists():
            time.sleep(0.01)
        card.lib.ma_device_stop(self.device)


card.Card = Plugged
'''


def test_the_null_device_keeps_the_pace_until_the_card_is_back(start, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(CARD)
    engine, gone = start("--device", "auto", PYTHONPATH=f"{tmp_path}:{ROOT / 'src'}"), tmp_path / "gone"
    engine.redundant()

    def plays_on(what: str) -> bool:
        return engine.client.status()["device"] == what
    before = engine.memory.pids()
    with engine.take("unplugged"):
        assert plays_on("the default sound card")
        engine.play(6)
        for seed in (1, 2):
            gone.touch()
            until(lambda: plays_on("null (the sound card is gone)"), "the null device takes over")
            engine.play(6, seed)
            engine.advance(50)
            gone.unlink()
            until(lambda: plays_on("the default sound card"), "the card plays again")
            engine.play(6, seed)
            engine.advance(50)
    assert engine.memory.pids() == before
    said = engine.log.read_text()
    assert said.count("is gone; the null device keeps the pace until it is back") == said.count("plays from now on") == 2
    assert engine[at.DISAGREEMENTS] == 0
