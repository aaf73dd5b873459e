"""What goes on through a commit: what comes round a loop, both sides of voices that become stereo, and a setting for a module that is coming."""

import numpy as np
import pytest

from chronus.patch import compiler
from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.proof.swaps import PROMISED_DBFS, dbfs, side
from chronus.replica.offline import Offline
from chronus.shared import program as pr
from chronus.shared.log import COMMIT, NOTE, PANIC, SET, Entry
from chronus.shared.program import key_of
from chronus.shared.score import FULL_VELOCITY, SERIAL_SHIFT

RATE = 48_000


def played(before: Patch, after: Patch | None, entries: list[Entry], blocks: int, block: int = 64) -> np.ndarray:
    programs = [compile_patch(patch, RATE, block).words for patch in (before, after) if patch is not None]
    return Offline(programs, entries, RATE, block).run(blocks).astype(np.float64)


@pytest.mark.parametrize("block", (64, 1024))
def test_what_comes_round_a_loop_is_not_cut(block):
    """A tone that goes round, a little softer each time; something else that is silent is added."""
    modules = [Module("tone", "sine", {"freq": 750.0, "gain": 0.02}), Module("round", "gain", {"gain": 0.9}), Module("back", "gain", {"gain": 1.0})]
    cables = [Cable("tone", "out", "round", "audio"), Cable("round", "out", "back", "audio"), Cable("back", "out", "round", "audio"), Cable("round", "out", OUT, "")]
    patch = Patch(modules, cables)
    assert compile_patch(patch, RATE, block).loops
    more = Patch([*modules, Module("silent", "sine", {"gain": 0.0})], [*cables, Cable("silent", "out", OUT, "")])
    blocks = 24_576 // block
    alone, commits = played(patch, None, [], blocks, block), [Entry(COMMIT, 0, 0.0, 12_288, extra=1)]
    assert np.abs(alone[12_288:]).max() > 0.1 and np.abs(played(patch, more, commits, blocks, block) - alone).max() < 1e-6


def instrument(*more: Module, cables=()) -> Patch:
    return Patch([Module("keys", "notes", {"voices": 8.0}), Module("tone", "sine", {"gain": 0.2}), *more, Module("env", "adsr", {"attack": 800.0, "sustain": 1.0})],
                 [Cable("keys", "freq", "tone", "freq"), Cable("keys", "gate", "env", "gate"), *cables, Cable("env", "out", OUT, "")])


def test_voices_that_become_stereo_go_on_on_both_sides():
    mono = instrument(cables=[Cable("tone", "out", "env", "audio")])
    stereo = instrument(Module("place", "pan"), cables=[Cable("tone", "out", "place", "audio"), Cable("place", "out", "env", "audio")])
    notes = [Entry(NOTE, key_of("keys"), 60.0, 0, extra=(1 << SERIAL_SHIFT) + FULL_VELOCITY)]
    sound = played(mono, stereo, [*notes, Entry(COMMIT, 0, 0.0, 24_000, extra=1)], 600)[30_000:]
    assert np.abs(sound[:2_000]).max() > 0.1 and np.abs(sound[:, 0] - sound[:, 1]).max() < 1e-6


def test_a_setting_made_while_a_module_of_another_type_is_coming_is_kept():
    """The name and the knob are there already, but what plays under it now goes away."""
    def patch(type_: str) -> Patch:
        return Patch([Module("tone", type_, {"freq": 200.0, "gain": 0.0}), Module("echo", "delay", {"mix": 0.0})],
                     [Cable("tone", "out", "echo", "audio"), Cable("echo", "out", OUT, "")])
    entries = [Entry(COMMIT, 0, 0.0, 6_400, extra=1), Entry(SET, key_of("tone", "gain"), 0.3, 6_400 + 70)]
    assert np.abs(played(patch("sine"), patch("triangle"), entries, 300)[-3_200:]).max() > 0.2


LINES = [Module("echo", "delay", {"mix": 0.0}), Module("wide", "plate", {"mix": 0.0})]      # they come in more than the least of blocks
THROUGH = [Cable("echo", "out", "wide", "audio"), Cable("wide", "out", OUT, "")]


def comes(*modules: Module, cables=()) -> Patch:
    return Patch([*LINES, *modules], [*THROUGH, *cables])


def coming(*more: Module) -> Patch:
    """What a commit brings that takes some blocks to come: a tone that is silent but for its knob, keys that are played, and a gate."""
    keys = instrument(cables=[Cable("tone", "out", "env", "audio")])
    return comes(*keys.modules.values(), Module("still", "sine", {"gain": 0.0}), Module("shape", "adsr", {"attack": 0.0}), *more,
                 cables=[*keys.cables, Cable("still", "out", OUT, ""), Cable("still", "out", "shape", "audio"), Cable("shape", "out", OUT, "")])


COMES = Entry(COMMIT, 0, 0.0, 6_400, extra=1)


def test_a_panic_while_a_commit_is_coming_forgets_no_knob_that_was_turned():
    """But the gate that was opened is closed, and the note is not played."""
    asked = [Entry(SET, key_of("still", "gain"), 0.25, 6_440), Entry(SET, key_of("shape", "gate"), 1.0, 6_440),
             Entry(NOTE, key_of("keys"), 60.0, 6_440, extra=(1 << SERIAL_SHIFT) + FULL_VELOCITY)]
    before = comes()
    calm = played(before, coming(), [COMES, asked[0]], 300)
    assert abs(np.abs(calm[-1_000:]).max() - 0.25) < 0.02
    assert np.abs(played(before, coming(), [COMES, *asked], 300)[-1_000:]).max() > 0.4
    panicked = played(before, coming(), [COMES, *asked, Entry(PANIC, 0, 0.0, 6_450)], 300)
    assert np.abs(panicked[-1_000:] - calm[-1_000:]).max() < 1e-3


@pytest.mark.parametrize("lines", (True, False))
def test_a_second_commit_while_one_is_coming_neither_lets_a_note_hang_nor_a_knob_go_back(lines):
    """What waits for the first counts at once when the second makes it come, so what is said then counts last."""
    serial = 1 << SERIAL_SHIFT
    entries = [COMES, Entry(NOTE, key_of("keys"), 60.0, 6_440, extra=serial + FULL_VELOCITY), Entry(SET, key_of("still", "gain"), 0.25, 6_440),
               Entry(COMMIT, 0, 0.0, 6_460, extra=2), Entry(NOTE, key_of("keys"), 60.0, 6_470, extra=serial), Entry(SET, key_of("still", "gain"), 0.0, 6_470)]
    last = coming(Module("more", "gain")) if lines else Patch([*coming().modules.values()][2:], [cable for cable in coming().cables if cable.source not in ("echo", "wide")])
    programs = [compile_patch(patch, RATE, 64).words for patch in (comes(), coming(), last)]
    sound = np.abs(Offline(programs, entries, RATE, 64).run(1_200))
    assert sound[6_500:30_000].max() > 1e-4 and sound[-2_000:].max() < 1e-4


def steps_of(machine: Offline, blocks: int) -> tuple[np.ndarray, np.ndarray]:
    """From one sample to the next: how far what is heard goes, and, of the patches on both sides by themselves, who goes furthest."""
    heard, alone, areas = [], [], [None, None]
    for _ in range(blocks):
        heard.append(machine.run(1))
        header, sides = machine.machine.arena[:pr.ARENA_HEADER].view(np.int64), []
        which, areas_before = int(header[pr.A_SIDE // 8]), areas
        areas = [int(header[pr.A_AREA_0 // 8 + each]) for each in range(2)]
        for each in range(2):
            found = side(machine, before=each != which).copy() if areas[each] >= 0 else np.zeros_like(heard[-1])
            goes_on = alone and areas[each] == areas_before[each]
            sides.append(np.vstack((alone[-1][each][-1:] if goes_on else found[:1], found)))
        alone.append(sides)
    own = np.concatenate([np.max([np.abs(np.diff(found.astype(np.float64), axis=0)) for found in sides], axis=0) for sides in alone])
    return np.abs(np.diff(np.concatenate(heard).astype(np.float64), axis=0)), own[1:]


@pytest.mark.parametrize("lines", ((False, False, False), (False, False, True), (True, True, False), (True, True, True)))
@pytest.mark.parametrize("block, last", ((100, "master"), (104, "master"), (110, "master"), (104, "mixdown")))
def test_a_commit_amid_the_one_before_makes_no_step(lines, block, last, monkeypatch):
    """Three low tones, the second for three blocks at most. There is next to no step beyond those that the patches on both sides make themselves, nor
    beyond those of the tones, though all begin behind a master that looks ahead. `lines`: whether they have delay lines, and so take some blocks to come.
    """
    monkeypatch.setattr(compiler, "MASTER", Module(pr.MASTER, last))
    def tone(freq: float, has_lines: bool) -> Patch:
        plain = Patch([Module(f"tone{freq:.0f}", "sine", {"freq": freq, "gain": 0.6})], [Cable(f"tone{freq:.0f}", "out", OUT, "")])
        return Patch([*plain.modules.values(), *LINES], [*plain.cables, *THROUGH[:1], Cable("wide", "out", OUT, "", 0.0)]) if has_lines else plain
    programs = [compile_patch(tone(freq, has), RATE, 64).words for freq, has in zip((40.0, 55.0, 47.0), lines)]
    entries = [Entry(COMMIT, 0, 40.0, block * 64, extra=1), Entry(COMMIT, 0, 40.0, (block + 3) * 64, extra=2)]
    machine = Offline(programs, entries, RATE, 64)
    heard, own = steps_of(machine, 150)
    assert machine.machine.arena[:pr.ARENA_HEADER].view(np.int64)[pr.A_COMMITS // 8] == 2
    assert dbfs((heard - own).max()) <= PROMISED_DBFS
    assert dbfs(heard.max() - 0.6 * 2 * np.pi * 55.0 / RATE) <= PROMISED_DBFS


def plucked(voices: int, *more: Module, cables=()) -> Patch:
    return Patch([Module("keys", "notes", {"voices": float(voices)}), Module("string", "pluck", {"decay": 9_000.0}), *more],
                 [Cable("keys", "freq", "string", "freq"), Cable("keys", "gate", "string", "gate"), *(cables or [Cable("string", "out", OUT, "")])])


NOTES = [Entry(NOTE, key_of("keys"), note, 0, extra=(i + 1 << SERIAL_SHIFT) + FULL_VELOCITY) for i, note in enumerate((60.0, 67.0))]


@pytest.mark.parametrize("before, after, block", [(4, 5, 64), (8, 9, 64), (8, 9, 512), (17, 8, 64), (4, 64, 64)])
def test_strings_ring_on_whatever_the_number_of_voices(before, after, block):
    """Those that are as many as before, at least, to the last bits of their sum; new voices are silent until they are struck."""
    commit = [Entry(COMMIT, 0, 0.0, 12_288, extra=1)]
    alone = played(plucked(before), None, NOTES, 49_152 // block, block)
    more = played(plucked(before), plucked(after), NOTES + commit, 49_152 // block, block)
    assert np.abs(alone[-2_000:]).max() > 0.02 and np.abs(more - alone).max() < 1e-6


def struck(voices: bool, *more: Module) -> Patch:
    """A comb that rings from a tick, of each voice or by itself, behind `more`."""
    row = [Module("tick", "adsr", {"attack": 0.0, "decay": 2.0, "sustain": 0.0}), *more, Module("ring", "comb", {"freq": 300.0, "decay": 20_000.0, "mix": 1.0})]
    cables = [*(Cable(a.id, "out", b.id, "audio") for a, b in zip(row, row[1:])), Cable("ring", "out", OUT, "")]
    return Patch([Module("keys", "notes", {"voices": 8.0}), *row], [*cables, Cable("keys", "gate", "tick", "gate"), Cable("keys", "freq", "ring", "freq")]) \
        if voices else Patch(row, cables)


@pytest.mark.parametrize("voices", (True, False))
def test_a_comb_rings_on_when_it_becomes_stereo(voices):
    """On both sides, whether it has voices or one lane; the way back, too."""
    begin, commit = NOTES if voices else [Entry(SET, key_of("tick", "gate"), 1.0, 64)], Entry(COMMIT, 0, 0.0, 12_288, extra=1)
    mono, stereo = struck(voices), struck(voices, Module("place", "pan"))
    for before, after in ((mono, stereo), (stereo, mono)):
        alone, sound = played(before, None, begin, 768), played(before, after, [*begin, commit], 768)
        assert np.abs(alone[-2_000:]).max() > 1e-3 and np.abs(sound - alone).max() < 1e-5
