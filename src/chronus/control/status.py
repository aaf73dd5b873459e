"""What `/status` says: read from shared memory at the moment of asking, computed from nothing kept."""

import numpy as np

from chronus import __version__, limits
from chronus.shared import layout as at
from chronus.shared.events import ENDED, FAULT, JOINED, LOST, RESTING, Event, read_events
from chronus.shared.faults import reason_text
from chronus.shared.memory import Memory

FAULTS_SHOWN = 32
DONE = {LOST: "the other replica plays on, a new one joins", ENDED: "started again", RESTING: "tried again now and then"}


def load_of(memory: Memory, slot: int) -> dict:
    """Share of a block's time that a slot's replica spent on its last blocks: mean and 99th percentile, 0 to 1."""
    head = memory[at.slot_word(slot, at.HEAD)]
    count = min(head, limits.LOAD_RING_BLOCKS)
    if count == 0:
        return {"mean": 0.0, "p99": 0.0}
    first = (memory[at.H_LOAD] >> 3) + slot * limits.LOAD_RING_BLOCKS
    share = memory.words[first:first + count] / (1e9 * memory[at.H_BLOCK] / memory[at.H_RATE])
    return {"mean": round(float(share.mean()), 4), "p99": round(float(np.percentile(share, 99)), 4)}


def recording(memory: Memory) -> dict | None:
    """The recording under way, or None."""
    if memory[at.REC_STATE] != at.REC_RUNNING:
        return None
    block = memory[at.H_BLOCK]
    return {"name": memory.text(at.REC_NAME, at.REC_TEXT_BYTES), "first_frame": memory[at.REC_FIRST] * block,
            "frames": memory[at.REC_WRITTEN] * block, "lost_blocks": memory[at.REC_LOST]}


def fault_of(memory: Memory, event: Event, playing) -> dict:
    """One row of `faults`: what happened, to which module if to one, at which block, and what was done."""
    block = event.frame // memory[at.H_BLOCK]
    if event.kind != FAULT:
        return {"what": f"{event.text} ended" if event.kind in (LOST, ENDED) else event.text, "module": None, "block": block, "done": DONE.get(event.kind, "reported")}
    operation, block, reason = map(int, event.text.split())
    module = playing.module_at_fault(block, operation)
    done = "bypassed from this block on" if module else "the replica was replaced"
    return {"what": reason_text(reason).rstrip(","), "module": module, "block": block, "done": done}


def status(memory: Memory, playing, door: dict) -> dict:
    """The whole status as JSON data. `playing` is what plays, as control knows it; `door` holds what only the door knows."""
    block, rate, lead = memory[at.H_BLOCK], memory[at.H_RATE], memory[at.H_LEAD]
    found, _ = read_events(memory, 0)
    pids, patch = memory.pids(), playing.patch
    return {
        "version": __version__, "rate": rate, "block": block, "lead": lead, "device": memory.text(at.DEVICE_TEXT),
        "realtime": bool(memory[at.H_REALTIME]), "played_blocks": memory[at.PLAYED], "underruns": memory[at.UNDERRUNS],
        "switches": memory[at.SWITCHES], "redundant": bool(memory[at.REDUNDANT]), "disagreements": memory[at.DISAGREEMENTS],
        "faults": [fault_of(memory, e, playing) for e in found if e.kind != JOINED][-FAULTS_SHOWN:],
        "patch": {"name": patch.name, "hash": patch.hash(), "modules": {m.id: m.type for m in patch.modules.values()}},
        "quarantined": playing.quarantined(), "load": [load_of(memory, 0), load_of(memory, 1)],
        "latency_ms": round(1000 * (lead + 0.5) * block / rate, 2),
        "processes": {**{r: pids[r] for r in ("supervisor", "device", "control", "zygote", "recorder", "rehearsal", "midi")},
                      "replicas": [pids["replica 0"], pids["replica 1"]]},
        "restarts": {role: max(0, memory[at.role_line(role) + at.RESTARTS] - 1) for role in at.ROLES[2:]},
        "damaged": {"blocks": memory[at.BAD_CHECKSUMS], "log_entries": memory[at.BAD_ENTRIES]},
        "session": memory.text(at.SESSION_TEXT), "recording": recording(memory), **door,
    }
