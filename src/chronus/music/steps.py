"""Step patterns: `X` is an accent, `x` a hit, `.` a rest, `-` holds the step before; `x*3` plays it three times, `x?` half the time, `x?80` in 80 %.

Notes go round with the hits, lanes of parameters with the steps; what has another length goes round in its own time. With swing the second
of two steps comes later and is shorter, so repeats and gates stay within their step; `x*3-` is a triplet over two steps.
"""
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, chain, groupby, islice
from math import ceil, floor, lcm

from chronus import limits
from chronus.music.chords import chord_notes
from chronus.music.notes import note_hz, note_number
from chronus.music.score import Event, Score, ScoreError, in_order

ACCENT, HIT = 1.0, 64 / 127
TOKEN = re.compile(r"([Xx])(?:\*(\d{1,9}))?(?:\?(\d{0,9}))?|([.\-])|[\s|]+")
MOST_STEPS, MOST_REPEATS = 256, 16
DIRECTIONS = ("forward", "backward", "pingpong", "random")
PLUS = re.compile(r"\+(?=[A-Ga-g])")         # c4+e4 are two notes, c4+50 one with cents
CHORD = re.compile(r"[A-G][^+]*$")        # a chord by its symbol begins with a capital; a note does not
DIVISION = re.compile(r"(?:1/)?(\d{1,4})([.t]?)")


@dataclass(frozen=True)
class Step:
    """What one step plays: how hard (0: nothing), how often, with what chance, and for how many steps it is held."""

    velocity: float = 0.0
    repeats: int = 1
    chance: float = 1.0
    holds: int = 1


@dataclass(frozen=True)
class Lane:
    """The values of one parameter, step by step; None leaves it where it is. With `smooth` it glides from one to the next."""

    knob: str
    values: tuple[float | None, ...]
    smooth: bool = False


@dataclass(frozen=True)
class Steps:
    """A step sequence. `plays` is how its target is played: as "notes", by its "gate", or by gate and "pitch"; `step` is beats, `gate` a part of a step."""

    target: str = ""
    plays: str = "gate"
    pattern: str = ""
    notes: tuple[tuple[float, ...], ...] = ()
    lanes: tuple[Lane, ...] = ()
    step: float = 0.25
    gate: float = 0.5
    swing: float = 0.0
    transpose: float = 0.0
    velocity: float = 1.0
    direction: str = "forward"
    seed: int = 0
    once: bool = False
    keys: tuple[float, ...] = ()


def read_pattern(text: str) -> tuple[Step, ...]:
    """The steps of a pattern. Raises ScoreError that points at what is none."""
    found, at = [], 0
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None:
            raise ScoreError(f"{text[:80]!r} has {text[at]!r} at place {at + 1}, which is no step; X is an accent, x a hit, . a rest, - holds, x*3 repeats, x?50 is played in 50 %")
        hit, repeats, chance, other = token.groups()
        if hit:
            repeats, percent = int(repeats or 1), 100 if chance is None else int(chance or 50)
            if not 1 <= repeats <= MOST_REPEATS or not 0 <= percent <= 100:
                raise ScoreError(f"{token[0]!r} at place {at + 1}: a step is played 1 to {MOST_REPEATS} times, in 0 to 100 %")
            found.append(Step(ACCENT if hit == "X" else HIT, repeats, percent / 100))
        elif other == ".":
            found.append(Step())
        elif other:
            last = next((i for i in range(len(found) - 1, -1, -1) if found[i].holds), None)
            if last is None:
                raise ScoreError(f"{text[:80]!r} begins with '-', but there is no step before it to hold")
            found[last] = Step(found[last].velocity, found[last].repeats, found[last].chance, found[last].holds + 1)
            found.append(Step(holds=0))
        at = token.end()
    if not 1 <= len(found) <= MOST_STEPS:
        raise ScoreError(f"a pattern has 1 to {MOST_STEPS} steps, not {len(found)}; write it as in X.x.x.x.")
    return tuple(found)


def read_notes(words) -> tuple[tuple[float, ...], ...]:
    """Notes, and chords such as c4+e4+g4 or Am7, for one hit after the other. Raises ScoreError."""
    try:
        return tuple(tuple(chord_notes(word)) if isinstance(word, str) and CHORD.match(word) else
                     tuple(map(note_number, PLUS.split(word))) if isinstance(word, str) else (note_number(word),) for word in words)
    except ValueError as error:
        raise ScoreError(str(error)) from None


def tuned(note: float, keys: tuple[float, ...]) -> float:
    """Where a note lies in a tuning, which gives each of the 128 keys its place in semitones; between two keys it lies between them."""
    key = min(max(floor(note), 0), len(keys) - 2) if keys else 0
    return keys[key] + (keys[key + 1] - keys[key]) * (note - key) if keys else note


def read_division(word) -> float:
    """The beats of a step: 16 or 1/16 are sixteenths, 1/8t eighths of a triplet, 1/8. dotted ones. Raises ScoreError."""
    found = DIVISION.fullmatch(str(word).strip())
    if not found or not 1 <= int(found[1]) <= 64:
        raise ScoreError(f"{str(word)[:20]!r} is no division; write 1/16, 1/8t for a triplet's eighth, or 1/8. for a dotted one")
    return 4.0 / int(found[1]) * {"": 1.0, "t": 2.0 / 3.0, ".": 1.5}[found[2]]


def order_of(count: int, direction: str) -> list[int]:
    """The steps of one round, in the order in which they are played."""
    forward = list(range(count))
    return {"forward": forward, "backward": forward[::-1], "pingpong": forward + forward[-2:0:-1], "random": forward}[direction]


def in_order_of(steps: tuple[Step, ...], direction: str) -> tuple[Step, ...]:
    """The steps of one round as they are played. One that is held begins where its first part is come to: backward, with its last tie."""
    count, found = len(steps), []
    first = list(accumulate(range(count), lambda before, i: i if steps[i].holds else before))
    walked = [(first[i], place >= count or direction == "backward") for place, i in enumerate(order_of(count, direction))]
    for (i, _), together in groupby(walked):
        length = len(list(together))
        found += [replace(steps[i], holds=length), *[Step(holds=0)] * (length - 1)]
    return tuple(found)


def score(given: Steps) -> Score:
    """The events of a step sequence, in a pass after which all its parts begin together again. Raises ScoreError."""
    steps = in_order_of(read_pattern(given.pattern), given.direction) if given.pattern else ()
    hits = sum(1 for step in steps if step.velocity > 0.0)
    rounds = rounds_of(hits, len(given.notes), given.direction) if hits and given.notes else 1
    pair = 2 if given.swing > 0.0 else 1
    count = lcm(len(steps) * rounds or 1, pair, *(len(lane.values) for lane in given.lanes)) if steps or given.lanes else 1
    if count > MOST_STEPS * 64:
        raise ScoreError(f"pattern, notes and lanes meet only after {count} steps; give them lengths that meet sooner")
    found = chain(step_events(given, steps, count if steps else 0), *(lane_events(given, lane, count) for lane in given.lanes))
    events = list(islice(found, limits.SCORE_ROWS + 1))                      # one more than there may be is refused, however many more there are
    return Score(in_order(events), count * given.step, given.once, given.seed)


def rounds_of(hits: int, notes: int, direction: str) -> int:
    """After how many rounds of the steps the notes begin again with them, or, at random, each of them can have been chosen."""
    return ceil(notes / hits) if direction == "random" else lcm(hits, notes) // hits


def step_events(given: Steps, steps: tuple[Step, ...], count: int) -> Iterator[Event]:
    """What the steps play, round after round; at random each step can be each of its round, with the note that this one would have."""
    before = [0, *accumulate(step.velocity > 0.0 for step in steps)]        # how many hits there are before each step
    for number in range(count):
        turn, place = divmod(number, len(steps))
        choices = range(len(steps)) if given.direction == "random" else (place,)
        for rank, index in enumerate(choices):
            step, hit = steps[index], turn * before[-1] + before[index]
            low, high = rank / len(choices), (rank + step.chance) / len(choices)
            if step.velocity > 0.0 and high > low:
                yield from hits_of(given, step, number, given.notes[hit % len(given.notes)] if given.notes else (), low, high)


def beat_of(given: Steps, number: int) -> float:
    """Where a step begins: with swing, every second one later."""
    return (number + (given.swing if number % 2 else 0.0)) * given.step


def hits_of(given: Steps, step: Step, salt: int, notes: tuple[float, ...], low: float, high: float) -> Iterator[Event]:
    """What step number `salt` plays: its repeats, which share all that it is held for, each with its notes."""
    beat, last, end = (beat_of(given, number) for number in (salt, salt + step.holds - 1, salt + step.holds))
    apart = (end - beat) / step.repeats
    length = last - beat + given.gate * (end - last) if step.repeats == 1 else given.gate * apart
    for i in range(step.repeats):
        at, hard = beat + i * apart, step.velocity * given.velocity
        if given.plays == "notes":
            yield from (Event(at, "note", given.target, tuned(note + given.transpose, given.keys), hard, length, low, high, salt) for note in notes or (60.0,))
            continue
        if given.plays == "pitch" and notes:
            hertz = note_hz(tuned(notes[0] + given.transpose, given.keys))
            yield Event(at, "set", f"{given.target}/freq", hertz, low=low, high=high, salt=salt)
        yield Event(at, "gate", given.target, hard, hard, length, low, high, salt)


def lane_events(given: Steps, lane: Lane, count: int) -> Iterator[Event]:
    """The values of a lane, round after round; a smooth one comes from where its knob is, and is at each value when its step begins."""
    size = len(lane.values)
    if not lane.smooth:
        yield from (Event(beat_of(given, i), "set", lane.knob, lane.values[i % size]) for i in range(count) if lane.values[i % size] is not None)
        return
    places = [i for i in range(count) if lane.values[i % size] is not None]
    for i, after in zip(places, places[1:] + [places[0] + count] if places else []):
        beat = beat_of(given, i)
        yield Event(beat, "glide", lane.knob, lane.values[after % size], length=beat_of(given, after) - beat)
