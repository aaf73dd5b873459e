"""What a sequencer plays in one pass: events at beats. Everything that makes music of text ends as one of these, and the replicas play it."""

from dataclasses import dataclass, field

from chronus import limits

UP, DOWN, UP_DOWN, AS_PLAYED, RANDOM, CHORD = "up", "down", "up-down", "as-played", "random", "chord"
ARPEGGIOS = (UP, DOWN, UP_DOWN, AS_PLAYED, RANDOM, CHORD)
TOO_MANY = f"a pass has room for {limits.SCORE_ROWS} events, and that makes more; make it shorter, or let its parts have lengths that meet sooner"


class ScoreError(ValueError):
    """What was asked for cannot be played; the message says what to do."""


@dataclass(frozen=True)
class Event:
    """`beat` from the beginning of the pass, in quarter notes; `length` in beats (0: it does not end).

    `what` is "note" (`value` a note for the instrument `target`), "gate" (`value` from 0 to 1 for the gate of `target`), "set" and "glide" (`value` for
    the knob `target`, which is "module/param"; a glide takes `length`), "arpeggio" (`value` semitones above what is held), "start" or "stop" (of
    the sequencer `target`). It is played with a chance from `low` until `high`, which events of one `salt` share, in pass `turn` of `every`. A note
    stands at a `place` between left, -1, and right, 1.
    """

    beat: float
    what: str
    target: str
    value: float = 0.0
    velocity: float = 1.0
    length: float = 0.0
    low: float = 0.0
    high: float = 1.0
    salt: int = 0
    turn: int = 0
    every: int = 0
    place: float = 0.0


@dataclass(frozen=True)
class Score:
    """`events` in order of their beats, in a pass of `length` beats, played again and again or `once`."""

    events: tuple[Event, ...]
    length: float
    once: bool = False
    seed: int = 0
    arpeggio: str = UP
    octaves: int = 1
    latch: bool = False
    text: dict = field(default_factory=dict)

    def __post_init__(self):
        if len(self.events) > limits.SCORE_ROWS:
            raise ScoreError(TOO_MANY)
        if not limits.SHORTEST_PASS <= self.length <= limits.LONGEST_PASS:
            raise ScoreError(f"a pass may have from 1/64 to {limits.LONGEST_PASS:.0f} beats, not {self.length:g}")


def in_order(events) -> tuple[Event, ...]:
    """Events by their beats; at one beat what stops comes before what starts, and knobs turn before notes begin."""
    rank = {"stop": 0, "start": 1, "set": 2, "glide": 2}
    return tuple(sorted(events, key=lambda event: (event.beat, rank.get(event.what, 3))))
