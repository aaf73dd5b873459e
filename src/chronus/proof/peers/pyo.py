"""pyo, its server offline, writing a file. One object makes the streams of all voices, as its users write it."""

from pathlib import Path

from chronus.proof.peers import works
from chronus.proof.peers.install import python, wheel_version
from chronus.proof.peers.peer import SOUND, Peer
from chronus.proof.peers.works import BLOCK, CHANNELS, RATE, voices

SHAPE = [(0, 0), (works.ATTACK, 1), (works.ATTACK + works.DECAY, works.SUSTAIN), (works.HELD, works.SUSTAIN), (works.HELD + works.RELEASE, 0)]
HEAD = f"""
from pyo import *
server = Server(sr={RATE}, nchnls=CHANNELS, buffersize={BLOCK}, duplex=0, audio="offline").boot()
server.recordOptions(dur=SECONDS, filename="{SOUND}", fileformat=0, sampletype=3)
FREQS, LEVELS, PANS = VOICES
"""
SAWS = """
tables = {n: HarmTable([2 / 3.141592654 / k for k in range(1, n + 1)], size=4096) for n in {int(20000 / (f * DETUNE)) for f in FREQS}}
mine = [tables[int(20000 / (f * DETUNE))] for f in FREQS]
""".replace("DETUNE", str(works.DETUNE))
STRIKES = f"strikes = Metro([1.0] * len(FREQS)).play()\nshape = {SHAPE}\n"
SUBTRACTIVE = SAWS + STRIKES + f"""
opening = TrigLinseg(strikes, shape, mul={works.OPENING}, add={works.CUTOFF})
shaping = TrigLinseg(strikes, shape, mul=LEVELS)
low, high = Osc(mine, FREQS), Osc(mine, [f * {works.DETUNE} for f in FREQS])
filtered = Biquad(low + high, opening, q={works.Q}, mul=shaping)
heard = Pan(filtered, 2, PANS, spread=0).out()
"""
SINES = "heard = Sine(FREQS, mul=LEVELS).out(0, 0)\n"
OPERATORS = STRIKES + f"""
shaping = TrigLinseg(strikes, shape, mul=LEVELS)
bent = 0
for i in range(3):
    bent = Sine([f * {works.RATIO} for f in FREQS], bent, mul={works.DEPTH} / 6.283185307)
heard = Sine(FREQS, bent, mul=shaping).out(0, 0)
"""
FILTERS = f"noise = Noise()\nheard = Biquad(noise, FREQS, q={works.Q}, mul=LEVELS).out(0, 0)\n"
CHAINS = SAWS + f"""
chains = []
for i in range(len(FREQS)):
    saw = Osc(mine[i], FREQS[i], mul=LEVELS[i])
    swing = Sine({list(works.CHORUS_HZ)}, mul={1e-3 * works.SWING_MS}, add={1e-3 * works.CHORUS_MS})
    chorus = Delay(saw, swing, maxdelay=0.05, add=saw)
    echo = Delay(chorus, {1e-3 * works.ECHO_MS}, {works.FEEDBACK}, add=chorus)
    chains.append((saw, swing, chorus, echo, Freeverb(echo, 0.84, 0.2, {works.REVERB}).out()))
"""
GRAPHS = {"W1": SUBTRACTIVE, "W1b": SUBTRACTIVE, "W2": SINES, "W4": OPERATORS, "W5": FILTERS, "W3": CHAINS, "W3x16": CHAINS}


def script(work: str, seconds: float) -> str:
    """The Python program of a work."""
    found = voices(work)
    columns = [voice.freq for voice in found], [voice.level for voice in found], [round(0.5 + 0.5 * voice.pan, 6) for voice in found]
    head = HEAD.replace("CHANNELS", str(CHANNELS[work])).replace("SECONDS", str(seconds)).replace("VOICES", repr(columns))
    return head + GRAPHS[work] + "server.start()\n"


def find(place: Path) -> str:
    return wheel_version(place, "pyo")


def prepare(place: Path, work: str, way: str, seconds: float, folder: Path) -> list[str]:
    (folder / "work.py").write_text(script(work, seconds))
    return [str(python(place)), "work.py"]


PEER = Peer("pyo", {work: ("",) for work in GRAPHS}, find, prepare)
