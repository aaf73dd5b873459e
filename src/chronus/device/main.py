"""The process that makes sound: a card, or the null device where there is none."""

import sys
import threading
import time
from collections import deque

from chronus import limits, linux
from chronus.device.null import run_null
from chronus.native.build import native
from chronus.shared import layout as at
from chronus.shared.memory import Memory
from chronus.shared.orphans import in_charge

SIGNATURE = "int64(intp)"
SILENT_CARD_SECONDS = 2.0           # a card that has not asked for anything this long is gone
SECOND = 1000 // limits.HEARTBEAT_MS + 1  # heartbeats
OFTEN = 5                           # long turns in a second, with which a card takes too much at once: one that takes 4096 frames of 48 kHz does so twelve times
NULL = "null"


def open_card(memory: Memory, wanted: str):
    """The card that was asked for; None where that is the null device, or where there is none and any would do."""
    if wanted == NULL:
        return None
    try:
        from chronus.device.card import Card, names
        if wanted == "auto" and not names():
            return None
        linux.realtime("device")                # the threads that the card's library begins take after this one
        return Card(memory.base, memory[at.H_RATE], memory[at.H_BLOCK], None if wanted == "auto" else wanted)
    except (OSError, ImportError) as error:
        print(f"chronus: {error}; the null device plays", file=sys.stderr)
        return None


def run(memory: Memory) -> int:
    """Plays until STOP. [device]"""
    watch = in_charge(memory)
    wanted = memory.text(at.DEVICE_WANTED)
    memory.populate(0, memory[at.H_LOG])
    memory.populate(memory[at.H_TAP])
    linux.lock_memory()
    card = open_card(memory, wanted)
    if card is None:
        memory.set_text(at.DEVICE_TEXT, NULL if wanted == NULL else f"{NULL} (no sound card)")
        threading.Thread(target=keep_watch, args=(watch,), daemon=True).start()
        linux.realtime("device")
        native(run_null, SIGNATURE)(memory.base)
        return 0
    memory.set_text(at.DEVICE_TEXT, card.label)
    ticked, turns = time.monotonic_ns(), Turns(memory)
    while watch():
        time.sleep(limits.HEARTBEAT_MS / 1000)
        turns.look()
        ticked = max(ticked, memory[at.TICK_NS])
        if time.monotonic_ns() - ticked > SILENT_CARD_SECONDS * 1e9:
            return 1                        # started again, it takes the card if it is back and the null device if not; one that hangs cannot be closed
    card.close()
    return 0


class Turns:
    """Lets the replicas run further ahead where the card takes more at once than lies ready."""

    def __init__(self, memory: Memory):
        self.memory, self.seen = memory, deque(maxlen=SECOND)

    def look(self) -> None:
        """Asked once a heartbeat. One long turn means nothing: a card fills its buffer when it begins, and a host may have stood still."""
        memory = self.memory
        self.seen.append(memory[at.LONG_TURNS])
        if self.seen[-1] - self.seen[0] < OFTEN:
            return
        self.seen.clear()
        frames, block = memory[at.LONG_TURN], memory[at.H_BLOCK]
        lead = min(-(-frames // block) + 2, limits.MAX_LEAD)
        if lead > memory[at.H_LEAD]:
            memory[at.H_LEAD] = lead
            print(f"chronus: the sound card takes {frames} frames at once, so the lead is {lead} blocks of {block} from now on; --lead {lead} begins with it",
                  file=sys.stderr, flush=True)


def keep_watch(watch) -> None:
    while watch():
        time.sleep(limits.HEARTBEAT_MS / 1000)
