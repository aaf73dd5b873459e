"""The process that makes sound: a card, or the null device where there is none."""

import sys
import threading
import time

from chronus import limits, linux
from chronus.device.null import run_null
from chronus.native.build import native
from chronus.shared import layout as at
from chronus.shared.memory import Memory
from chronus.shared.orphans import in_charge

SIGNATURE = "int64(intp)"
SILENT_CARD_SECONDS = 2.0           # a card that has not asked for anything this long is gone
NULL = "null"


def open_card(memory: Memory, wanted: str):
    """The card that was asked for; None where that is the null device, or where there is none and any would do."""
    if wanted == NULL:
        return None
    try:
        from chronus.device.card import Card, names
        if wanted == "auto" and not names():
            return None
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
    ticked = time.monotonic_ns()
    while watch():
        time.sleep(limits.HEARTBEAT_MS / 1000)
        ticked = max(ticked, memory[at.TICK_NS])
        if time.monotonic_ns() - ticked > SILENT_CARD_SECONDS * 1e9:
            card.close()
            return 1                        # started again, it takes the card if it is back and the null device if not
    card.close()
    return 0


def keep_watch(watch) -> None:
    while watch():
        time.sleep(limits.HEARTBEAT_MS / 1000)
