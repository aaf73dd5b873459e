"""The functions over patterns, in one table: their names, what they take, what they do. The reader of lines and the reference both use it."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from chronus.music.patterns import chance, timing, values
from chronus.music.patterns.pattern import Pattern, cat, fast, fastcat, late, rev, slow, stack
from chronus.music.patterns.values import Theory, Value, count_of, number_of, share_of, whole_of, word_of


class Place(NamedTuple):
    """What a function needs to know of where it stands: the theory at hand, and a number that only this place in the line has, for its chance."""
    theory: Theory
    purpose: int


@dataclass(frozen=True)
class Function:
    """A row of the table. `usage` names the parameters, those of KINDS; [ ] may be left out, ... may be several."""
    name: str
    usage: str
    example: str
    help: str
    build: Callable                      # of the place, the pattern, and the arguments

    @property
    def takes(self) -> str:
        return f"{self.name} takes {self.usage or 'nothing'}, such as {self.example}"


# What a parameter may be: a function and a pattern are taken as they are; the others are read by one of the above, and may change with a pattern.
KINDS: dict[str, Callable | None] = {
    "FUNCTION": None, "PATTERN": None,
    "FACTOR": number_of, "TIME": number_of, "LOW": number_of, "HIGH": number_of, "ROOT": number_of,
    "SHARE": share_of, "FROM": share_of, "TO": share_of, "COUNT": count_of, "CYCLES": count_of,
    "STEPS": whole_of, "HITS": whole_of, "ROTATION": whole_of, "NAME": word_of, "MODE": word_of,
}


def is_true(value: Value) -> bool:
    return value.is_true


def often(amount: float) -> Callable:
    return lambda place, p, f: chance.sometimes_by(amount, f, p, place.purpose)


def jux(_, p: Pattern, f: Callable, amount: Fraction = Fraction(1)) -> Pattern:
    left, right = (p.with_values(lambda v, side=side: values.replace(v, pan=float(side * amount))) for side in (-1, 1))
    return stack([left, f(right)])


def stut(_, p: Pattern, count: int, feedback: Fraction, time: Fraction) -> Pattern:
    return stack(late(i * time, p.with_values(lambda v, i=i: values.louder(v, feedback ** i) if i else v)) for i in range(count))


FUNCTIONS = {row.name: row for row in (
    # time
    Function("fast", "FACTOR", "fast 2", "so many times as fast", lambda _, p, n: fast(n, p)),
    Function("slow", "FACTOR", "slow 2", "so many times as slow", lambda _, p, n: slow(n, p)),
    Function("early", "TIME", "early 1/8", "begins so many cycles earlier", lambda _, p, t: late(-t, p)),
    Function("late", "TIME", "late 1/8", "begins so many cycles later", lambda _, p, t: late(t, p)),
    Function("rev", "", "rev", "plays each cycle backwards", lambda _, p: rev(p)),
    Function("palindrome", "", "palindrome", "plays every other cycle backwards", lambda _, p: timing.palindrome(p)),
    Function("iter", "COUNT", "iter 4", "begins each cycle one part of so many later", lambda _, p, n: timing.iter_(n, p)),
    Function("iterBack", "COUNT", "iterBack 4", "begins each cycle one part of so many earlier", lambda _, p, n: timing.iter_back(n, p)),
    Function("ply", "COUNT", "ply 2", "repeats each event so many times, in its own time", lambda _, p, n: timing.ply(n, p)),
    Function("stutter", "COUNT TIME", "stutter 3 1/16", "repeats each event so many times, so far apart", lambda _, p, n, t: timing.stutter(n, t, p)),
    Function("stut", "COUNT SHARE TIME", "stut 3 0.5 1/8", "echoes: each has the share of the loudness of the one before", stut),
    Function("euclid", "HITS STEPS [ROTATION]", "euclid 3 8", "as evenly as possible in so many of the steps; in the others where hits are negative",
             lambda _, p, k, n, r=0: timing.euclid(k, n, r, p)),
    Function("euclidFull", "HITS STEPS PATTERN", 'euclidFull 3 8 "hh"', "the same, with another pattern in the gaps",
             lambda _, p, k, n, gaps: timing.euclid_full(k, n, p, gaps)),
    Function("swing", "COUNT", "swing 4", "cuts the cycle into so many parts, and delays the second half of each by a third",
             lambda _, p, n: timing.swing_by(Fraction(1, 3), n, p)),
    Function("swingBy", "SHARE COUNT", "swingBy 1/5 4", "the same by another share of the part", lambda _, p, x, n: timing.swing_by(x, n, p)),
    Function("linger", "SHARE", "linger 1/4", "repeats the first share of each cycle", lambda _, p, x: timing.linger(x, p)),
    Function("inside", "FACTOR FUNCTION", "inside 2 (rev)", "the function as if cycles were so many times as short",
             lambda _, p, n, f: timing.inside(n, f, p)),
    Function("struct", "PATTERN", 'struct "1 0 1(3,8)"', "the rhythm of the pattern given here",
             lambda _, p, marks: timing.struct(marks, p, is_true)),
    Function("mask", "PATTERN", 'mask "1 0 1 1"', "silent where the pattern given here has 0, or nothing",
             lambda _, p, marks: timing.mask(marks, p, is_true)),
    Function("segment", "COUNT", "segment 8", "so many events in a cycle, of what may glide", lambda _, p, n: timing.segment(Fraction(n), p)),
    # now and then
    Function("every", "CYCLES FUNCTION", "every 4 (rev)", "the function in the first of so many cycles", lambda _, p, n, f: timing.every(n, f, p)),
    Function("whenmod", "CYCLES STEPS FUNCTION", "whenmod 8 6 (rev)", "the function in the cycles from the second number on, of so many",
             lambda _, p, n, m, f: timing.whenmod(n, m, f, p)),
    Function("when", "PATTERN FUNCTION", 'when "<1 0>" (rev)', "the function while the pattern given here has 1",
             lambda _, p, marks, f: timing.when(marks, f, p, is_true)),
    Function("within", "FROM TO FUNCTION", "within 0 0.5 (fast 2)", "the function between two places of the cycle",
             lambda _, p, b, e, f: timing.within(b, e, f, p)),
    Function("chunk", "COUNT FUNCTION", "chunk 4 (ply 2)", "the function in one part of so many, in each cycle in the next",
             lambda _, p, n, f: timing.chunk(n, f, p)),
    # several at once
    Function("stack", "PATTERN...", 'stack "hh*8"', "plays patterns at the same time", lambda _, p, *others: stack([p, *others])),
    Function("cat", "PATTERN...", 'cat "sn*4"', "plays patterns in turn, a cycle of each", lambda _, p, *others: cat([p, *others])),
    Function("slowcat", "PATTERN...", 'slowcat "sn*4"', "the same as cat", lambda _, p, *others: cat([p, *others])),
    Function("fastcat", "PATTERN...", 'fastcat "sn*4"', "plays patterns in turn, all in one cycle", lambda _, p, *others: fastcat([p, *others])),
    Function("off", "TIME FUNCTION", "off 1/8 (transpose 12)", "with a copy of itself, later and changed", lambda _, p, t, f: timing.off(t, f, p)),
    Function("superimpose", "FUNCTION", "superimpose (fast 2)", "with a changed copy of itself", lambda _, p, f: stack([p, f(p)])),
    Function("layer", "FUNCTION...", "layer (rev) (fast 2)", "changed in each of these ways at the same time",
             lambda _, p, *fs: stack(f(p) for f in fs)),
    Function("jux", "FUNCTION", "jux (rev)", "as it is on the left, changed on the right", jux),
    Function("juxBy", "SHARE FUNCTION", "juxBy 0.5 (rev)", "the same, so far from the middle", lambda _, p, x, f: jux(_, p, f, x)),
    # chance
    Function("degrade", "", "degrade", "loses half of its events", lambda place, p: chance.degrade_by(0.5, p, place.purpose)),
    Function("degradeBy", "SHARE", "degradeBy 0.9", "loses that share of its events",
             lambda place, p, x: chance.degrade_by(float(x), p, place.purpose)),
    Function("sometimesBy", "SHARE FUNCTION", "sometimesBy 0.3 (ply 2)", "the function for that share of the events",
             lambda place, p, x, f: chance.sometimes_by(float(x), f, p, place.purpose)),
    Function("sometimes", "FUNCTION", "sometimes (ply 2)", "the function for half of the events", often(0.5)),
    Function("often", "FUNCTION", "often (ply 2)", "the function for three quarters of the events", often(0.75)),
    Function("rarely", "FUNCTION", "rarely (ply 2)", "the function for a quarter of the events", often(0.25)),
    Function("almostAlways", "FUNCTION", "almostAlways (ply 2)", "the function for nine events of ten", often(0.9)),
    Function("almostNever", "FUNCTION", "almostNever (ply 2)", "the function for one event of ten", often(0.1)),
    Function("someCyclesBy", "SHARE FUNCTION", "someCyclesBy 0.3 (rev)", "the function for that share of the cycles",
             lambda place, p, x, f: chance.some_cycles_by(float(x), f, p, place.purpose)),
    Function("someCycles", "FUNCTION", "someCycles (rev)", "the function for half of the cycles",
             lambda place, p, f: chance.some_cycles_by(0.5, f, p, place.purpose)),
    Function("choose", "PATTERN...", "choose c4 e4 g4", "for each event one of these values",
             lambda place, p, *among: chance.choose_events(p, list(among), place.purpose)),
    # notes and sound
    Function("transpose", "PATTERN", 'transpose "<0 12>"', "so many semitones higher", lambda _, p, steps: values.transpose(steps, p)),
    Function("scale", "NAME [ROOT]", "scale minor a3", "numbers are degrees of a scale: 0 is the root, c4 where none is given",
             lambda place, p, name, root=Fraction(60): values.scale(place.theory, name, root, p)),
    Function("chord", "NAME", "chord maj7", "each note is the root of a chord", lambda place, p, name: values.chord(place.theory, name, p)),
    Function("arp", "MODE", "arp up", f"the notes of each chord one after the other: {', '.join(values.ARPEGGIOS)}",
             lambda _, p, mode: values.arp(mode, p)),
    Function("range", "LOW HIGH", "range 40 80", "what goes from 0 to 1 goes from the first number to the second",
             lambda _, p, low, high: values.scaled(low, high, p)),
    Function("note", "PATTERN", 'note "c4 e4"', "takes its notes from another pattern", lambda _, p, notes: values.note(notes, p)),
    Function("sound", "PATTERN", "sound bass", "takes its words from another pattern", lambda _, p, names: values.sound(names, p)),
    Function("pan", "PATTERN", "pan -0.5", "places it between left, -1, and right, 1", lambda _, p, places: values.pan(places, p)),
    Function("gain", "PATTERN", 'gain "1 0.6"', "so many times as loud", lambda _, p, gains: values.gain(gains, p)),
)}
