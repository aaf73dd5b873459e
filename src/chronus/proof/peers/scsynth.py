"""SuperCollider's server, rendering a score without a clock (NRT). The synths are written in its own binary format, so sclang is not needed.

As its users do it: what moves a cutoff runs at control rate, the amplitude envelope at audio rate. W2 is 1,000 units, or one fixed bank (Klang).
"""
import struct
from pathlib import Path

from chronus.doors.osc.codec import encode
from chronus.proof.peers import works
from chronus.proof.peers.install import program
from chronus.proof.peers.peer import SOUND, Peer
from chronus.proof.peers.works import BLOCK, CHANNELS, RATE, voices

SCALAR, CONTROL, AUDIO = range(3)
ADD, MULTIPLY = 0, 2                     # of BinaryOpUGen
ADSR = (0.0, 3, 2, -99, 1.0, works.ATTACK, 5, -4.0, works.SUSTAIN, works.DECAY, 5, -4.0, 0.0, works.RELEASE, 5, -4.0)     # Env.adsr
GROUP, FIRST = 100, 1_000                # node ids
MESSAGES = 40                            # in one bundle: scsynth reads bundles of up to 8192 bytes


class Synth:
    """A synth definition, format SCgf 2; what `unit` returns may be given to another, a number is a constant."""

    def __init__(self, name: str, **controls: float):
        self.name, self.controls, self.constants, self.units, self.rates = name, controls, {}, [], []
        self.control = {key: (0, i) for i, key in enumerate(controls)}
        if controls:
            self.unit("Control", CONTROL, outputs=len(controls))

    def unit(self, kind: str, rate: int, *inputs, outputs: int = 1, special: int = 0):
        """Adds a unit generator; its outlet, or the list of them."""
        number = len(self.units)
        wires = b"".join(struct.pack(">ii", *(value if isinstance(value, tuple) else (-1, self.constant(value)))) for value in inputs)
        self.units.append(text(kind) + struct.pack(">biih", rate, len(inputs), outputs, special) + wires + bytes([rate]) * outputs)
        found = [(number, i) for i in range(outputs)]
        return found[0] if outputs == 1 else found

    def constant(self, value: float) -> int:
        return self.constants.setdefault(float(value), len(self.constants))

    def both(self, operation: int, a, b, rate: int = AUDIO):
        return self.unit("BinaryOpUGen", rate, a, b, special=operation)

    def content(self) -> bytes:
        """The file."""
        names = b"".join(text(name) + struct.pack(">i", i) for i, name in enumerate(self.controls))
        return (b"SCgf" + struct.pack(">ih", 2, 1) + text(self.name) + floats(self.constants) + floats(self.controls.values())
                + struct.pack(">i", len(self.controls)) + names + struct.pack(">i", len(self.units)) + b"".join(self.units) + struct.pack(">h", 0))


def text(name: str) -> bytes:
    return bytes([len(name)]) + name.encode()


def floats(values) -> bytes:
    return struct.pack(f">i{len(values)}f", len(values), *values)


def subtractive() -> Synth:
    synth = Synth("work", freq=440.0, second=440.0, pan=0.0, level=0.0, gate=0.0)
    at = synth.control
    opening = synth.unit("EnvGen", CONTROL, at["gate"], 1.0, 0.0, 1.0, 0, *ADSR)
    cutoff = synth.unit("MulAdd", CONTROL, opening, works.OPENING, works.CUTOFF)
    saws = synth.both(ADD, synth.unit("Saw", AUDIO, at["freq"]), synth.unit("Saw", AUDIO, at["second"]))
    filtered = synth.unit("RLPF", AUDIO, saws, cutoff, 1.0 / works.Q)
    shaped = synth.both(MULTIPLY, filtered, synth.unit("EnvGen", AUDIO, at["gate"], 1.0, 0.0, 1.0, 0, *ADSR))
    synth.unit("Out", AUDIO, 0, *synth.unit("Pan2", AUDIO, shaped, at["pan"], at["level"], outputs=2), outputs=0)
    return synth


def operators() -> Synth:
    synth = Synth("work", freq=440.0, second=880.0, level=0.0, gate=0.0)
    at, bent = synth.control, 0.0
    for _ in range(3):
        bent = synth.both(MULTIPLY, synth.unit("SinOsc", AUDIO, at["second"], bent), works.DEPTH)
    envelope = synth.unit("EnvGen", AUDIO, at["gate"], at["level"], 0.0, 1.0, 0, *ADSR)
    synth.unit("Out", AUDIO, 0, synth.both(MULTIPLY, synth.unit("SinOsc", AUDIO, at["freq"], bent), envelope), outputs=0)
    return synth


def sines(way: str) -> Synth:
    synth, total = Synth("work"), None
    if way == "Klang":
        total = synth.unit("Klang", AUDIO, 1.0, 0.0, *(number for voice in voices("W2") for number in (voice.freq, voice.level, 0.0)))
    else:
        for voice in voices("W2"):
            sine = synth.unit("SinOsc", AUDIO, voice.freq, 0.0)
            total = synth.unit("MulAdd", AUDIO, sine, voice.level, total) if total else synth.both(MULTIPLY, sine, voice.level)
    synth.unit("Out", AUDIO, 0, total, outputs=0)
    return synth


def filters() -> Synth:
    synth = Synth("work")
    noise, total = synth.unit("WhiteNoise", AUDIO), None
    for voice in voices("W5"):
        filtered = synth.unit("RLPF", AUDIO, noise, voice.freq, 1.0 / works.Q)
        total = synth.both(ADD, total, filtered) if total else filtered
    synth.unit("Out", AUDIO, 0, synth.both(MULTIPLY, total, voices("W5")[0].level), outputs=0)
    return synth


def chain() -> Synth:
    synth = Synth("work", freq=440.0, level=0.0)
    saw = synth.both(MULTIPLY, synth.unit("Saw", AUDIO, synth.control["freq"]), synth.control["level"])
    echoes = []
    for hertz in works.CHORUS_HZ:
        moved = synth.unit("MulAdd", CONTROL, synth.unit("SinOsc", CONTROL, hertz, 0.0), 1e-3 * works.SWING_MS, 1e-3 * works.CHORUS_MS)
        chorus = synth.both(ADD, saw, synth.unit("DelayL", AUDIO, saw, 0.05, moved))
        fading = 3e-3 * works.ECHO_MS / 0.398    # seconds for 60 dB at a feedback of 0.4: 8 dB an echo
        echoes.append(synth.both(ADD, chorus, synth.unit("CombL", AUDIO, chorus, 0.5, 1e-3 * works.ECHO_MS, fading)))
    synth.unit("Out", AUDIO, 0, *synth.unit("FreeVerb2", AUDIO, *echoes, works.REVERB, 0.84, 0.2, outputs=2), outputs=0)
    return synth


SYNTHS = {"W1": subtractive, "W1b": subtractive, "W4": operators, "W5": filters, "W3": chain, "W3x16": chain}


def score(work: str, seconds: float, folder: Path) -> bytes:
    """The commands, in bundles with their times: all synths at once, then gates that open and close them together."""
    begin = [encode("/d_load", (str(folder / "work.scsyndef"),)), encode("/g_new", (GROUP, 0, 0))]
    for i, voice in enumerate(voices(work) if work not in ("W2", "W5") else [None]):
        settings = {} if voice is None else {"freq": voice.freq, "level": voice.level}
        if work in ("W1", "W1b"):
            settings |= {"second": voice.freq * works.DETUNE, "pan": voice.pan}
        if work == "W4":
            settings["second"] = voice.freq * works.RATIO
        begin.append(encode("/s_new", ("work", FIRST + i, 1, GROUP, *(word for name, value in settings.items() for word in (name, single(value))))))
    found = [bundle(0.0, begin[i:i + MESSAGES]) for i in range(0, len(begin), MESSAGES)]
    if work in ("W1", "W1b", "W4"):
        for second in range(int(seconds + 0.999)):
            found += [bundle(second + after, [encode("/n_set", (GROUP, "gate", value))]) for after, value in ((0.0, 1.0), (works.HELD, 0.0))]
    return b"".join([*found, bundle(seconds, [encode("/n_free", (GROUP,))])])


def single(value: float) -> float:
    """The float32 next to it: `encode` writes others as doubles, which make scsynth wait for ever."""
    return struct.unpack("f", struct.pack("f", value))[0]


def bundle(time: float, messages: list[bytes]) -> bytes:
    content = b"#bundle\0" + struct.pack(">Q", round(time * 2**32)) + b"".join(struct.pack(">i", len(each)) + each for each in messages)
    return struct.pack(">i", len(content)) + content


def find(place: Path) -> str:
    return program("scsynth", "-v")


def prepare(place: Path, work: str, way: str, seconds: float, folder: Path) -> list[str]:
    synth = sines(way) if work == "W2" else SYNTHS[work]()
    (folder / "work.scsyndef").write_bytes(synth.content())
    (folder / "score.osc").write_bytes(score(work, seconds, folder))
    return ["scsynth", "-N", "score.osc", "_", SOUND, str(RATE), "WAV", "float", "-o", str(CHANNELS[work]), "-i", "0", "-z", str(BLOCK),
            "-m", "262144", "-w", "1024", "-n", "4096", "-D", "0"]


PEER = Peer("scsynth", {**{work: ("",) for work in SYNTHS}, "W2": ("", "Klang")}, find, prepare)
