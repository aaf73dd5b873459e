"""Chance that can be repeated: a hash of the seed, of what it is for, and of the time, so that any window of a pattern has the same events."""

from collections.abc import Callable
from fractions import Fraction
from hashlib import blake2b

from chronus.music.patterns.pattern import Event, Pattern, Run, Span, by_cycle, repeat, stack
from chronus.music.patterns.values import Value, instead

Function = Callable[[Pattern], Pattern]


def chance(seed: int, purpose: int, time: Fraction | int) -> float:
    """A number from 0 to below 1."""
    said = f"{seed} {purpose} {time}".encode()           # a fraction and a whole number are written in one way only
    return (int.from_bytes(blake2b(said, digest_size=8).digest()) >> 11) / (1 << 53)


def rand(purpose: int) -> Pattern:
    """Another number from 0 to 1 for every moment."""
    def find(begin: Fraction, end: Fraction, run: Run) -> list[Event]:
        return [Event(None, Span(begin, end), Value(number=chance(run.seed, purpose, (begin + end) / 2)))]
    return Pattern(find, None)


def degrade_by(amount: float, pattern: Pattern, purpose: int) -> Pattern:
    """Loses that share of its events, 0 to 1."""
    return pattern.where(lambda ev, run: chance(run.seed, purpose, ev.extent.begin) >= amount, None if 0 < amount < 1 else pattern.period)


def undegrade_by(amount: float, pattern: Pattern, purpose: int) -> Pattern:
    """Only the events that `degrade_by` with the same purpose loses."""
    return pattern.where(lambda ev, run: chance(run.seed, purpose, ev.extent.begin) < amount, None if 0 < amount < 1 else pattern.period)


def sometimes_by(amount: float, function: Function, pattern: Pattern, purpose: int) -> Pattern:
    """The function changes that share of the events."""
    return stack([degrade_by(amount, pattern, purpose), function(undegrade_by(amount, pattern, purpose))])


def some_cycles_by(amount: float, function: Function, pattern: Pattern, purpose: int) -> Pattern:
    """The function changes that share of the cycles."""
    changed = function(pattern)
    return by_cycle(lambda c, run: changed if chance(run.seed, purpose, c) < amount else pattern, None, [pattern, changed])


def choose_cycles(patterns: list[Pattern], purpose: int) -> Pattern:
    """In each cycle one of them."""
    return by_cycle(lambda c, run: patterns[int(chance(run.seed, purpose, c) * len(patterns))], None, patterns)


def choose_events(pattern: Pattern, among: list[Pattern], purpose: int) -> Pattern:
    """For each event of `pattern` what one of `among` says."""
    def find(begin: Fraction, end: Fraction, run: Run) -> list[Event]:
        found = []
        for ev in pattern.events(begin, end, run):
            chosen = among[int(chance(run.seed, purpose, ev.extent.begin) * len(among))]
            for other in chosen.events(*ev.extent, run):
                part = ev.part.common(other.part)
                if part:
                    found.append(ev._replace(part=part, value=instead(ev.value, other.value)))
        return found
    alike = len(among) == 1 and repeat(pattern.period, among[0].period)
    return Pattern(find, alike or None, [pattern, *among])
