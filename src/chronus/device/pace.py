"""Who asks for the blocks: a sound card, or the null device where there is none or while it is gone."""

import sys
import threading
import time
from pathlib import Path

from chronus import linux
from chronus.device.callback import take_pace
from chronus.device.null import run_null
from chronus.device.turns import Turns
from chronus.native.build import native
from chronus.shared import layout as at
from chronus.shared.memory import Memory

SIGNATURE, TAKE_SIGNATURE = "int64(intp)", "int64(intp, int64)"
SILENT_SECONDS = 1.0                # a card that has not asked for anything this long is gone
LOOK_SECONDS = 2.0                  # how often a card that is gone is looked for
NULL, ANY = "null", "auto"
CARDS = Path("/proc/asound/cards")  # the kernel's list


def open_card(memory: Memory, wanted: str, number: int = 1, again: bool = False):
    """The card that was asked for; None where that is the null device, where there is none and any would do, or where it is looked for `again` and
    still not there. Raises OSError or ImportError, with what to do, where it cannot be opened.
    """
    if wanted == NULL:
        return None
    from chronus.device.card import Card, names
    if wanted == ANY or again:
        there = names()
        if not there or wanted not in (ANY, *there):
            return None
    linux.realtime("device")                # the threads that the card's library begins take after this one
    return Card(memory.base, memory[at.H_RATE], memory[at.H_BLOCK], None if wanted == ANY else wanted, number)


def cards_of_kernel() -> str:
    try:
        return CARDS.read_text()
    except OSError:
        return ""


class Pace:
    """Lets the card that was asked for give the pace as long as it is there, and the null device else. [device]"""

    def __init__(self, memory: Memory, wanted: str):
        self.memory, self.wanted = memory, wanted
        self.run_null, self.take_pace, self.null = native(run_null, SIGNATURE), native(take_pace, TAKE_SIGNATURE), None
        self.card, self.turns, self.cards = None, None, 0           # how many were opened
        self.opening, self.found, self.said = None, [], ""
        self.since, self.seen = 0.0, cards_of_kernel()

    def begin(self) -> None:
        """The first card, or the null device. Whoever had the pace before is dead."""
        self.memory[at.PACE] = at.NOBODY
        self.look_for(again=False)
        self.opening.join()
        self.take()

    def look(self) -> bool:
        """Once a heartbeat. False where the card hangs in the middle of being served, or cannot be given up: that takes another process."""
        now = time.monotonic()
        if self.card is not None:
            self.turns.look()
            silent = now - max(self.since, self.memory[at.TICK_NS] / 1e9)
            return silent < SILENT_SECONDS or self.lose() or silent < 2.0 * SILENT_SECONDS
        if self.opening is not None:
            if not self.opening.is_alive():
                self.take()
        elif self.wanted != NULL and now - self.since > LOOK_SECONDS:
            self.since, before, self.seen = now, self.seen, cards_of_kernel()
            if self.cards > 0 or self.wanted != ANY or self.seen != before:
                self.look_for(again=True)
        return True

    def look_for(self, again: bool) -> None:
        """Opens a card in a thread of its own: that takes its time, and makes the thread real-time."""
        self.opening = threading.Thread(target=self._open, args=(again,), daemon=True)
        self.opening.start()

    def _open(self, again: bool) -> None:
        try:
            self.found.append(open_card(self.memory, self.wanted, self.cards + 1, again))
        except (OSError, ImportError) as error:
            if str(error) != self.said:
                print(f"chronus: {error}; the null device plays", file=sys.stderr, flush=True)
            self.said = str(error)

    def take(self) -> None:
        """Gives the pace to the card that was opened, if one was, else to the null device."""
        self.opening, self.card, self.since = None, self.found.pop() if self.found else None, time.monotonic()
        if self.card is None:
            if self.null is None:
                self.play_null("" if self.wanted == NULL else "no sound card")
            return
        if self.null is not None:
            self.memory[at.PACE] = at.NOBODY
            self.null.join()                    # within a block
            self.null = None
            print(f"chronus: {self.card.label} plays from now on", file=sys.stderr, flush=True)
        self.cards, self.turns = self.card.number, Turns(self.memory)
        self.memory.set_text(at.DEVICE_TEXT, self.card.label)
        self.memory[at.PACE] = 2 * self.card.number

    def lose(self) -> bool:
        """Takes the pace from a card that is gone; whether that could be done. One that hangs in its own library is closed when it lets itself be."""
        if not self.take_pace(self.memory.base, 2 * self.card.number):
            return False
        threading.Thread(target=self.card.close, daemon=True).start()
        print(f"chronus: {self.card.label} is gone; the null device keeps the pace until it is back", file=sys.stderr, flush=True)
        self.card, self.since = None, time.monotonic()
        self.play_null("the sound card is gone")
        return True

    def play_null(self, why: str) -> None:
        self.memory.set_text(at.DEVICE_TEXT, f"{NULL} ({why})" if why else NULL)
        self.memory[at.PACE] = at.NULL_PACE
        self.null = threading.Thread(target=self._play_null, daemon=True)
        self.null.start()

    def _play_null(self) -> None:
        linux.realtime("device")
        self.run_null(self.memory.base)

    def end(self) -> None:
        """The engine stops."""
        if self.card is not None:
            self.card.close()
        if self.null is not None:
            self.null.join()
