"""What the engine loops of a pattern: so many cycles, every onset of them."""

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from chronus import limits
from chronus.music.patterns.errors import TooMuch
from chronus.music.patterns.pattern import Pattern, Run, bounded


class Onset(NamedTuple):
    """Where an event begins and how long it is, in cycles, and what it says: name, number, sample, pan and gain where there are any."""
    begin: Fraction
    length: Fraction
    value: dict


def period_of(pattern: Pattern) -> int:
    """After so many cycles it surely repeats; limits.PATTERN_CYCLES where chance is in it, or where it takes longer."""
    if pattern.period is None or pattern.period.numerator > limits.PATTERN_CYCLES:
        return limits.PATTERN_CYCLES
    return pattern.period.numerator


def loops_of(pattern: Pattern) -> tuple[int, ...]:
    """How many cycles may be looped: its period; where chance is in it the most that there are, then, where they do not fit, 32, 16, 8 or 4 of them."""
    return (period_of(pattern),) if pattern.period is not None else tuple(limits.PATTERN_CYCLES >> halved for halved in range(5))


def cycles_of(pattern: Pattern, first: int, count: int, seed: int = 0) -> list[Onset]:
    """All events that begin in `count` cycles from `first` on, in their order. Raises PatternError where there are too many."""
    if not 0 < count <= limits.PATTERN_CYCLES:
        raise ValueError(f"1 to {limits.PATTERN_CYCLES} cycles at a time, not {count}")
    return [onset for onsets in cycle_by_cycle(pattern, first, count, seed) for onset in onsets]


def cycle_by_cycle(pattern: Pattern, first: int, count: int, seed: int = 0) -> Iterator[list[Onset]]:
    """The same, a list for each cycle."""
    left = limits.PATTERN_LOOP_WORK
    for cycle in range(first, first + count):
        allowed = min(left, limits.PATTERN_WORK)
        with bounded(Run(seed, allowed)) as run:
            events = [ev for ev in pattern.events(Fraction(cycle), Fraction(cycle + 1), run) if ev.has_onset]
        left -= allowed - run.left
        if len(events) > limits.PATTERN_EVENTS:
            raise TooMuch(f"cycle {cycle} has {len(events)} events, and {limits.PATTERN_EVENTS} are the most; make it slower or simpler")
        yield sorted((Onset(ev.whole.begin, ev.whole.end - ev.whole.begin, ev.value.as_dict()) for ev in events), key=lambda on: on.begin)
