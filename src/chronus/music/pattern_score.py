"""A line of the pattern language as a score: its cycles laid out in beats, its words played by modules, its numbers as notes."""

from chronus.music.notes import note_hz
from chronus.music.patterns import PatternError, cycles_of, parse, period_of
from chronus.music.score import Event, Score, ScoreError, in_order
from chronus.music.steps import tuned

LOUD = 0.8                               # of an event that says nothing of its gain, so that others can be louder
SHORTEST = 1e-6                          # of a cycle


def words_of(text: str) -> set[str]:
    """The words that a pattern says in the cycles that are looped, and "" where it says numbers that are no words. Raises ScoreError."""
    found, _ = onsets(text, 0)
    return {onset.value.get("name", "") if "number" not in onset.value else onset.value.get("name") or "" for onset in found}


def onsets(text: str, seed: int) -> tuple[list, int]:
    """What the pattern says until it repeats, and after how many cycles it does. Raises ScoreError."""
    try:
        pattern = parse(text)
        cycles = period_of(pattern)
        return cycles_of(pattern, 0, cycles, seed), cycles
    except PatternError as error:
        raise ScoreError(str(error)) from None


def score(text: str, target: str, plays: str, kit: dict[str, str], beats: float, gate: float, velocity: float, transpose: float, seed: int,
          keys: tuple[float, ...], places: dict[str, str]) -> Score:
    """The events of a pattern. `kit` says which module's gate plays a word; all else is a note for `target`. A cycle has `beats` beats. `places` are
    the knobs that place what a module with a gate plays, by that module: it is at one place at a time, of several the one in their middle. Raises
    ScoreError.
    """
    found, cycles = onsets(text, seed)
    events, aside = [], {}
    for onset in found:
        beat, length, value = float(onset.begin) * beats, max(float(onset.length), SHORTEST) * beats * gate, onset.value
        hard = min(1.0, LOUD * velocity * value.get("gain", 1.0))
        if hard <= 0.0:
            continue
        struck = kit.get(value.get("name"), "" if plays == "notes" else target)
        if struck in places and "pan" in value:
            aside.setdefault((beat, places[struck]), []).append(value["pan"])
        if value.get("name") in kit:
            events.append(Event(beat, "gate", struck, hard, hard, length))
            continue
        note = tuned(min(max(value["number"] + transpose, 0.0), 127.0), keys)
        if plays == "notes":
            events.append(Event(beat, "note", target, note, hard, length, place=value.get("pan", 0.0)))
            continue
        if plays == "pitch":
            events.append(Event(beat, "set", f"{target}/freq", note_hz(note)))
        events.append(Event(beat, "gate", target, hard, hard, length))
    events += [Event(beat, "set", knob, sum(there) / len(there)) for (beat, knob), there in aside.items()]
    return Score(in_order(events), cycles * beats, seed=seed)
