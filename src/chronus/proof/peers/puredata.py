"""Pure Data in batch mode, writing into a table that becomes a file at the end. Cutoffs and envelopes run at audio rate, as always in Pd.

Its saws are tables of as many harmonics as fit under 20 kHz, its filters vcf~, and biquad~ where a cutoff stands still.
"""
import math
from pathlib import Path

from chronus.proof.peers import works
from chronus.proof.peers.install import REVERBS, program
from chronus.proof.peers.peer import SOUND, Peer
from chronus.proof.peers.works import CHANNELS, RATE, voices

TABLE = 4_096                            # of a saw, and 3 points for the interpolation
SHAPE = (f"1 {1e3 * works.ATTACK:g} \\, {works.SUSTAIN} {1e3 * works.DECAY:g} {1e3 * works.ATTACK:g} "
         f"\\, 0 {1e3 * works.RELEASE:g} {1e3 * works.HELD:g}")           # for vline~: level, milliseconds, from when on


class Canvas:
    """A patch as text; objects are known by their numbers."""

    def __init__(self):
        self.objects, self.cables = [], []

    def obj(self, words: str, *sources, kind: str = "obj") -> int:
        """Adds an object; a source, an object or (object, outlet), is plugged into its first inlet, a list of them into it, the next into the second."""
        self.objects.append(f"#X {kind} 10 10 {words};")
        for inlet, source in enumerate(sources):
            for each in source if isinstance(source, list) else [source]:
                number, outlet = each if isinstance(each, tuple) else (each, 0)
                self.cables.append(f"#X connect {number} {outlet} {len(self.objects) - 1} {inlet};")
        return len(self.objects) - 1

    def msg(self, words: str, *sources) -> int:
        return self.obj(words, *sources, kind="msg")

    def text(self) -> str:
        return "\n".join(["#N canvas 0 0 400 400 12;", *self.objects, *self.cables, ""])


def harmonics(freq: float) -> int:
    return int(20_000 / (freq * works.DETUNE))


def subtractive() -> str:
    """voice: Hz, Hz of the second saw, table, left, right."""
    c = Canvas()
    strike = c.msg(SHAPE, c.obj("r strike"))
    begin = c.obj("loadbang")
    saws = [c.obj("tabosc4~ \\$3", c.obj(f"f \\${number}", begin)) for number in (1, 2)]
    cutoff = c.obj(f"+~ {works.CUTOFF:g}", c.obj(f"*~ {works.OPENING:g}", c.obj("vline~", strike)))
    shaped = c.obj("*~", (c.obj(f"vcf~ {works.Q:g}", saws, cutoff), 1), c.obj("vline~", strike))
    for number, side in ((4, "left"), (5, "right")):
        c.obj(f"throw~ {side}", c.obj(f"*~ \\${number}", shaped))
    return c.text()


def operators() -> str:
    """voice: Hz, Hz of the modulators, (none), level."""
    c = Canvas()
    shape, bent = c.obj("vline~", c.msg(SHAPE, c.obj("r strike"))), None
    for _ in range(3):
        turns = c.obj("phasor~ \\$2")
        bent = c.obj(f"*~ {works.DEPTH / math.tau:.9g}", c.obj("cos~", c.obj("+~", turns, bent) if bent is not None else turns))
    sine = c.obj("cos~", c.obj("+~", c.obj("phasor~ \\$1"), bent))
    c.obj("throw~ left", c.obj("*~ \\$4", c.obj("*~", sine, shape)))
    return c.text()


def chain() -> str:
    """voice: Hz, (none), table, level."""
    c = Canvas()
    saw = c.obj("*~ \\$4", c.obj("tabosc4~ \\$3", c.obj("f \\$1", c.obj("loadbang"))))
    c.obj("delwrite~ \\$0-chorus 100", saw)
    sides = []
    for side, hertz in zip(("left", "right"), works.CHORUS_HZ):
        moved = c.obj(f"+~ {works.CHORUS_MS:g}", c.obj(f"*~ {works.SWING_MS:g}", c.obj(f"osc~ {hertz:g}")))
        chorus = c.obj("vd~ \\$0-chorus", moved)
        echo = c.obj(f"delread~ \\$0-{side} {works.ECHO_MS:g}")
        both = c.obj("+~", [saw, chorus], c.obj(f"*~ {works.FEEDBACK:g}", echo))
        c.obj(f"delwrite~ \\$0-{side} 1000", both)
        sides.append(both)
    wet = c.obj("rev3~ 100 85 3000 20", *sides)
    for number, (side, dry) in enumerate(zip(("left", "right"), sides)):
        c.obj(f"throw~ {side}", [c.obj(f"*~ {1.0 - works.REVERB:g}", dry), c.obj(f"*~ {works.REVERB:g}", (wet, number))])
    return c.text()


VOICES = {"W1": subtractive, "W1b": subtractive, "W4": operators, "W3": chain, "W3x16": chain}


def low_pass(cutoff: float) -> str:
    """The five numbers of a biquad~: its feedback first."""
    w = math.tau * cutoff / RATE
    alpha, b = math.sin(w) / (2.0 * works.Q), 0.5 * (1.0 - math.cos(w))
    return " ".join(f"{value / (1.0 + alpha):.9g}" for value in (2.0 * math.cos(w), alpha - 1.0, b, 2.0 * b, b))


def main(work: str, seconds: float) -> str:
    """The patch that plays: voices, and what writes them down."""
    c, sides = Canvas(), ("left", "right")[:CHANNELS[work]]
    for side in sides:
        c.obj(f"table {side} {round(seconds * RATE)}")
    if work in VOICES:
        for count in sorted({harmonics(voice.freq) for voice in voices(work)}) if work != "W4" else ():
            c.obj(f"table saw{count} {TABLE + 3}")
            partials = " ".join(f"{2.0 / math.pi / n:.6g}" for n in range(1, count + 1))
            c.msg(f"\\; saw{count} sinesum {TABLE} {partials}", c.obj("loadbang"))
        for voice in voices(work):
            gains = [voice.level] if len(sides) == 1 or work.startswith("W3") else [
                voice.level * math.sqrt(0.5 + 0.5 * side * voice.pan) for side in (-1, 1)]
            second = voice.freq * (works.RATIO if work == "W4" else works.DETUNE)
            c.obj(f"voice {voice.freq:g} {second:.9g} saw{harmonics(voice.freq)} " + " ".join(f"{gain:.9g}" for gain in gains))
        ends = [c.obj(f"catch~ {side}") for side in sides]
    elif work == "W2":
        ends = [[c.obj(f"*~ {voice.level:.9g}", c.obj(f"osc~ {voice.freq:g}")) for voice in voices(work)]]
    else:
        noise = c.obj("noise~")
        ends = [c.obj(f"*~ {voices(work)[0].level:.9g}", [c.obj(f"biquad~ {low_pass(voice.freq)}", noise) for voice in voices(work)])]
    for side, end in zip(sides, ends):
        c.obj(f"tabwrite~ {side}", end if isinstance(end, list) else [end])
    writers = range(len(c.objects) - len(sides), len(c.objects))
    begin = c.obj("t b b b b", c.obj("loadbang"))
    c.msg("\\; pd dsp 1", (begin, 3))
    c.cables += [f"#X connect {begin} 2 {writer} 0;" for writer in writers]
    c.obj("s strike", c.obj("metro 1000", c.msg("1", (begin, 1))))
    end = c.obj("t b b", c.obj(f"delay {1e3 * seconds:g}", (begin, 0)))
    c.obj("soundfiler", c.msg(f"write -wave -bytes 4 -rate {RATE} {SOUND} {' '.join(sides)}", (end, 1)))
    c.msg("\\; pd quit", end)
    return c.text()


def find(place: Path) -> str:
    version = program("pd", "-version")
    if not any(path.exists() for path in REVERBS[1:]):
        return version + f" (no rev3~: {REVERBS[0]} is not installed)"
    return version


def prepare(place: Path, work: str, way: str, seconds: float, folder: Path) -> list[str]:
    (folder / "work.pd").write_text(main(work, seconds))
    if work in VOICES:
        (folder / "voice.pd").write_text(VOICES[work]())
    return ["pd", "-noprefs", "-nogui", "-batch", "-r", str(RATE), "-open", "work.pd"]


PEER = Peer("Pure Data", {work: ("",) for work in ("W1", "W1b", "W2", "W4", "W5", "W3", "W3x16")}, find, prepare)
