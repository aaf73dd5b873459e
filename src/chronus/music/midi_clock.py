"""MIDI clock, 24 to a quarter: a follower that finds tempo and beat behind clocks that come early and late, and a sender that makes them.

Pure: times are seconds on any clock, given by the caller; nothing here waits or asks for the time.
"""
from collections import deque
from collections.abc import Callable

CLOCKS_PER_BEAT, CLOCKS_PER_SIXTEENTH = 24, 6
CLOCK, START, CONTINUE, STOP, SONG_POSITION = 0xF8, 0xFA, 0xFB, 0xFC, 0xF2
WINDOW = 384                             # clocks in the line of best fit, 4 bars: 3 ms of jitter there leave 0.02 BPM and 0.2 ms
FEWEST = 12                              # clocks before a tempo is told
RECENT = 12                              # clocks that show whether the tempo is another one
UNLIKELY = 5.0                           # their mean error, in standard errors of a mean, from which on it is
LEAST_JITTER = 0.0005                    # seconds; a cable has a clock each 1 ms at best, and USB is read each 1 ms
PAUSE_SECONDS = 0.5                      # without a clock (5 BPM): what comes after is counted anew
LOWEST_BPM, HIGHEST_BPM = 5.0, 1000.0


class ClockFollower:
    """Follows the clock of one cable by a line of best fit through its last clocks: their number against their time.

    Where the last few stray from the line further than their scatter explains, the tempo is another one, and the line begins with them.
    """

    def __init__(self):
        self.running, self.knows_beat, self._next, self._stopped = False, False, 0, 0
        self._times, self._errors = deque(maxlen=WINDOW), deque(maxlen=RECENT)
        self._line = None                # (seconds of a clock, seconds between clocks, number of that clock)

    def take(self, kind: str, value: int, seconds: float) -> None:
        """A message as the parser names it: clock, start, continue, stop, song_position in sixteenths; others mean nothing here."""
        if kind == "clock":
            self._clock(seconds)
        elif kind == "start":
            self.running = self.knows_beat = True
            self._count_from(0)
        elif kind == "stop" and self.running:
            self.running, self._stopped = False, self._next
        elif kind == "continue" and not self.running:            # the clocks since the stop have moved nothing
            self.running = True
            self._count_from(self._stopped)
        elif kind == "song_position":
            self.knows_beat, self._stopped = True, value * CLOCKS_PER_SIXTEENTH
            self._count_from(self._stopped)

    @property
    def next_beat(self) -> float:
        """The beat of the clock that comes next."""
        return self._next / CLOCKS_PER_BEAT

    @property
    def clocks(self) -> int:
        """How many clocks the tempo is known from."""
        return len(self._times)

    @property
    def tempo(self) -> float | None:
        """Quarters a minute; None while it is not known."""
        if self._line is None or not LOWEST_BPM <= (bpm := 60.0 / (CLOCKS_PER_BEAT * self._line[1])) <= HIGHEST_BPM:
            return None
        return bpm

    def beat_at(self, seconds: float) -> float | None:
        """The beat, in quarters since the song's beginning, at a moment; None while the tempo is not known."""
        if self.tempo is None:
            return None
        time, interval, number = self._line
        return (number + (seconds - time) / interval) / CLOCKS_PER_BEAT

    def _count_from(self, number: int) -> None:
        """The next clock has this number. Clocks that came are counted back from it, so the tempo stays known."""
        if self._line is not None:
            time, interval, known = self._line
            self._line = time, interval, known + number - self._next
        self._next = number

    def _clock(self, seconds: float) -> None:
        if self._times and not 0.0 <= seconds - self._times[-1] < PAUSE_SECONDS:
            self._forget()
        number, self._next = self._next, self._next + 1
        if self._line is not None:
            time, interval, known = self._line
            self._errors.append(seconds - (time + (number - known) * interval))
        self._times.append(seconds)
        if self._strays():
            recent = list(self._times)[-RECENT:]
            self._forget()
            self._times.extend(recent)
        if len(self._times) >= FEWEST:
            self._fit(number)

    def _forget(self) -> None:
        self._times.clear()
        self._errors.clear()
        self._line = None

    def _strays(self) -> bool:
        """Whether the last clocks came, as a whole, earlier or later than their scatter explains."""
        if len(self._errors) < RECENT or len(self._times) < 3 * RECENT:
            return False
        mean = sum(self._errors) / RECENT
        return abs(mean) > UNLIKELY * max(self._jitter(), LEAST_JITTER) / RECENT**0.5

    def _jitter(self) -> float:
        """Standard deviation of the clocks before the last few from an even beat: the second difference of even times is nothing."""
        times = list(self._times)[:-RECENT]
        bends = [a - 2 * b + c for a, b, c in zip(times, times[1:], times[2:])]
        return (sum(bend * bend for bend in bends) / (6 * len(bends))) ** 0.5

    def _fit(self, number: int) -> None:
        """The line of least squares through all times of the window; `number` is that of the last."""
        count, origin = len(self._times), self._times[0]
        middle = (count - 1) / 2
        mean = sum(time - origin for time in self._times) / count
        slope = sum((i - middle) * (time - origin) for i, time in enumerate(self._times)) * 12 / (count * (count * count - 1))
        if slope > 0:
            self._line = origin + mean + (count - 1 - middle) * slope, slope, number


class MidiClockOut:
    """Sends clocks from a function that gives the beat (quarters since the song's beginning) at a time; it never decreases.

    `due` is asked now and then, with a moment a little ahead, for the bytes to send until then and when.
    """

    def __init__(self, beat_at: Callable[[float], float], seconds: float):
        self.beat_at, self._until, self._running = beat_at, seconds, False
        self._next = int(-(-beat_at(seconds) * CLOCKS_PER_BEAT // 1))

    @property
    def running(self) -> bool:
        """Whether the others were told to run."""
        return self._running

    @property
    def next_beat(self) -> float:
        """The beat of the clock that is sent next."""
        return self._next / CLOCKS_PER_BEAT

    def start(self, beat: float = 0.0) -> bytes:
        """What tells the others that the song runs from a beat (to a sixteenth): start, or song position and continue. Sent before `due`."""
        self._running, sixteenth = True, max(0, round(beat * CLOCKS_PER_BEAT / CLOCKS_PER_SIXTEENTH))
        self._next = sixteenth * CLOCKS_PER_SIXTEENTH
        if sixteenth == 0:
            return bytes([START])
        return bytes([SONG_POSITION, sixteenth & 0x7F, sixteenth >> 7 & 0x7F, CONTINUE])

    def stop(self) -> bytes:
        """What tells the others that the song stands still; clocks go on, so that they keep the tempo."""
        self._running = False
        return bytes([STOP])

    def due(self, until: float) -> list[tuple[float, bytes]]:
        """(seconds, bytes) of each clock from where the last call ended to `until`."""
        found, last = [], self.beat_at(until) * CLOCKS_PER_BEAT
        while self._next <= last:
            self._until = self._moment(self._next / CLOCKS_PER_BEAT, self._until, until)
            found.append((self._until, bytes([CLOCK])))
            self._next += 1
        self._until = until
        return found

    def _moment(self, beat: float, low: float, high: float) -> float:
        """When a beat is reached, by bisection, to a microsecond."""
        while high - low > 1e-6:
            middle = (low + high) / 2
            low, high = (low, middle) if self.beat_at(middle) >= beat else (middle, high)
        return high
