"""SignalFlow, its graph rendered to a buffer. It has no reverb, so no W3; its saws are not band-limited; it renders to
buffers in blocks of 256 frames, and in no others."""

from pathlib import Path

from chronus.proof.peers import works
from chronus.proof.peers.install import python, wheel_version
from chronus.proof.peers.peer import ARRAY, Peer
from chronus.proof.peers.works import CHANNELS, RATE, voices

BLOCK = 256

HEAD = f"""
import numpy
from signalflow import *
config = AudioGraphConfig()
config.sample_rate, config.output_buffer_size = {RATE}, {BLOCK}
graph = AudioGraph(config=config, output_device=AudioOut_Dummy(CHANNELS, {BLOCK}), start=False)
graph.sample_rate = {RATE}
VOICES = LIST
gate = SquareLFO(1.0, 0.0, 1.0, {works.HELD})
def envelope():
    return ADSREnvelope({works.ATTACK}, {works.DECAY}, {works.SUSTAIN}, {works.RELEASE}, gate)
"""
SUBTRACTIVE = f"""
for freq, level, pan in VOICES:
    saws = SawOscillator(freq) + SawOscillator(freq * {works.DETUNE})
    filtered = SVFilter(saws, "low_pass", envelope() * {works.OPENING} + {works.CUTOFF}, 0.5)
    graph.play(StereoPanner(filtered * envelope() * level, pan))
"""
SINES = "graph.play(Sum([SineOscillator(freq) * level for freq, level, pan in VOICES]))\n"
OPERATORS = f"""
def turning(freq):
    return SawLFO(freq, 0.0, 6.283185307)
for freq, level, pan in VOICES:
    bent = Sin(turning(freq * {works.RATIO})) * {works.DEPTH}
    bent = Sin(turning(freq * {works.RATIO}) + bent) * {works.DEPTH}
    bent = Sin(turning(freq * {works.RATIO}) + bent) * {works.DEPTH}
    graph.play(Sin(turning(freq) + bent) * envelope() * level)
"""
FILTERS = """
noise = WhiteNoise()
graph.play(Sum([BiquadFilter(noise, "low_pass", freq, 0.75) * level for freq, level, pan in VOICES]))
"""
TAIL = f"""
rendered = Buffer(CHANNELS, int(SECONDS * {RATE}))
graph.render_to_buffer(rendered)
numpy.save("{ARRAY}", numpy.array(rendered.data, dtype=numpy.float32).T)
"""
GRAPHS = {"W1": SUBTRACTIVE, "W1b": SUBTRACTIVE, "W2": SINES, "W4": OPERATORS, "W5": FILTERS}


def script(work: str, seconds: float) -> str:
    """The Python program of a work."""
    rows = [(voice.freq, voice.level, round(voice.pan, 6)) for voice in voices(work)]
    whole = HEAD + GRAPHS[work] + TAIL
    return whole.replace("CHANNELS", str(CHANNELS[work])).replace("SECONDS", str(seconds)).replace("LIST", repr(rows))


def find(place: Path) -> str:
    return wheel_version(place, "signalflow")


def prepare(place: Path, work: str, way: str, seconds: float, folder: Path) -> list[str]:
    (folder / "work.py").write_text(script(work, seconds))
    return [str(python(place)), "work.py"]


PEER = Peer("SignalFlow", {work: ("",) for work in GRAPHS}, find, prepare)
