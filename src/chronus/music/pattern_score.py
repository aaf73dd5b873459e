"""A line of the pattern language as a score: its cycles laid out in beats, its words played by modules, its numbers as notes."""

from functools import lru_cache
from types import MappingProxyType

from chronus import limits
from chronus.music.notes import note_hz
from chronus.music.patterns import Onset, PatternError, TooMuch, cycle_by_cycle, loops_of, parse
from chronus.music.score import TOO_MANY, Event, Score, ScoreError, in_order
from chronus.music.steps import tuned

LOUD = 0.8                               # of an event that says nothing of its gain, so that others can be louder
SHORTEST = 1e-6                          # of a cycle


def words_of(text: str, seed: int) -> frozenset[str]:
    """The words that a pattern says in the cycles that are looped, and "" where it says numbers that are no words. Raises ScoreError."""
    return onsets(text, seed)[1]


@lru_cache(maxsize=limits.SEQUENCERS)
def onsets(text: str, seed: int) -> tuple[tuple[Onset, ...], frozenset[str], tuple[int, ...]]:
    """(what is heard of a pattern, the words that it says, how many cycles of that may be looped, the most first). Raises ScoreError."""
    heard, words, cycles, loops, why = [], set(), 0, (), TOO_MANY
    try:
        pattern = parse(text)
        loops = loops_of(pattern)
        for found in cycle_by_cycle(pattern, 0, loops[0], seed):
            loud = [onset._replace(value=MappingProxyType(onset.value)) for onset in found if onset.value.get("gain", 1.0) > 0.0]
            if len(heard) + len(loud) > limits.SCORE_ROWS:
                break
            heard, words, cycles = heard + loud, words | {onset.value.get("name", "") for onset in found}, cycles + 1
    except TooMuch as error:
        why = str(error)
    except PatternError as error:
        raise ScoreError(str(error)) from None
    except OverflowError:
        raise ScoreError("numbers of the pattern grow beyond all bounds; write range, fast or gain with smaller numbers, or less often") from None
    loops = tuple(count for count in loops if count <= cycles)
    if not loops:
        raise ScoreError(why)
    return tuple(onset for onset in heard if onset.begin < loops[0]), frozenset(words), loops


def score(text: str, target: str, plays: str, kit: dict[str, str], beats: float, gate: float, velocity: float, transpose: float, once: bool, seed: int,
          keys: tuple[float, ...], places: dict[str, str]) -> Score:
    """The events of a pattern. `kit` says which module's gate plays a word; all else is a note for `target`. A cycle has `beats` beats. `places` are
    the knobs that place what a module with a gate plays, by that module: it is at one place at a time, of several the one in their middle. Raises
    ScoreError.
    """
    found, _, loops = onsets(text, seed)
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
        if "number" not in value:
            said = f"'{value['name']}'" if value.get("name") else "nothing"
            raise ScoreError(f"the pattern says {said} where it is to play a note; a word goes behind sound, as in sound bd, and notes behind note, as in "
                             "note \"c4 e4\"")
        note = tuned(min(max(value["number"] + transpose, 0.0), 127.0), keys)
        if plays == "notes":
            events.append(Event(beat, "note", target, note, hard, length, place=value.get("pan", 0.0)))
            continue
        if plays == "pitch":
            events.append(Event(beat, "set", f"{target}/freq", note_hz(note)))
        events.append(Event(beat, "gate", target, hard, hard, length))
    events += [Event(beat, "set", knob, sum(there) / len(there)) for (beat, knob), there in aside.items()]
    kept = ([event for event in events if event.beat < count * beats] for count in loops)
    fitting = next(((count, some) for count, some in zip(loops, kept) if len(some) <= limits.SCORE_ROWS), None)
    if fitting is None:
        raise ScoreError(TOO_MANY)
    return Score(in_order(fitting[1]), fitting[0] * beats, once, seed)
