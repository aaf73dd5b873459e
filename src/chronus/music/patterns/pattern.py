"""A pattern: a function from a span of time to the events in it, in the manner of TidalCycles. Time is counted in cycles, as fractions."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import Any, NamedTuple

from chronus import limits
from chronus.music.patterns.errors import PatternError, TooMuch


class Span(NamedTuple):
    """From `begin` up to `end`, which is not part of it, in cycles."""
    begin: Fraction
    end: Fraction

    def common(self, other: "Span") -> "Span | None":
        begin, end = max(self.begin, other.begin), min(self.end, other.end)
        return Span(begin, end) if begin < end else None

    def at(self, place: Callable[[Fraction], Fraction]) -> "Span":
        return Span(place(self.begin), place(self.end))


class Event(NamedTuple):
    """Something that sounds during `whole`, of which the query saw `part`. A value that never stands still (a sine) has no `whole`.

    `source` is where the text says it: the first character and the one after the last.
    """
    whole: Span | None
    part: Span
    value: Any
    source: tuple[int, int] | None = None

    @property
    def has_onset(self) -> bool:
        return self.whole is not None and self.whole.begin == self.part.begin

    @property
    def extent(self) -> Span:
        return self.whole or self.part


class Run:
    """One reading of a text or of a pattern: the seed of its chance, the patterns and events that it may still make, and what it has found.

    What was found once is not looked for again: off, jux and sometimes ask the same pattern twice, and inside each other they would do so 2^n times.
    """

    def __init__(self, seed: int = 0, work: int = limits.PATTERN_WORK):
        self.seed, self.left, self.known = seed, work, {}

    def spend(self, work: int) -> None:
        self.left -= work
        if self.left < 0:
            raise TooMuch("that is too many events at once; lower what stands after * or !, or the numbers of ply, stutter and euclid")


PRESENT: ContextVar[Run | None] = ContextVar("PRESENT", default=None)


@contextmanager
def bounded(run: Run) -> Iterator[Run]:
    """Patterns that are made meanwhile are paid for by this run, so nothing that a text asks for grows without end."""
    token = PRESENT.set(run)
    try:
        yield run
    finally:
        PRESENT.reset(token)


Find = Callable[[Fraction, Fraction, Run], list[Event]]


class Pattern:
    """Immutable. `period` is the number of cycles after which it surely repeats, None where that is unknown or left to chance."""

    __slots__ = ("_find", "depth", "period")

    def __init__(self, find: Find, period: Fraction | None, inner: Iterable["Pattern"] = ()):
        inner = list(inner)
        self._find, self.period = find, period
        self.depth = 1 + max((p.depth for p in inner), default=0)
        if run := PRESENT.get():
            run.spend(1 + len(inner))
        if self.depth > limits.PATTERN_LAYERS:
            raise PatternError(f"that is more than {limits.PATTERN_LAYERS} patterns and functions inside each other; make it simpler")

    def query(self, begin, end, seed: int = 0) -> list[Event]:
        """The events between two times, in cycles. Raises PatternError where there are too many."""
        with bounded(Run(seed, limits.PATTERN_LOOP_WORK)) as run:
            return self.events(Fraction(begin), Fraction(end), run)

    def events(self, begin: Fraction, end: Fraction, run: Run) -> list[Event]:
        key = self, begin.numerator, begin.denominator, end.numerator, end.denominator
        found = run.known.get(key)
        if found is None:
            found = run.known[key] = self._find(begin, end, run) if begin < end else []
        run.spend(1 + len(found))
        return found

    def with_values(self, change: Callable[[Any], Any]) -> "Pattern":
        return Pattern(lambda b, e, run: [ev._replace(value=change(ev.value)) for ev in self.events(b, e, run)], self.period, [self])

    def where(self, keeps: Callable[[Event, Run], bool], period: Fraction | None) -> "Pattern":
        """Only the events that `keeps` wants."""
        return Pattern(lambda b, e, run: [ev for ev in self.events(b, e, run) if keeps(ev, run)], period, [self])


def repeat(*periods: Fraction | None) -> Fraction | None:
    """The smallest time in which all of these periods end together."""
    if any(p is None for p in periods):
        return None
    numerators, denominators = [p.numerator for p in periods], [p.denominator for p in periods]
    return Fraction(lcm(*numerators), gcd(*denominators)) if periods else Fraction(1)


def cycles(begin: Fraction, end: Fraction, run: Run) -> Iterator[tuple[int, Fraction, Fraction]]:
    """A span cut at the cycles: the number of each cycle, and what of it is in the span."""
    first, last = floor(begin), ceil(end)
    run.spend(last - first)
    for cycle in range(first, last):
        yield cycle, max(begin, Fraction(cycle)), min(end, Fraction(cycle + 1))


ONE = Fraction(1)
silence = Pattern(lambda b, e, run: [], ONE)


def pure(value, source: tuple[int, int] | None = None) -> Pattern:
    """The value once in every cycle."""
    def find(begin, end, run):
        return [Event(Span(Fraction(c), Fraction(c + 1)), Span(b, e), value, source) for c, b, e in cycles(begin, end, run)]
    return Pattern(find, ONE)


def signal(value_at: Callable[[Fraction], Any]) -> Pattern:
    """A value for every moment of the cycle: a query hears the one in its middle."""
    return Pattern(lambda b, e, run: [Event(None, Span(b, e), value_at((b + e) / 2))], ONE)


def stack(patterns: Iterable[Pattern]) -> Pattern:
    """All of them at the same time."""
    patterns = list(patterns)
    return patterns[0] if len(patterns) == 1 else Pattern(
        lambda b, e, run: [ev for p in patterns for ev in p.events(b, e, run)], repeat(*(p.period for p in patterns)), patterns)


def by_cycle(choose: Callable[[int, Run], Pattern], period: Fraction | None, inner: Iterable[Pattern]) -> Pattern:
    """In each cycle the pattern that `choose` gives for it; `inner` are all that it may give."""
    def find(begin, end, run):
        return [ev for c, b, e in cycles(begin, end, run) for ev in choose(c, run).events(b, e, run)]
    return Pattern(find, period, inner)


def moved(pattern: Pattern, to_inner: Callable[[Fraction], Fraction], to_outer: Callable[[Fraction], Fraction], period) -> Pattern:
    """The pattern seen through another clock."""
    def find(begin, end, run):
        return [ev._replace(whole=ev.whole and ev.whole.at(to_outer), part=ev.part.at(to_outer))
                for ev in pattern.events(to_inner(begin), to_inner(end), run)]
    return Pattern(find, period, [pattern])


def fast(factor: Fraction, pattern: Pattern) -> Pattern:
    """So many times as fast. Nothing for 0; backwards for a negative factor."""
    if factor == 0:
        return silence
    if factor < 0:
        return rev(fast(-factor, pattern))
    if factor == 1:
        return pattern
    return moved(pattern, lambda t: t * factor, lambda t: t / factor, pattern.period and pattern.period / factor)


def slow(factor: Fraction, pattern: Pattern) -> Pattern:
    """So many times as slow. Nothing for 0."""
    return fast(1 / factor, pattern) if factor else silence


def late(time: Fraction, pattern: Pattern) -> Pattern:
    """Moved by so many cycles into the future."""
    return moved(pattern, lambda t: t - time, lambda t: t + time, pattern.period) if time else pattern


def rev(pattern: Pattern) -> Pattern:
    """Each cycle backwards."""
    def find(begin, end, run):
        found = []
        for c, b, e in cycles(begin, end, run):
            turn = 2 * c + 1
            for ev in pattern.events(turn - e, turn - b, run):
                whole = ev.whole and Span(turn - ev.whole.end, turn - ev.whole.begin)
                found.append(ev._replace(whole=whole, part=Span(turn - ev.part.end, turn - ev.part.begin)))
        return found
    return Pattern(find, repeat(ONE, pattern.period), [pattern])


def sequence(steps: Iterable[tuple[Fraction, Pattern]]) -> Pattern:
    """Steps of so much weight one after the other in one cycle; in its step, each plays the whole of its own cycle."""
    steps = [(weight, step) for weight, step in steps if weight > 0]
    if not steps:
        return silence
    if len(steps) == 1:
        return steps[0][1]
    total, starts = sum(weight for weight, _ in steps), [Fraction(0)]
    for weight, _ in steps:
        starts.append(starts[-1] + weight / total)

    def find(begin, end, run):
        found = []
        for c, b, e in cycles(begin, end, run):
            i = bisect_right(starts, b - c) - 1
            while i < len(steps) and starts[i] < e - c:
                start, width, step = c + starts[i], starts[i + 1] - starts[i], steps[i][1]
                shift, back = c - start / width, start - c * width
                inner = step.events(max(b, start) / width + shift, min(e, start + width) / width + shift, run)
                for ev in inner:
                    whole = ev.whole and Span(ev.whole.begin * width + back, ev.whole.end * width + back)
                    found.append(ev._replace(whole=whole, part=Span(ev.part.begin * width + back, ev.part.end * width + back)))
                i += 1
        return found
    return Pattern(find, repeat(ONE, *(step.period for _, step in steps)), [step for _, step in steps])


def fastcat(patterns: Iterable[Pattern]) -> Pattern:
    """One after the other in one cycle."""
    return sequence((ONE, p) for p in patterns)


def cat(patterns: Iterable[Pattern]) -> Pattern:
    """One after the other, a cycle of each."""
    patterns = list(patterns)
    return slow(Fraction(len(patterns)), fastcat(patterns))


def bind(outer: Pattern, make: Callable[[Any], Pattern]) -> Pattern:
    """While an event of `outer` lasts, the pattern that `make` gives for its value.

    What `outer` may say is asked for now, so a mistake is found now; where that is left to chance, at least for one cycle.
    """
    made: dict[Any, Pattern] = {}

    def pattern_of(value):
        if value in made:
            return made[value]
        found = make(value)
        if len(made) < limits.PATTERN_STEPS:
            made[value] = found
        return found

    def find(begin, end, run):
        found = []
        for ev in outer.events(begin, end, run):
            found += pattern_of(ev.value).events(ev.part.begin, ev.part.end, run)
        return found

    known = outer.period is not None and outer.period <= limits.PATTERN_CYCLES
    events = outer.events(Fraction(0), Fraction(ceil(outer.period)) if known else ONE, PRESENT.get() or Run())
    inner = [pattern_of(ev.value) for ev in events]
    is_steady = known and all(ev.whole for ev in events)
    return Pattern(find, repeat(outer.period, *(p.period for p in inner)) if is_steady else None, [outer, *inner])


def combined(left: Pattern, right: Pattern, change: Callable[[Any, Any], Any]) -> Pattern:
    """The rhythm of `left`, each value changed by what `right` says at that time; silent where `right` is."""
    def find(begin, end, run):
        found = []
        for ev in left.events(begin, end, run):
            for other in right.events(*ev.extent, run):
                part = ev.part.common(other.part)
                if part:
                    found.append(ev._replace(part=part, value=change(ev.value, other.value)))
        return found
    return Pattern(find, repeat(left.period, right.period), [left, right])
