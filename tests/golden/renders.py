"""Two small pieces of music and the sha256 of their samples. Run as a program it writes `golden.json` anew."""

import json
from pathlib import Path

from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch, default
from chronus.replica.offline import digest, render
from chronus.shared.log import PANIC, SET, Entry

RATE, BLOCK = 48_000, 64
STORED = Path(__file__).with_name("golden.json")
REGENERATE = ("if this change of sound was meant, run `PYTHONPATH=src python tests/golden/renders.py`, listen, "
              "and say in the changelog what sounds different")


def default_patch():
    """The default patch, turned and played for a second."""
    commands = [(0, "sine", "freq", 440.0), (100, "adsr", "gate", 1.0), (4_801, "filter", "cutoff", 600.0), (9_603, "filter", "resonance", 0.9),
                (12_000, "sine", "freq", 110.0), (16_007, "adsr", "gate", 0.0), (20_000, "adsr", "attack", 50.0),
                (24_000, "adsr", "gate", 0.5), (30_011, "sine", "gain", 1.0)]
    return default(), commands, 40_000, RATE


def eight_voices():
    """Eight voices with vibrato, each at its place, into one feedback delay of a block."""
    found, cables = [Module("mix", "mix"), Module("echo", "gain", {"gain": 0.5}), Module("lfo", "sine", {"freq": 5.0, "gain": 1.0})], []
    for i in range(8):
        found += [Module(f"o{i}", "sine", {"freq": 110.0 * (i + 2)}), Module(f"e{i}", "adsr", {"release": 40.0 * (i + 1)}),
                  Module(f"f{i}", "filter", {"cutoff": 500.0 * (i + 1), "resonance": 0.1 * i}), Module(f"p{i}", "pan", {"position": i / 3.5 - 1})]
        cables += [Cable("lfo", "out", f"o{i}", "freq", 2.0 + i), Cable(f"o{i}", "out", f"e{i}", "audio"), Cable(f"e{i}", "out", f"f{i}", "audio"),
                   Cable(f"e{i}", "out", f"f{i}", "cutoff", 1_500.0), Cable(f"f{i}", ("low", "band", "high")[i % 3], f"p{i}", "audio"),
                   Cable(f"p{i}", "out", "mix", "abcd"[i % 4], 0.2)]
    cables += [Cable("mix", "out", "echo", "audio"), Cable("echo", "out", "mix", "a"), Cable("mix", "out", OUT, "", 0.5)]
    commands = [(500 * i + 7 * i, f"e{i}", "gate", 1.0 - i / 10) for i in range(8)]
    return Patch(found, cables), [*commands, (15_001, "echo", "gain", 0.8)], 20_000, 30_000


PIECES = (default_patch, eight_voices)


def rendered(piece) -> str:
    """The sha256 of a piece."""
    patch, commands, panic, frames = piece()
    program = compile_patch(patch, RATE, BLOCK)
    entries = [Entry(SET, program.knobs[id_, name], value, frame) for frame, id_, name, value in commands]
    return digest(render([program.words], [*entries, Entry(PANIC, 0, 0.0, panic)], RATE, BLOCK, 0, frames))[0]


if __name__ == "__main__":
    STORED.write_text(json.dumps({piece.__name__: rendered(piece) for piece in PIECES}, indent=2) + "\n")
