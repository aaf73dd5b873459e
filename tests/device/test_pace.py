"""Who gives the pace: cards that fall silent, hang, or come back. They are miniaudio's own null card, which asks as a real one does."""

import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from chronus.device import pace
from chronus.device.pace import ANY, NULL, Pace
from chronus.native.build import native
from chronus.shared import layout as at
from chronus.shared.memory import Memory
from chronus.shared.rings import audio_block, begin_block, publish_block

card = pytest.importorskip("chronus.device.card", reason="miniaudio is not installed: there are no cards on this machine")

RATE, BLOCK, LEAD = 48_000, 64, 32
NAME = "a card"


class Studio:
    """A memory in which blocks are always ready, the cards that are plugged in, and those that were opened."""

    def __init__(self):
        self.memory, self.there, self.opened = Memory.create(Path("pace"), RATE, BLOCK, LEAD), [NAME], []
        self.pace = None
        self.renders = threading.Thread(target=self.render, daemon=True)
        self.renders.start()

    def render(self) -> None:
        ready = 0
        while self.memory[at.STOP] == 0:
            while ready < self.memory[at.PLAYED] + LEAD:
                place = audio_block(self.memory.base, 0, ready)
                begin_block(place)
                publish_block(self.memory.base, place, ready)
                ready += 1
            time.sleep(0.001)

    def begin(self, wanted: str) -> Pace:
        self.pace = Pace(self.memory, wanted)
        self.pace.begin()
        return self.pace

    def unplug(self) -> None:
        self.there.clear()
        card.lib.ma_device_stop(self.opened[-1].device)

    def looks_until(self, condition, what: str) -> None:
        """Beats until something is so."""
        deadline = time.monotonic() + 5.0
        while not condition():
            assert time.monotonic() < deadline, what
            assert self.pace.look()
            time.sleep(0.01)

    def plays_on(self) -> None:
        goal = self.memory[at.PLAYED] + 30
        self.looks_until(lambda: self.memory[at.PLAYED] >= goal, "nothing is played")

    def device(self) -> str:
        return self.memory.text(at.DEVICE_TEXT)


@pytest.fixture
def studio(monkeypatch):
    found = Studio()

    class Plugged(card.Card):
        def __init__(self, *asked):
            super().__init__(*asked)
            found.opened.append(self)

    for where, name, value in ((card, "BACKENDS", ("ma_backend_null",)), (card, "names", lambda: found.there), (card, "Card", Plugged),
                               (pace, "SILENT_SECONDS", 0.2), (pace, "LOOK_SECONDS", 0.05), (pace.linux, "realtime", lambda role: False)):
        monkeypatch.setattr(where, name, value)
    yield found
    found.memory[at.STOP] = 1
    found.renders.join()
    if found.pace is not None:
        found.pace.end()


def test_a_card_that_goes_away_leaves_the_pace_to_the_null_device_and_gets_it_back(studio, capsys):
    studio.begin(ANY)
    assert studio.device() == "the default sound card"
    studio.plays_on()
    for times in (1, 2):
        studio.unplug()
        studio.looks_until(lambda: "gone" in studio.device(), "it is not missed")
        assert studio.memory[at.PACE] == at.NULL_PACE and len(studio.opened) == times
        studio.plays_on()
        studio.there.append(NAME)
        studio.looks_until(lambda: studio.device() == "the default sound card", "it is not found again")
        assert studio.memory[at.PACE] // 2 == times + 1 and studio.pace.null is None
        studio.plays_on()
    said = capsys.readouterr().err
    assert said.count("is gone; the null device keeps the pace until it is back") == said.count("plays from now on") == 2


def test_a_card_that_was_given_up_is_silent_when_it_asks_again(studio):
    """It hung in its library, say, and cannot be closed: two would play at once."""
    given_up = np.array([studio.memory.base, 1], np.int64)
    device = np.zeros(card.USER_DATA // 8 + 1, np.int64)
    device[card.USER_DATA // 8] = given_up.ctypes.data
    call, output = native(card.data_callback, card.SIGNATURE), np.ones((2 * BLOCK, at.CHANNELS), np.float32)
    for whose in (at.NOBODY, at.NULL_PACE, 4, 5):
        studio.memory[at.PACE], output[:] = whose, 1.0
        call(device.ctypes.data, output.ctypes.data, 0, len(output))
        assert not output.any() and studio.memory[at.PLAYED] == 0 and studio.memory[at.PACE] == whose
    studio.memory[at.PACE] = 2
    call(device.ctypes.data, output.ctypes.data, 0, len(output))
    assert studio.memory[at.PLAYED] + studio.memory[at.UNDERRUNS] == 2 and studio.memory[at.PACE] == 2


def test_a_card_that_hangs_while_it_is_served_takes_another_process(studio):
    studio.begin(ANY)
    studio.plays_on()
    card.lib.ma_device_stop(studio.opened[-1].device)
    studio.memory[at.PACE] += 1
    deadline = time.monotonic() + 5.0
    while studio.pace.look():
        assert time.monotonic() < deadline, "it is waited for"
        time.sleep(0.01)
    assert studio.pace.null is None and studio.pace.card is not None


def test_a_card_that_was_asked_for_by_its_name_is_looked_for_from_the_beginning(studio, capsys):
    studio.there.clear()
    studio.begin("NULL Playback Device 2")
    assert studio.device() == "null (no sound card)"
    studio.plays_on()
    assert capsys.readouterr().err.count("there is no sound card 'NULL Playback Device 2'; there is NULL Playback Device") == 1
    studio.pace.wanted = "NULL Playback Device"
    studio.there.append("NULL Playback Device")
    studio.looks_until(lambda: studio.device() == "NULL Playback Device", "it is not found")
    studio.plays_on()


@pytest.mark.parametrize("wanted, kernel, looked_for", [(NULL, "0", False), (ANY, "", False), (ANY, "0 [USB]", True)])
def test_where_there_was_no_card_one_is_looked_for_when_the_kernel_has_another_list(studio, monkeypatch, wanted, kernel, looked_for):
    studio.there.clear()
    monkeypatch.setattr(pace, "cards_of_kernel", lambda: "")
    studio.begin(wanted)
    studio.there.append(NAME)
    monkeypatch.setattr(pace, "cards_of_kernel", lambda: kernel)
    studio.plays_on()
    studio.plays_on()
    if looked_for:
        studio.looks_until(lambda: studio.opened, "it is not looked for")
        studio.plays_on()
    assert bool(studio.opened) == looked_for


def test_a_card_that_cannot_be_opened_is_tried_again_and_lets_go_of_all_that_it_took(studio, monkeypatch, capsys):
    """Another program uses it. What is told once is not told again."""
    real, taken, tries = card.lib, [], []
    monkeypatch.setattr(card, "lib", SimpleNamespace(**{name: getattr(real, name) for name in dir(real) if name.startswith("ma_")}))
    card.lib.ma_context_init = lambda *asked: taken.append(1) or real.ma_context_init(*asked)
    card.lib.ma_context_uninit = lambda context: taken.pop() and real.ma_context_uninit(context)
    card.lib.ma_device_init = lambda *asked: tries.append(1) or -1
    studio.begin(NAME)
    assert studio.device() == "null (no sound card)" and not taken
    studio.pace.wanted, studio.pace.cards = ANY, 1                   # as if it had been there
    studio.looks_until(lambda: len(tries) > 2, "it is not tried again")
    studio.looks_until(lambda: not taken, "it keeps what it took")
    assert capsys.readouterr().err.count("could not be opened") == 1
