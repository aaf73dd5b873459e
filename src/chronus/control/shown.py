"""What is shown of a sequencer: what it plays, and what was said of it and waits for its place in the music. Read in the state of the replica that leads."""

import json

from chronus import limits
from chronus.control.changes import Changes
from chronus.shared import score as sc
from chronus.shared import scores
from chronus.shared.memory import Memory


def shown(memory: Memory, changes: Changes, key: int, said: dict) -> dict:
    """What the sequencer with a key plays; under `waits`, if anything does, what each change that comes makes of that, and in which bar it comes. `said` is what
    was said of it last: a replica that has not read it yet will.
    """
    said = json.loads(json.dumps(said))
    found = [(bar, text) for bar, area in changes.coming_of(key) if (text := text_in(memory, area)) and text.get("id") == said["id"]]
    if not found or found[0][0] is not None:
        return said
    steps = [*found, *([(None, said)] if found[-1][1] != said else [])]
    waits = [{**({} if bar is None else {"bar": bar}), **changed(before, text)} for (_, before), (bar, text) in zip(steps, steps[1:])]
    return steps[0][1] | ({"waits": waits} if waits else {})


def changed(before: dict, text: dict) -> dict:
    return {name: value for name, value in text.items() if before.get(name) != value}


def text_in(memory: Memory, area: int) -> dict | None:
    """What the score in a place was made from; None where it is written anew meanwhile, or damaged. `scores.text_in` takes ten times as long to be sure."""
    first = scores.place(memory, area)
    serial, size = memory[first + sc.W_SERIAL], memory[first + sc.W_TEXT_BYTES]
    content = memory.map[first + sc.SCORE_TEXT:first + sc.SCORE_TEXT + size] if 0 <= size <= limits.SCORE_TEXT_BYTES else b""
    try:
        text = json.loads(content)
    except ValueError:
        return None
    return text if isinstance(text, dict) and memory[first + sc.W_SERIAL] == serial else None
