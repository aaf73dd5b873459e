"""Random settings, commands, faults and commits, with faster kernels, with some of them and without: the same bits, heard and kept."""

import random

import pytest

from chronus.limits import SIDE_BYTES
from chronus.native.words import WORD
from chronus.patch.compiler import compile_patch, source_of
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.replica import arena
from chronus.replica.offline import Offline
from chronus.shared import program as at
from chronus.shared.log import BYPASS, COMMIT, EXPRESS, EXPRESSIONS, NOTE, PANIC, RETRY, SET, Entry, expression
from chronus.shared.program import key_of
from chronus.shared.score import FULL_VELOCITY, SERIAL_SHIFT
from chronus.workshop.faster import build_faster, missing

RATE, FRAMES = 48_000, 4_096
BEYOND = (1e30, -1e30, float("inf"), float("nan"), 1e-42)
TYPES = {"wobble": "lfo", "keys": "notes", "beat": "tempo", "tone": "saw", "body": "comb", "waves": "wavetable", "low": "filter", "side": "pan",
         "shape": "ar", "desk": "strip"}
# An instrument that a line divides in two, stereo in the second half; `wobble`, in mono, is heard by both, and voices by themselves, by each other
# and by the strip come back a block later; `low` is heard inside and outside.
CABLES = [Cable("keys", "freq", "tone", "freq"), Cable("wobble", "sine", "tone", "freq", 3.0), Cable("low", "band", "tone", "freq", 200.0),
          Cable("tone", "out", "body", "audio"), Cable("keys", "freq", "body", "freq", 0.5), Cable("keys", "freq", "waves", "freq"),
          Cable("beat", "phase", "waves", "position", 0.5), Cable("body", "out", "low", "audio"), Cable("waves", "out", "low", "audio", 0.7),
          Cable("low", "low", "side", "audio"), Cable("wobble", "triangle", "side", "position"), Cable("keys", "gate", "shape", "gate"),
          Cable("side", "out", "shape", "audio"), Cable("shape", "out", "desk", "audio", 0.1), Cable("desk", "out", "low", "cutoff", 300.0),
          Cable("side", "out", "low", "resonance", 0.3), Cable("low", "high", OUT, "", 0.02), Cable("shape", "out", OUT, "", 0.05),
          Cable("desk", "out", OUT, "")]
LEVEL = Cable("shape", "out", "keys", "level")


def band(rng: random.Random, cables: list[Cable]) -> Patch:
    modules = []
    for id_, type_ in TYPES.items():
        found = Module(id_, type_)
        turned = [p for p in found.declaration.params if p.unit != "gate" and rng.random() < 0.3]
        values = {p.name: rng.choice([p.low, p.high, p.low + (p.high - p.low) * rng.random() ** 3]) for p in turned}
        modules.append(Module(id_, type_, values | ({"voices": rng.choice([9.0, 17.0, 33.0, 64.0])} if type_ == "notes" else {})))
    return Patch(modules, cables)


def entries(rng: random.Random, block: int) -> list[Entry]:
    """Notes, what moves them, knobs within and beyond their range, verdicts, retries, a panic, and two commits."""
    found = [Entry(COMMIT, 0, 2.0, i * FRAMES // 3 // block * block, extra=i) for i in (1, 2)] + [Entry(PANIC, 0, 0.0, rng.randrange(FRAMES))]
    for serial in range(1, 25):
        frame, note = rng.randrange(FRAMES), float(rng.randint(30, 90))
        found += [Entry(NOTE, key_of("keys"), note, frame, extra=(serial << SERIAL_SHIFT) + rng.randint(1, FULL_VELOCITY)),
                  Entry(EXPRESS, key_of("keys"), note, frame + 100, extra=expression(rng.choice(EXPRESSIONS), rng.uniform(-2.0, 2.0))),
                  Entry(NOTE, key_of("keys"), note, frame + 700, extra=serial << SERIAL_SHIFT)]
    for _ in range(12):
        id_, frame = rng.choice(list(TYPES)), rng.randrange(FRAMES)
        params = [p for p in Module(id_, TYPES[id_]).declaration.params if p.name != "voices"]
        if params:
            value = rng.choice([rng.uniform(p.low, p.high), rng.choice(BEYOND)]) if (p := rng.choice(params)).unit != "gate" else 1.0
            found.append(Entry(SET, key_of(id_, p.name), value, frame))
        found.append(Entry(RETRY, key_of(rng.choice(list(TYPES))), 0.0, rng.randrange(FRAMES)))
    found += [Entry(BYPASS, key_of(rng.choice(list(TYPES))), float(rng.choice([at.LOOP_REASON, at.NUMBER_REASON])),
                    rng.randrange(FRAMES) // block * block)
              for _ in range(2)]
    return sorted(found, key=lambda entry: entry.frame)


def played(programs, found, block: int) -> tuple[bytes, ...]:
    """What is heard, what the machine keeps, and the state of each patch that plays at the end."""
    machine = Offline(programs, found, RATE, block)
    sound, kept = machine.run(FRAMES // block), machine.machine.arena
    areas = kept[:at.ARENA_HEADER].view("int64")[[at.A_AREA_0 // WORD, at.A_AREA_1 // WORD]].tolist()
    sizes = [int(machine.memory.program(area)[at.P_STATE_BYTES // WORD]) if area >= 0 else 0 for area in areas]
    return sound.tobytes(), kept[:at.OUT].tobytes(), *(kept[at.SIDES + i * SIDE_BYTES:][:size].tobytes() for i, size in enumerate(sizes))


@pytest.mark.parametrize("block", (64, 128, 512))
def test_nobody_can_tell(block, monkeypatch):
    audible = 0
    for seed in range(3):
        rng = random.Random(f"{block} {seed}")
        programs = [compile_patch(band(rng, cables), RATE, block).words for cables in (CABLES, [*CABLES, LEVEL], CABLES)]
        assert not build_faster({row for words in programs for row in missing(source_of(words)) if len(row) == 1})
        found, load_faster, heard = entries(rng, block), arena.load_faster, []
        for which in (lambda name: 0, load_faster, lambda name: load_faster(name) if int(name[-3], 16) % 2 else 0):
            with monkeypatch.context() as patched:
                patched.setattr(arena, "load_faster", which)
                heard.append(played(programs, found, block))
        assert heard[1] == heard[0] and heard[2] == heard[0], f"seed {seed}"
        audible += any(heard[0][0])
    assert audible > 1
