"""What MIDI means here: which channel and which part of the keyboard plays which instrument, which knob turns what, which program is which patch.

Data only, and never changed: each change gives another one. Control keeps it in `midi.toml`, the door gets it from `/midi/map`.
"""
from dataclasses import MISSING, asdict, dataclass, field, fields, replace

from chronus import limits
from chronus.doors.midi.mpe import MEMBERS, UPPER, Zones

FORMAT, VERSION = "chronus-midi", 1
OFF, AUTO = "off", "auto"                # of clocks
EVERY = 0                                # as a channel: each that has nothing of its own
BEND_SEMITONES, MPE_SEMITONES = 2.0, 48.0                    # what a wheel bends when nobody says, and a finger with MPE
OCTAVES = 10                             # that a knob goes through where its lowest value is 0 and its scale is one of ratios


@dataclass(frozen=True)
class Zone:
    """The keys `low` to `high` of a channel (0: each that has no zones) play the instrument `id`."""

    channel: int
    low: int
    high: int
    id: str


@dataclass(frozen=True)
class Knob:
    """Controller `controller` of a channel (0: any) turns `target`, "ID/PARAM", from `low` to `high`; `curve` is "linear" or "exponential"."""

    channel: int
    controller: int
    target: str
    low: float
    high: float
    curve: str = "linear"

    def value(self, position: int) -> float:
        """What 0 to 127 stands for. Exponential: equal turns are equal ratios, as an ear has it."""
        if self.curve == "exponential" and self.high > 0.0 and position > 0:
            low = max(self.low, self.high / 2**OCTAVES)
            return low * (self.high / low) ** (position / 127)
        return self.low + (self.high - self.low) * position / 127


@dataclass(frozen=True)
class Out:
    """What `id` plays, an instrument, a sequencer, or a module with a gate, goes out on a channel of the ports whose names contain `port`; a gate as `key`."""

    id: str
    port: str
    channel: int = 1
    key: int = 60


@dataclass(frozen=True)
class Mapping:
    """All of it. `programs` are names of patches by program (1 to 128), `bends` semitones by channel, `mpe` and
    `mpe_upper` how many channels are fingers of the lower and the upper MPE zone, `clock_in` part of the name of the port whose clock is followed (AUTO: the first that sends one), `clock_out` of those that get ours; OFF for none."""

    zones: tuple[Zone, ...] = ()
    knobs: tuple[Knob, ...] = ()
    outs: tuple[Out, ...] = ()
    programs: dict[int, str] = field(default_factory=dict)
    bends: dict[int, float] = field(default_factory=dict)
    mpe: int = 0
    mpe_upper: int = 0
    clock_in: str = OFF
    clock_out: str = OFF

    @property
    def fingers(self) -> Zones:
        """The MPE zones of keyboards that say nothing of theirs."""
        return Zones(self.mpe, self.mpe_upper)

    def assign(self, channel: int, id_: str | None) -> "Mapping":
        """All keys of a channel play one instrument; without one, what they play when nobody says."""
        zones = tuple(zone for zone in self.zones if zone.channel != channel)
        return replace(self, zones=zones + (() if id_ is None else (Zone(channel, 0, 127, id_),)))

    def split(self, channel: int, low: int, high: int, id_: str) -> "Mapping":
        """The keys `low` to `high` play another instrument; the other keys what they played."""
        found = []
        for zone in self.zones:
            if zone.channel != channel:
                found.append(zone)
                continue
            parts = (zone.low, min(zone.high, low - 1)), (max(zone.low, high + 1), zone.high)
            found += [Zone(channel, first, last, zone.id) for first, last in parts if first <= last]
        return self._bounded(zones=(*found, Zone(channel, low, high, id_)))

    def bind(self, knob: Knob) -> "Mapping":
        """A controller turns a parameter, which no other controller turns then."""
        return self._bounded(knobs=(*self.unbind(knob.target).knobs, knob))

    def unbind(self, target: str) -> "Mapping":
        """No controller turns a parameter."""
        return replace(self, knobs=tuple(knob for knob in self.knobs if knob.target != target))

    def send(self, out: Out) -> "Mapping":
        """What an id plays goes out there, and where else it went; on one channel of a port."""
        return self._bounded(outs=(*(each for each in self.outs if (each.id, each.port) != (out.id, out.port)), out))

    def unsend(self, id_: str) -> "Mapping":
        """What an id plays goes out nowhere."""
        return replace(self, outs=tuple(out for out in self.outs if out.id != id_))

    def name_program(self, number: int, name: str | None) -> "Mapping":
        """A program is a saved patch, or, without a name, none."""
        kept = {key: value for key, value in self.programs.items() if key != number}
        return replace(self, programs=dict(sorted((kept | ({number: name} if name is not None else {})).items())))

    def set_bend(self, channel: int, semitones: float) -> "Mapping":
        """How far the wheel of a channel bends."""
        return replace(self, bends=dict(sorted((self.bends | {channel: semitones}).items())))

    def _bounded(self, **changes) -> "Mapping":
        found = replace(self, **changes)
        for what, count, bound in (("zones", len(found.zones), limits.MIDI_ZONES), ("controllers", len(found.knobs), limits.MIDI_KNOBS),
                                   ("outputs", len(found.outs), limits.MIDI_OUTS)):
            if count > bound:
                raise ValueError(f"{bound} {what} are mapped already; /midi/map shows them, /midi/assign, /midi/unlearn and /midi/out ID off make room")
        return found

    def playing(self, channel: int, instruments: list[str], others: list[str]) -> list[Zone]:
        """The zones of a channel, of instruments and others that there are. Without any: all instruments in order, one a channel; a single one
        on all.
        """
        zones = [zone for zone in self.zones if zone.id in instruments or zone.id in others]
        found = [z for z in zones if z.channel == channel] or [z for z in zones if z.channel == EVERY]
        if not found and len(instruments) == 1:
            return [Zone(channel, 0, 127, instruments[0])]
        return found or [Zone(channel, 0, 127, id_) for id_ in instruments[channel - 1:channel]]

    def as_dict(self) -> dict:
        """The mapping as data for JSON and TOML."""
        return {"zones": [asdict(zone) for zone in self.zones], "knobs": [asdict(knob) for knob in self.knobs], "outs": [asdict(out) for out in self.outs],
                "programs": {str(n): name for n, name in self.programs.items()}, "bends": {str(n): b for n, b in self.bends.items()}, "mpe": self.mpe, "mpe_upper": self.mpe_upper,
                "clock_in": self.clock_in, "clock_out": self.clock_out}

    @classmethod
    def from_dict(cls, data: dict) -> "Mapping":
        """Reads such data. Raises ValueError that says what is wrong and where."""
        unknown = set(data) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"'{sorted(unknown)[0]:.40}' is unknown; there are {', '.join(f.name for f in fields(cls))}")
        zones = [_row(Zone, "zones", i, row) for i, row in enumerate(_list(data, "zones"))]
        knobs = [_row(Knob, "knobs", i, row) for i, row in enumerate(_list(data, "knobs"))]
        outs = [_row(Out, "outs", i, row) for i, row in enumerate(_list(data, "outs"))]
        programs = {_number("programs", n, 1, 128): name for n, name in _table(data, "programs").items()}
        bends = {_number("bends", n, 0, 16): bend for n, bend in _table(data, "bends").items()}
        for zone in zones:
            _check("zones", 0 <= zone.low <= zone.high <= 127, "low to high are keys from 0 to 127")
            _check("zones", 0 <= zone.channel <= 16, "a channel is 1 to 16, 0 for all others")
        for knob in knobs:
            _check("knobs", 0 <= knob.channel <= 16 and 0 <= knob.controller <= 127, "a channel is 0 to 16, a controller 0 to 127")
            _check("knobs", knob.target.count("/") == 1, "a target is ID/PARAM, as in filter/cutoff")
            _check("knobs", knob.curve in ("linear", "exponential"), 'a curve is "linear" or "exponential"')
        for out in outs:
            _check("outs", 0 < len(out.port) <= limits.MIDI_NAME and out.port != OFF, "a port is part of its name")
            _check("outs", 1 <= out.channel <= 16 and 0 <= out.key <= 127, "a channel is 1 to 16, a key 0 to 127")
        _check("programs", all(isinstance(name, str) for name in programs.values()), 'a program is the name of a patch, as in 1 = "saw-pad"')
        _check("bends", all(type(b) in (int, float) and 0 <= b <= 48 for b in bends.values()), "a wheel bends 0 to 48 semitones")
        mpe = {name: data.get(name, 0) for name in ("mpe", "mpe_upper")}
        for name, members in mpe.items():
            _check(name, type(members) is int and 0 <= members <= MEMBERS, "0 for none, or 1 to 15 channels")
        fingers = Zones(*mpe.values())
        _check("mpe_upper", fingers.declare(UPPER, fingers.upper) == fingers, "both zones have 14 channels together, one alone 15")
        clocks = {name: data.get(name, OFF) for name in ("clock_in", "clock_out")}
        for name, port in clocks.items():
            _check(name, isinstance(port, str) and 0 < len(port) <= limits.MIDI_NAME, f'part of a port\'s name in quotes, or "{OFF}"')
        return cls(programs=programs, bends=bends, **mpe, **clocks)._bounded(zones=tuple(zones), knobs=tuple(knobs), outs=tuple(outs))


def _check(place: str, holds: bool, sentence: str) -> None:
    if not holds:
        raise ValueError(f"{place}: {sentence}")


def _list(data: dict, name: str) -> list:
    found = data.get(name, [])
    _check(name, isinstance(found, list) and all(isinstance(row, dict) for row in found), f"write each as [[{name}]]")
    return found


def _table(data: dict, name: str) -> dict:
    found = data.get(name, {})
    _check(name, isinstance(found, dict), f"write [{name}] and a line for each")
    return found


def _number(place: str, text: str, low: int, high: int) -> int:
    _check(place, text.isdecimal() and low <= int(text) <= high, f"'{text:.40}' is no number from {low} to {high}")
    return int(text)


def _row(kind, place: str, number: int, row: dict):
    """A Zone or a Knob from its row."""
    wanted = {f.name: f.type for f in fields(kind)}
    for name, value in row.items():
        _check(f"{place}, number {number + 1}", name in wanted, f"'{name:.40}' is unknown; there are {', '.join(wanted)}")
        types = (int, float) if wanted[name] is float else (wanted[name],)
        _check(f"{place}, number {number + 1}", type(value) in types, f"{name} takes {'a number' if float in types else wanted[name].__name__}")
    missing = [f.name for f in fields(kind) if f.name not in row and f.default is MISSING]
    _check(f"{place}, number {number + 1}", not missing, f"{', '.join(missing)} is missing")
    return kind(**row)
