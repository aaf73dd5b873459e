"""What a key, a wheel or a knob means: MIDI messages become the commands that anybody could send. It knows who holds what, and lets go of it.

A command is its address and arguments, `("/note/keys", 60, 0.79)`. Sustain is done here: a note-off waits for the pedal. With MPE ("MIDI
Polyphonic Expression 1.1") the manager of a zone is all of an instrument, and each of its other channels is one finger.
"""
from chronus import limits
from chronus.doors.midi.mapping import BEND_SEMITONES, EVERY, MPE_SEMITONES, Mapping
from chronus.doors.midi.mpe import LOWER, MEMBERS, UPPER, Zones
from chronus.doors.midi.parser import BEND_CENTRE, Message

DATA, SUSTAIN, TIMBRE, NRPN_LOW, NRPN_HIGH, RPN_LOW, RPN_HIGH = 6, 64, 74, 98, 99, 100, 101
ALL_SOUND_OFF, RESET_CONTROLLERS, ALL_NOTES_OFF = 120, 121, 123
NOT_FOR_KNOBS = {DATA, 38, SUSTAIN, *range(96, 102), *range(ALL_SOUND_OFF, 128)}
BEND_RANGE, MPE_ZONE = (0, 0), (0, 6)    # registered parameters
SECOND = 2                               # an upper zone without an instrument of its own plays what this channel does
WIDEST_BEND = 48.0                       # semitones, what the `bend` of notes takes


class Player:
    """All cables. `instruments` are the ids of the modules that play notes, in the order of the patch, `others` those that
    notes can be sent to besides, if somebody says so; `learning` is the ID/PARAM that the next knob is bound to, or "". A port is whatever names a cable.
    """

    def __init__(self):
        self.mapping, self.instruments, self.others, self.learning = Mapping(), [], [], ""
        self._held: dict[tuple, list[str]] = {}          # (port, channel, key) -> the instruments that sound
        self._holders: dict[tuple, int] = {}             # (instrument, key) -> how many hold it
        self._sustained: dict[tuple, None] = {}           # keys that only a pedal holds
        self._pedals: set[tuple] = set()                 # (port, channel)
        self._registered: dict[tuple, tuple] = {}        # (port, channel) -> the parameter that data entry sets
        self._bend_ranges: dict[tuple, float] = {}       # what a keyboard has said of itself
        self._zones: dict[object, Zones] = {}            # the same of its MPE zones
        self._moved: dict[tuple, dict[str, float]] = {}  # (port, channel) -> bend, pressure, timbre, where they stand
        self._turned: dict[tuple, tuple] = {}            # (port, channel, which of these) -> the instruments that it has moved away from 0

    def take(self, port, message: Message) -> list[tuple]:
        """The commands that a message stands for; none for most kinds."""
        obey = getattr(self, "_" + message.kind, None)
        return obey(port, message.channel, message.first, message.second) if obey else []

    def release(self, port, stays: bool = False) -> list[tuple]:
        """Lets go of all that came from a port, because its cable is out; one that `stays` is what it said it is."""
        commands = [command for key in list(self._held) if key[0] == port for command in self._let_go(key)]
        for place in [place for place in self._moved if place[0] == port]:
            commands += self._centre(*place)
        self._pedals = {place for place in self._pedals if place[0] != port}
        for known in (self._registered, self._moved, *[self._bend_ranges] * (not stays)):
            for place in [place for place in known if place[0] == port]:
                del known[place]
        if not stays:
            self._zones.pop(port, None)
        return commands

    def _zones_of(self, port) -> Zones:
        return self._zones.get(port, self.mapping.fingers)

    def _manager(self, port, channel: int) -> int:
        """The manager of a channel that is a finger; 0 for one that is none."""
        return self._zones_of(port).manager(channel)

    def _playing(self, port, channel: int) -> list:
        manager, zones = self._manager(port, channel) or channel, self._zones_of(port)
        found = self.mapping.playing(manager, self.instruments, self.others)
        return found or (self.mapping.playing(SECOND, self.instruments, self.others) if manager == UPPER and zones.upper else found)

    def _note_on(self, port, channel: int, key: int, velocity: int) -> list[tuple]:
        place = port, channel, key
        ids = [zone.id for zone in self._playing(port, channel) if zone.low <= key <= zone.high]
        if not ids or place not in self._held and len(self._held) >= limits.MIDI_HELD:
            return []
        commands = [command for id_ in self._held.get(place, ()) if id_ not in ids for command in self._end(id_, key)]
        for id_ in ids:
            if id_ not in self._held.get(place, ()):
                self._holders[id_, key] = self._holders.get((id_, key), 0) + 1
            commands.append((f"/note/{id_}", key, velocity / 127))
            if self._manager(port, channel):
                commands += [(f"/{what}/{id_}", key, value) for what, value in self._moved.get((port, channel), {}).items() if value]
        self._held[place] = ids
        self._sustained.pop(place, None)
        return commands

    def _note_off(self, port, channel: int, key: int, _velocity: int) -> list[tuple]:
        place = port, channel, key
        if place in self._held and self._pedal_is_down(port, channel):
            self._sustained[place] = None
            return []
        return self._let_go(place)

    def _let_go(self, place: tuple) -> list[tuple]:
        self._sustained.pop(place, None)
        return [command for id_ in self._held.pop(place, ()) for command in self._end(id_, place[2])]

    def _end(self, id_: str, key: int) -> list[tuple]:
        """One holder less; the last one's end is the note's."""
        left = self._holders.pop((id_, key), 1) - 1
        if left:
            self._holders[id_, key] = left
            return []
        return [(f"/note/{id_}", key, 0)]

    def _pedal_is_down(self, port, channel: int) -> bool:
        return (port, channel) in self._pedals or (port, self._manager(port, channel)) in self._pedals

    def _key_pressure(self, port, channel: int, key: int, pressure: int) -> list[tuple]:
        return [(f"/pressure/{id_}", key, pressure / 127) for id_ in self._held.get((port, channel, key), ())]

    def _pressure(self, port, channel: int, pressure: int, _) -> list[tuple]:
        return self._move(port, channel, "pressure", pressure / 127)

    def _bend(self, port, channel: int, bend: int, _) -> list[tuple]:
        bends = self.mapping.bends
        usual = MPE_SEMITONES if self._manager(port, channel) else bends.get(channel, bends.get(EVERY, BEND_SEMITONES))
        semitones = self._bend_ranges.get((port, channel), usual)
        return self._move(port, channel, "bend", bend / (BEND_CENTRE if bend < 0 else BEND_CENTRE - 1) * semitones)

    def _move(self, port, channel: int, what: str, value: float) -> list[tuple]:
        """A wheel or a finger: of a finger's channel it is about its notes, else about the instrument."""
        self._moved.setdefault((port, channel), {})[what] = value
        if self._manager(port, channel):
            return [(f"/{what}/{id_}", place[2], value) for place, ids in self._held.items() if place[:2] == (port, channel) for id_ in ids]
        ids, place = tuple(dict.fromkeys(zone.id for zone in self._playing(port, channel))), (port, channel, what)
        left = [id_ for id_ in self._turned.pop(place, ()) if id_ not in ids]           # the channel plays others by now
        if value:
            self._turned[place] = ids
        return [(f"/mod/{id_}/{what}", 0.0) for id_ in left] + [(f"/mod/{id_}/{what}", value) for id_ in ids]

    def _centre(self, port, channel: int) -> list[tuple]:
        """What was bent or pressed is no more."""
        moved = [what for what, value in self._moved.get((port, channel), {}).items() if value]
        return [command for what in moved for command in self._move(port, channel, what, 0.0)]

    def _program(self, _port, _channel: int, number: int, _) -> list[tuple]:
        name = self.mapping.programs.get(number + 1)
        return [("/patch/load", name)] if name else []

    def _reset(self, port, *_) -> list[tuple]:
        return self.release(port)

    def _control(self, port, channel: int, controller: int, value: int) -> list[tuple]:
        if controller == SUSTAIN:
            return self._sustain(port, channel, value >= 64)
        if controller in (ALL_SOUND_OFF, *range(ALL_NOTES_OFF, 128)):        # the modes above 123 end all notes, too
            return self._end_all(port, channel)
        if controller == RESET_CONTROLLERS:
            return self._sustain(port, channel, False) + self._centre(port, channel)
        if controller in (RPN_LOW, RPN_HIGH, NRPN_LOW, NRPN_HIGH, DATA):
            return self._register(port, channel, controller, value)
        if controller in NOT_FOR_KNOBS:
            return []
        if self.learning:
            target, self.learning = self.learning, ""
            return [("/midi/map", channel, controller, target)]
        knobs = [knob for knob in self.mapping.knobs if knob.controller == controller and knob.channel in (EVERY, channel)]
        commands = [(f"/mod/{knob.target}", knob.value(value)) for knob in knobs]
        if controller == TIMBRE and not knobs and (self._manager(port, channel) or self._zones_of(port).members(channel)):
            commands = self._move(port, channel, "timbre", value / 127)
        return commands

    def _sustain(self, port, channel: int, down: bool) -> list[tuple]:
        if down:
            self._pedals.add((port, channel))
            return []
        self._pedals.discard((port, channel))
        return [command for place in list(self._sustained) if place[0] == port and not self._pedal_is_down(port, place[1])
                for command in self._let_go(place)]

    def _end_all(self, port, channel: int) -> list[tuple]:
        channels = {channel, *self._zones_of(port).members(channel)}
        return [command for place in list(self._held) if place[0] == port and place[1] in channels for command in self._let_go(place)]

    def _register(self, port, channel: int, controller: int, value: int) -> list[tuple]:
        """Registered parameters: how far the wheel bends, of a finger that of all, and how many fingers an MPE zone has."""
        high, low = self._registered.get((port, channel), (127, 127))
        if controller != DATA:
            chosen = {RPN_HIGH: (value, low), RPN_LOW: (high, value)}.get(controller, (127, 127))
            self._registered[port, channel] = chosen
        elif (high, low) == BEND_RANGE:
            places = [(port, c) for c in self._zones_of(port).members(self._manager(port, channel)) or (channel,)]
            self._bend_ranges.update({place: min(float(value), WIDEST_BEND) for place in places})
        elif (high, low) == MPE_ZONE and channel in (LOWER, UPPER) and value <= MEMBERS:
            return self._declare(port, channel, value)
        return []

    def _declare(self, port, manager: int, members: int) -> list[tuple]:
        """A zone is declared: all is let go, and its wheels bend as usual; what the other zone still has of its own bends as it said."""
        zones = self._zones_of(port).declare(manager, members)
        other = LOWER + UPPER - manager
        kept = {(port, c): self._bend_ranges[port, c] for c in (other, *zones.members(other)) if zones.members(other) and (port, c) in self._bend_ranges}
        commands = self.release(port)
        self._zones[port] = zones
        self._bend_ranges.update(kept)
        return commands
