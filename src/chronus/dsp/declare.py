"""Declarations: what a module says of itself, in its signature.

    @module(kind="mixing")
    def gain(audio=inlet(), gain=ratio(1.0, low=0, high=16)):
        return audio * gain, ()

A formula takes inlets, parameters, musical time, tables, then what the framework gives (the length of a frame), then its state; it returns its
outlets (one value, or a tuple in the order of `outlets=`), and its next state (a tuple; of a delay line what is written). One call is one frame;
the values are lanes.
"""
from dataclasses import dataclass, field
from itertools import takewhile
from types import FunctionType

from chronus import limits


@dataclass(frozen=True)
class Inlet:
    """Where a cable ends. `default` is what it hears while nothing is connected."""

    name: str = ""
    default: float = 0.0


@dataclass(frozen=True)
class Param:
    """A value that people turn and cables drive, at audio rate. `glide_ms` is how long a new setting takes to arrive."""

    name: str = ""
    unit: str = ""
    default: float = 0.0
    low: float = 0.0
    high: float = 1.0
    curve: str = "linear"
    glide_ms: float = 5.0


@dataclass(frozen=True)
class Table:
    """Memory that is read and never written while it plays: a patch names what is in it, and `default` where it does not. `kind` is "sample",
    sound as it was recorded, "wave", single cycles one behind the other, or "response", how a room answers an impulse.
    """

    name: str = ""
    kind: str = "sample"
    default: str = ""


@dataclass(frozen=True)
class State:
    """What a module keeps from frame to frame: one value, "float", or "int" for a phase; or a "line", all values of the last `seconds`."""

    name: str = ""
    kind: str = "float"
    seconds: float = 0.0
    settles: bool = False
    apart: bool = False
    steady: bool = False
    reach: int = 0


@dataclass(frozen=True)
class Given:
    """What the framework knows and the module needs: "frame_seconds", "side" (-1 for the left lane of a pair, 1 for the right), "seed"
    (-0.5 to 0.5, another one in every module and lane), "lane_number" (from 0), or "heard:OUTLET" (1, or 0 while others are soloed).
    """

    what: str


@dataclass(frozen=True)
class Time:
    """Where the music is, frame by frame, as a formula hears it: "tick", of which `ticks.TICKS` are a beat, counted from the bar at which the
    signature began, whole numbers; "part", how much of the tick is over, 0 to just below 1; or "beat_seconds", how long a beat is.
    """

    what: str
    name: str = ""

    @property
    def default(self) -> float:
        """What is heard where there is no music: the first moment, at 120 BPM."""
        return TIMES[self.what]


@dataclass(frozen=True)
class Foresight:
    """What a module knows of its next frames while its inputs stand still. `next_one` takes states, first phases, then others that settle, and gives: in how
    many frames something happens, integers from which to go on, and numbers; `adds` makes of these what is added to each of the states named in `into`, -0
    where nothing. `again` takes those integers, and states that settle, and gives the same of what happens next, counted from the frame behind that; without
    it they are the phases in that frame. Of a module in which more than one thing happens they are a function for each; where two happen in one frame, each
    gives the same numbers.
    """

    next_one: FunctionType | tuple[FunctionType, ...]
    adds: FunctionType
    into: tuple[str, ...]
    again: FunctionType | tuple[FunctionType, ...] = ()

    @property
    def asked(self) -> tuple[tuple[FunctionType, FunctionType], ...]:
        """What happens: for each thing, who says when it comes, and when it comes again."""
        first, again = (each if isinstance(each, tuple) else (each,) for each in (self.next_one, self.again))
        return tuple(zip(first, again or first, strict=True))

    @property
    def numbers(self) -> int:
        """How many numbers it gives of what happens."""
        return self.adds.__code__.co_argcount


def arguments_of(function: FunctionType) -> tuple[str, ...]:
    """The names of what a function takes."""
    return function.__code__.co_varnames[:function.__code__.co_argcount]


@dataclass(frozen=True)
class Abreast:
    """That some frames of a module can be played side by side while its knobs stand still (`dsp.abreast`). `trails` names the numbers it keeps that follow
    from others in the frame before, never from themselves. `follows` names those that do, each with the function that gives what it is in the next frame,
    of numbers that the module keeps, by their names; that is done frame by frame. Other numbers are believed to stand still, and integers to go on
    evenly. Where that is not so it only takes longer. Nothing but states that settle may follow from what is done seldom.
    """

    trails: tuple[str, ...] = ()
    follows: dict[str, FunctionType] = field(default_factory=dict)


@dataclass(frozen=True)
class Promise:
    """Something a module says of itself that can be measured; `measure` is the name of one in `workshop.measures`."""

    measure: str
    settings: dict = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Declaration:
    """All that is known of a module type. `lanes` fixes the width of a module (2 for a stereo one), 0 takes that of its cables;
    `across` says that its lanes hear each other, so that voices are added up before it; `voices` that notes play it: each lane is a voice.

    `version` counts the changes that old patches hear. Of a module that a user wrote, `digest` is the sha256 of its file and `objects`
    names the object file of its kernel for each number of lanes; its formula stays where it was compiled.
    """

    id: str
    kind: str
    doc: str
    formula: FunctionType | None
    inlets: tuple[Inlet, ...]
    params: tuple[Param, ...]
    given: tuple[Given, ...]
    states: tuple[State, ...]
    outlets: tuple[str, ...]
    bypass: str | None
    lanes: int
    promises: tuple[Promise, ...]
    version: int = 1
    digest: str = ""
    objects: dict[int, str] = field(default_factory=dict)
    across: bool = False
    voices: bool = False
    tables: tuple[Table, ...] = ()
    times: tuple[Time, ...] = ()
    countdown: str = ""
    foresees: Foresight | None = None
    abreast: Abreast | None = None
    stirs: FunctionType | None = None
    inside: int = 0
    roused: FunctionType | None = None

    def within(self, lanes: int) -> int:
        """How many lanes it computes where its ports have so many."""
        return self.inside or lanes

    @property
    def values(self) -> tuple[State, ...]:
        """The states that are one value a lane."""
        return tuple(s for s in self.states if s.kind != "line")

    def goes_on(self, asked: FunctionType) -> tuple[str, ...]:
        """What one of `foresees` takes first: what does not settle."""
        settles = {s.name for s in self.values if s.settles}
        return tuple(takewhile(lambda name: name not in settles, arguments_of(asked)))

    @property
    def lines(self) -> tuple[State, ...]:
        """The states that are delay lines."""
        return tuple(s for s in self.states if s.kind == "line")

    @property
    def inputs(self) -> tuple:
        """All signals that go in, in the order of the formula's arguments: inlets, parameters, musical time."""
        return self.inlets + self.params + self.times

    @property
    def ports(self) -> tuple:
        """What a cable can be plugged into."""
        return self.inlets + self.params

    def param(self, name: str) -> Param | None:
        return next((p for p in self.params if p.name == ALIASES.get(name, name) or p.name == name), None)

    def table(self, name: str) -> Table | None:
        return next((t for t in self.tables if t.name == name), None)


HEARD_AT = "heard:"                       # before the name of an outlet, in `Given.what`
TIMES = {"tick": 0.0, "part": 0.0, "beat_seconds": 0.5}
TABLE_KINDS = ("sample", "wave", "response")
MORE_THAN_NEIGHBOURS = {"total", "sides", "past_sides", "spread_over_sides", "smeared", "smeared_by_four"}         # words for lanes that hear each other
ALIASES = {"frequency": "freq", "q": "resonance", "amp": "gain"}


def inlet(default: float = 0.0) -> Inlet:
    return Inlet(default=default)


def hertz(default: float, low: float, high: float) -> Param:
    return Param(unit="Hz", default=default, low=low, high=high, curve="exponential")


def milliseconds(default: float, low: float, high: float) -> Param:
    return Param(unit="ms", default=default, low=low, high=high, curve="exponential")


def ratio(default: float, low: float = 0.0, high: float = 1.0, glide_ms: float = 5.0) -> Param:
    return Param(default=default, low=low, high=high, glide_ms=glide_ms)


def decibels(default: float, low: float, high: float) -> Param:
    return Param(unit="dB", default=default, low=low, high=high, glide_ms=20.0)    # straight in dB, so that 6 dB begin by 0.07 % a frame


def gate() -> Param:
    """Opened and closed at one exact frame: 0 is closed, up to 1 is open with that velocity."""
    return Param(unit="gate", glide_ms=0.0)


def beats(default: float, low: float, high: float) -> Param:
    """A length of so many beats, quarter notes, which is chosen at once: on the way from one to another the music would be anywhere."""
    return Param(unit="beats", default=default, low=low, high=high, glide_ms=0.0)


def at_once(default: float, low: float, high: float) -> Param:
    """A choice by number, or a place that counts when something begins: a new setting is there at once, for all that lies between was asked for by nobody."""
    return Param(unit="choice", default=default, low=low, high=high, glide_ms=0.0)


def tick() -> Time:
    return Time("tick")


def part() -> Time:
    return Time("part")


def beat_seconds() -> Time:
    return Time("beat_seconds")


def table(default: str, kind: str = "sample") -> Table:
    """A table of one of `TABLE_KINDS`. `default` is the name of a built-in one."""
    return Table(kind=kind, default=default)


def state(settles: bool = False) -> State:
    """A number. One that `settles` follows from the parameters and others that do, so it stands still soon after they do, and a voice need not ask for it. In a
    module with a `countdown` it is one that changes by nothing but what is done seldom.
    """
    return State(settles=settles)


def phase(settles: bool = False, apart: bool = False) -> State:
    """An integer, which wraps: an angle. Where voices begin `apart`, each has its own first angle: all at 0, eight of unison were 18 dB."""
    return State(kind="int", settles=settles, apart=apart)


def line(seconds: float, steady: bool = False, reach: int = 0) -> State:
    """A delay line, at most `limits.LINE_SECONDS` long. `past(line, frames)` reads it; the next state of it is what is written this frame. One that is `steady`
    is read so, or with `past_four`, once a frame, and in a module with a `countdown`: while that is above 0, and no parameter moves, it is asked for the same
    moment. In a network (`dsp.networks`) all lines are, and are read with `past`, `past_by_four`, `past_sides`, `smeared` or `smeared_by_four`, each once.
    One with a `reach` is never asked for what was more frames ago, and by numbers that stand in the formula, with `past` and `past_all`.
    """
    return State(kind="line", seconds=seconds, steady=steady, reach=reach)


def frame_seconds() -> Given:
    return Given("frame_seconds")


def side() -> Given:
    return Given("side")


def heard(outlet: str) -> Given:
    """1 where what an outlet puts out is to be heard, 0 where the solo of others leaves it out: `patch.solos` says when. Takes a parameter `solo`."""
    return Given(HEARD_AT + outlet)


def seed() -> Given:
    return Given("seed")


def lane_number() -> Given:
    return Given("lane_number")


def promise(measure: str, **settings) -> Promise:
    return Promise(measure, settings)


def module(kind: str, outlets: tuple[str, ...] = ("out",), bypass: str | None = None, lanes: int = 0, promises: tuple = (),
           version: int = 1, across: bool = False, voices: bool = False, countdown: str = "", foresees: Foresight | None = None,
           abreast: Abreast | None = None, stirs: FunctionType | None = None, inside: int = 0,
           roused: FunctionType | None = None):
    """Declares the decorated formula as a module. `bypass` names the inlet that is heard while the module is out of order.

    `version` goes up with every change that makes an old patch sound different. `countdown` names a phase that is one less in each frame: above 0
    no mask that the formula gives to `lanes.seldom` holds unless a knob moves. Where it is not below 0 behind a frame, nothing that was done seldom in it may be
    heard but by states that settle; a module without such states may do what it likes (`dsp.countdown`). With `foresees` a kernel that knows what happens adds it to the states
    before the frame in which it does, and lets the formula believe that those masks never hold. `stirs` takes inputs and states by their names and gives a mask: if
    it holds in no lane, no mask given to `seldom` holds, now or later, until one of those inputs moves. A stereo module whose lanes hear each other may compute sixteen
    `inside`: left and right come in in turn, and what its first two lanes put out is heard. What keeps nothing, and whose lanes do not hear each other, is played
    `abreast` without a word. `roused` takes states by their names and gives a mask: if it holds in no lane of what they are behind four frames in which nothing
    seldom was done, no mask given to `seldom` held in these. It is for a module all of whose lines have a `reach`.
    """
    def declare(formula: FunctionType) -> Declaration:
        arguments = dict(zip(arguments_of(formula), formula.__defaults__ or (), strict=True))
        groups = {kind_: tuple(a if isinstance(a, Given) else type(a)(**{**vars(a), "name": n})
                               for n, a in arguments.items() if isinstance(a, kind_)) for kind_ in (Inlet, Param, Time, Table, Given, State)}
        declaration = Declaration(formula.__name__, kind, (formula.__globals__.get("__doc__") or "").strip(), formula, groups[Inlet],
                                  groups[Param], groups[Given], groups[State], outlets, bypass, lanes, tuple(promises), version, across=across, voices=voices,
                                  tables=groups[Table], times=groups[Time], countdown=countdown, foresees=foresees, stirs=stirs, inside=inside, roused=roused,
                                  abreast=abreast if abreast or groups[State] or across else Abreast())
        check(declaration, list(arguments.values()))
        return declaration
    return declare


def check(declaration: Declaration, arguments: list) -> None:
    """Raises TypeError with what to mend where a declaration contradicts itself."""
    order = [(Inlet, Param, Time, Table, Given, State).index(type(a)) for a in arguments]
    if order != sorted(order):
        raise TypeError(f"{declaration.id}: inlets come first, then parameters, musical time, tables, what is given, and state")
    if not declaration.doc:
        raise TypeError(f"{declaration.id}: the file needs a first sentence that says what it is to a musician")
    if len(declaration.inputs) > limits.PORTS or len(declaration.states) > limits.STATES or len(declaration.outlets) > limits.PORTS:
        raise TypeError(f"{declaration.id}: at most {limits.PORTS} inputs and outlets and {limits.STATES} states")
    for param in declaration.params:
        if not param.low <= param.default <= param.high:
            raise TypeError(f"{declaration.id}: the default of '{param.name}' ({param.default}) is outside {param.low} to {param.high}")
    for found in declaration.lines:
        if not 0.0 < found.seconds <= limits.LINE_SECONDS:
            raise TypeError(f"{declaration.id}: the line '{found.name}' is {found.seconds:g} s long; up to {limits.LINE_SECONDS:g} s there is room for")
        if found.steady and not declaration.countdown:
            raise TypeError(f"{declaration.id}: the line '{found.name}' is steady while a countdown says so; name one")
    for found in declaration.given:
        if found.what.startswith(HEARD_AT) and (found.what.removeprefix(HEARD_AT) not in declaration.outlets or declaration.param("solo") is None):
            raise TypeError(f"{declaration.id}: '{found.what}' takes an outlet of that name, and a parameter 'solo'")
    for found in declaration.tables:
        if found.kind not in TABLE_KINDS or not found.default:
            raise TypeError(f"{declaration.id}: the table '{found.name}' is of a kind, one of {', '.join(TABLE_KINDS)}, and has a built-in default")
    if declaration.countdown and declaration.countdown not in {s.name for s in declaration.values if s.kind == "int"}:
        raise TypeError(f"{declaration.id}: countdown names '{declaration.countdown}', which is no phase of it")
    if declaration.foresees:
        known, phases = {s.name: s for s in declaration.values}, {s.name for s in declaration.values if s.kind == "int"}
        for first, again in declaration.foresees.asked:
            others = [name for asked in (first, again) for name in arguments_of(asked)[len(declaration.goes_on(asked)):]]
            settle = all(name in known and known[name].settles for name in others)
            if not set(declaration.goes_on(first)) <= phases or not settle or not set(declaration.foresees.into) <= set(known):
                raise TypeError(f"{declaration.id}: what foresees takes phases and then states that settle, and adds to states")
    if declaration.stirs and not set(arguments_of(declaration.stirs)) <= {each.name for each in (*declaration.inputs, *declaration.values)}:
        raise TypeError(f"{declaration.id}: stirs takes inputs and numbers that it keeps, by their names")
    if declaration.roused and not (declaration.lines and all(line.reach for line in declaration.lines)):
        raise TypeError(f"{declaration.id}: roused is for a module whose lines all have a reach")
    if declaration.roused and not set(arguments_of(declaration.roused)) <= {value.name for value in declaration.values}:
        raise TypeError(f"{declaration.id}: roused takes numbers that it keeps, by their names")
    if sum(map(bool, (declaration.countdown, declaration.foresees, declaration.stirs, declaration.roused))) > 1:
        raise TypeError(f"{declaration.id}: a countdown, foresees, stirs or roused says when nothing seldom is done; name one")
    if declaration.abreast:
        named = {*declaration.abreast.trails, *declaration.abreast.follows}.union(*map(arguments_of, declaration.abreast.follows.values()))
        if not named <= {s.name for s in declaration.values if s.kind == "float"}:
            raise TypeError(f"{declaration.id}: abreast names what is no number that it keeps")
        if declaration.across and (declaration.lanes != 2 or not MORE_THAN_NEIGHBOURS.isdisjoint(declaration.formula.__code__.co_names)):
            raise TypeError(f"{declaration.id}: frames cannot lie side by side where lanes hear each other, but for two that are neighbours")
    if declaration.inside and (declaration.inside != limits.WIDEST or declaration.lanes != 2 or not declaration.across):
        raise TypeError(f"{declaration.id}: inside are {limits.WIDEST} lanes, of a module with lanes=2, across=True")
    if declaration.bypass is not None and declaration.bypass not in {i.name for i in declaration.inlets}:
        raise TypeError(f"{declaration.id}: bypass names '{declaration.bypass}', which is no inlet of it")
