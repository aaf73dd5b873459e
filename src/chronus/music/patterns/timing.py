"""What moves the events of a pattern in time: rhythms, turns, echoes, swing, and functions that hold for some of the time."""

from collections.abc import Callable
from fractions import Fraction
from math import floor

from chronus.music.patterns.pattern import (ONE, Event, Pattern, Run, Span, by_cycle, combined, cycles, fast, fastcat, late, pure, repeat, rev,
                                            silence, slow, stack)

Function = Callable[[Pattern], Pattern]


def bjorklund(hits: int, steps: int) -> list[bool]:
    """So many hits as evenly as possible among so many steps, as Bjorklund spreads them: pairs, then pairs of pairs, until one is left over."""
    hits = min(hits, steps)
    heads, tails = [[True]] * hits, [[False]] * (steps - hits)
    while min(len(heads), len(tails)) > 1:
        paired = [a + b for a, b in zip(heads, tails)]
        tails = heads[len(paired):] or tails[len(paired):]
        heads = paired
    return [step for group in heads + tails for step in group]


def euclid(hits: int, steps: int, rotation: int, pattern: Pattern) -> Pattern:
    """The pattern in each step that has a hit, in the gaps between them where `hits` is negative, all of it `rotation` steps earlier."""
    if steps <= 0:
        return silence
    marks = bjorklund(abs(hits), steps)
    marks = marks[rotation % steps:] + marks[:rotation % steps]
    return fastcat(pattern if mark == (hits >= 0) else silence for mark in marks)


def euclid_full(hits: int, steps: int, pattern: Pattern, gaps: Pattern) -> Pattern:
    """The same, with another pattern in the gaps."""
    return stack([euclid(hits, steps, 0, pattern), euclid(-hits or steps, steps, 0, gaps)])


def every(count: int, function: Function, pattern: Pattern) -> Pattern:
    """The function in the first of each `count` cycles."""
    if count <= 0:
        return pattern
    changed = function(pattern)
    return by_cycle(lambda c, run: pattern if c % count else changed, repeat(Fraction(count), pattern.period, changed.period), [pattern, changed])


def whenmod(count: int, at_least: int, function: Function, pattern: Pattern) -> Pattern:
    """The function in the cycles from `at_least` on, counted anew every `count`."""
    changed = function(pattern)
    return by_cycle(lambda c, run: changed if c % count >= at_least else pattern, repeat(Fraction(count), pattern.period, changed.period),
                    [pattern, changed])


def iter_(count: int, pattern: Pattern) -> Pattern:
    """Begins one part of `count` later in each cycle."""
    turned = [late(-Fraction(i, count), pattern) for i in range(count)]
    return by_cycle(lambda c, run: turned[c % count], repeat(Fraction(count), pattern.period), turned)


def iter_back(count: int, pattern: Pattern) -> Pattern:
    """Begins one part of `count` earlier in each cycle."""
    turned = [late(Fraction(i, count), pattern) for i in range(count)]
    return by_cycle(lambda c, run: turned[c % count], repeat(Fraction(count), pattern.period), turned)


def palindrome(pattern: Pattern) -> Pattern:
    """Every other cycle backwards."""
    back = rev(pattern)
    return by_cycle(lambda c, run: back if c % 2 else pattern, repeat(Fraction(2), pattern.period), [pattern, back])


def ply(count: int, pattern: Pattern) -> Pattern:
    """Each event `count` times in its own time."""
    def find(begin: Fraction, end: Fraction, run: Run) -> list[Event]:
        found = []
        for ev in pattern.events(begin, end, run):
            run.spend(count)
            width = (ev.extent.end - ev.extent.begin) / count
            for i in range(count):
                piece = Span(ev.extent.begin + i * width, ev.extent.begin + (i + 1) * width)
                part = ev.part.common(piece)
                if part:
                    found.append(ev._replace(whole=piece, part=part))
        return found
    return Pattern(find, pattern.period, [pattern])


def within(begin: Fraction, end: Fraction, function: Function, pattern: Pattern) -> Pattern:
    """The function between two places of the cycle, 0 to 1; what it moves out of there is not heard."""
    def inside(ev: Event, run: Run) -> bool:
        return begin <= ev.extent.begin - floor(ev.extent.begin) < end
    changed = function(pattern)
    return stack([changed.where(inside, repeat(ONE, changed.period)),
                  pattern.where(lambda ev, run: not inside(ev, run), repeat(ONE, pattern.period))])


def inside(factor: Fraction, function: Function, pattern: Pattern) -> Pattern:
    """The function as if a cycle were `factor` times as short."""
    return fast(factor, function(slow(factor, pattern)))


def swing_by(amount: Fraction, count: int, pattern: Pattern) -> Pattern:
    """Cuts the cycle into `count` parts; the second half of each comes later by `amount` of the part."""
    return inside(Fraction(count), lambda p: within(Fraction(1, 2), ONE, lambda q: late(amount, q), p), pattern)


def off(time: Fraction, function: Function, pattern: Pattern) -> Pattern:
    """With a copy of itself, later and changed."""
    return stack([pattern, function(late(time, pattern))])


def stutter(count: int, time: Fraction, pattern: Pattern) -> Pattern:
    """Each event `count` times, `time` apart."""
    return stack(late(i * time, pattern) for i in range(count))


def chunk(count: int, function: Function, pattern: Pattern) -> Pattern:
    """The function in one part of `count`, in each cycle in the next one."""
    changed = function(pattern)

    def find(begin: Fraction, end: Fraction, run: Run) -> list[Event]:
        found = []
        for c, b, e in cycles(begin, end, run):
            for events, wanted in (pattern.events(b, e, run), False), (changed.events(b, e, run), True):
                found += [ev for ev in events if (floor(ev.extent.begin % 1 * count) == c % count) == wanted]
        return found
    return Pattern(find, repeat(Fraction(count), pattern.period, changed.period), [pattern, changed])


def linger(share: Fraction, pattern: Pattern) -> Pattern:
    """Only the first share of each cycle, 0 to 1, again and again."""
    if share <= 0:
        return silence

    def find(begin: Fraction, end: Fraction, run: Run) -> list[Event]:
        found = []
        place = begin
        while place < end:
            cycle = floor(place)
            again = (place - cycle) // share
            shift = again * share
            stop = min(end, cycle + 1, cycle + shift + share)
            found += [ev._replace(whole=ev.whole and ev.whole.at(lambda t: t + shift), part=ev.part.at(lambda t: t + shift))
                      for ev in pattern.events(place - shift, stop - shift, run)]
            place = stop
        return found
    return Pattern(find, repeat(ONE, pattern.period), [pattern])


def segment(count: Fraction, pattern: Pattern) -> Pattern:
    """So many values of it in each cycle."""
    return combined(fast(count, pure(None)), pattern, lambda _, value: value)


def mask(marks: Pattern, pattern: Pattern, is_true: Callable) -> Pattern:
    """Silent where the marks are not true."""
    return combined(pattern, marks.where(lambda ev, run: is_true(ev.value), marks.period), lambda value, _: value)


def struct(marks: Pattern, pattern: Pattern, is_true: Callable) -> Pattern:
    """The rhythm of the marks that are true, with the values of the pattern."""
    def find(begin: Fraction, end: Fraction, run: Run) -> list[Event]:
        found = []
        for mark in marks.events(begin, end, run):
            if is_true(mark.value):
                found += [ev._replace(whole=mark.whole, part=part)
                          for ev in pattern.events(*mark.extent, run) if (part := mark.part.common(ev.part))]
        return found
    return Pattern(find, repeat(marks.period, pattern.period), [marks, pattern])


def when(marks: Pattern, function: Function, pattern: Pattern, is_true: Callable) -> Pattern:
    """The function while the marks are true."""
    changed = function(pattern)

    def find(begin: Fraction, end: Fraction, run: Run) -> list[Event]:
        true = sorted(ev.part for ev in marks.events(begin, end, run) if is_true(ev.value))
        found, place = [], begin
        for span in [*true, Span(end, end)]:
            found += pattern.events(place, span.begin, run)
            found += changed.events(max(place, span.begin), span.end, run)
            place = max(place, span.end)
        return found
    return Pattern(find, repeat(marks.period, pattern.period, changed.period), [marks, pattern, changed])
