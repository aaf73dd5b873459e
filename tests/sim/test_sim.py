"""The real protocol code, in one process, in virtual time, from a seed, with faults far above life."""

import hashlib
import re

import pytest

from chronus import limits
from chronus.device import callback
from chronus.native.words import load, load_acquire, store_release
from chronus.replica import loop, snapshot
from chronus.replica.sides import M_ARENA, M_BASE
from chronus.shared import layout as at
from chronus.shared import rings
from chronus.shared.program import A_BLOCK, OUT, SCHEDULE

from .faults import Injector
from .promises import CATCH_UP_NS, MS
from .world import World

HARMED_NS, FAULT_EVERY_NS = 600 * MS, 9 * MS
CANARY_SEEDS = 10


def run(seed: int, folder, harmed_ns: int = HARMED_NS, **options) -> World:
    """One life of a world: harmed for a while, then left alone. A broken promise names the command that shows it again."""
    world = World(seed, folder, **options)
    try:
        world.begin()
        injector = Injector(world, FAULT_EVERY_NS)
        world.play(harmed_ns)
        injector.active = False
        world.finish()
        world.faults = injector.count
    except BaseException as error:
        error.add_note(f"at {world.scheduler.now / MS:.4f} ms of seed {seed}, lead {world.lead}, first block {world.first_block}, after\n"
                       + "\n".join(world.scheduler.trace)
                       + f"\nplay it again: python -m pytest tests/sim -k seed --sim-seed {seed}")
        raise
    finally:
        world.close()
    return world


def test_every_promise_holds_for_the_seed(sim_seed, tmp_path):
    world = run(sim_seed, tmp_path)
    assert sum(world.faults.values()) > 30, "hardly anything was harmed"
    assert world.checked > 250, "hardly anything was played"
    assert any(any(block) for block in world.oracle.blocks), "nothing was heard"
    assert len(world.journal) > 100, "hardly anything was commanded"
    assert sim_seed is not None


def test_the_same_seed_tells_the_same_story(tmp_path):
    stories = []
    for name in ("once", "again"):
        (tmp_path / name).mkdir()
        world = run(1, tmp_path / name, harmed_ns=100 * MS)
        stories.append((list(world.scheduler.trace), world.scheduler.accesses, world.cuts, world.journal, world.faults,
                        hashlib.sha256(b"".join(world.oracle.blocks)).hexdigest()))
    assert stories[0] == stories[1]


def test_unharmed_no_block_is_late(tmp_path):
    world = World(3, tmp_path, lead=2, weather="wind")
    try:
        world.begin()
        world.play(100 * MS)
        late = world.memory[at.UNDERRUNS]
        world.play(200 * MS)
        assert world.memory[at.UNDERRUNS] == late
    finally:
        world.close()


def snapshot_places(world: World) -> list[int]:
    return [world.memory[at.H_SNAPSHOT] + i * at.SNAPSHOT_STRIDE for i in range(2 * at.SNAPSHOTS_PER_SLOT)]


def test_no_bit_of_a_header_makes_a_wrong_snapshot_of_a_right_one(tmp_path):
    """Whichever bit is wrong, what is loaded is whole, can be used, and went nowhere else."""
    world = World(2, tmp_path, lead=4, weather="calm")
    try:
        world.begin()
        world.play(250 * MS)
        world.kill("replica 0")
        memory, played = world.memory, world.memory[at.PLAYED]
        usable = {memory[place + at.S_BLOCK] - 1 for place in snapshot_places(world)}
        machine = world.machine(0)
        for place in snapshot_places(world):
            for bit in range(8 * (at.S_CHECK + 8)):
                memory.bytes[place + bit // 8] ^= 1 << bit % 8
                block = snapshot.load_snapshot(machine.address, played)
                assert block in usable and block <= played and load(world.arenas[0].ctypes.data + A_BLOCK) == block
                memory.bytes[place + bit // 8] ^= 1 << bit % 8
    finally:
        world.close()


def test_a_damaged_header_is_overwritten_and_does_not_close_the_log(tmp_path):
    world = World(2, tmp_path, lead=4, weather="calm")
    try:
        world.begin()
        world.play(250 * MS)
        first, second, _, fourth = snapshot_places(world)
        for place, word, bit in ((first, at.S_BLOCK, 40), (second, at.S_APPLIED, 33), (fourth, at.S_APPLIED, 63)):
            world.memory.bytes[place + word + bit // 8] ^= 1 << bit % 8
            world.play(20 * MS)
            assert world.log.room() > limits.LOG_RING_ENTRIES // 2
            world.play(200 * MS)
            assert all(0 < world.memory[p + at.S_BLOCK] <= world.memory[at.PLAYED] + world.lead + 1 for p in snapshot_places(world))
    finally:
        world.close()


def newest_snapshot(world: World) -> int:
    return max(world.memory[place + at.S_BLOCK] - 1 for place in snapshot_places(world)[:at.SNAPSHOTS_PER_SLOT])


@pytest.mark.parametrize("harm", ["starved", "away"])
def test_a_flood_leaves_nobody_without_the_log_it_needs(harm, tmp_path):
    """Commands as fast as control may append them, while one replica sleeps through them, or joins in the middle."""
    world = World(5, tmp_path, lead=32, weather="calm")
    try:
        world.away.add("control")
        world.begin()
        world.play(60 * MS)
        if harm == "starved":
            world.hold("replica 1", 500 * MS, visibly=False)
        else:
            world.away.add("replica 1")
            world.kill("replica 1")
        for _ in range(50):
            world.flood()
            world.play(10 * MS)
        while newest_snapshot(world) <= world.memory[at.PLAYED]:
            world.play(MS)
        world.flood()
        world.away.discard("replica 1")
        world.scheduler.at(0, lambda: world.start("replica 1"))
        world.play(CATCH_UP_NS)
        assert len(world.oracle.applied) > 2 * limits.LOG_RING_ENTRIES, "that was no flood"
        assert any(world.oracle.blocks[-1]), "nothing was heard"
    finally:
        world.close()


def test_who_renders_in_place_of_a_leader_has_the_whole_lead(tmp_path):
    """A leader that stands still for a moment: soon the other one is as far ahead as it was, and it trails when it goes on."""
    world = World(2, tmp_path, lead=8, weather="calm")
    try:
        world.begin()
        world.play(60 * MS)
        memory, late, leader = world.memory, world.memory[at.UNDERRUNS], world.memory[at.LEADER]
        world.hold(f"replica {leader}", 20 * MS, visibly=False)
        world.play(8 * MS)
        assert memory[at.slot_word(1 - leader, at.HEAD)] >= memory[at.PLAYED] + 7
        world.play(40 * MS)
        assert all(memory[at.slot_word(slot, at.HEAD)] >= memory[at.PLAYED] + 7 for slot in (0, 1))
        assert memory[at.UNDERRUNS] == late and memory[at.LEADER] == 1 - leader
    finally:
        world.close()


@pytest.mark.parametrize("played, accused", [(-1, 1), (1, 0)])
def test_nobody_is_accused_of_what_was_decided_before(played, accused, tmp_path):
    """A newcomer that replays a block finds the leader still in a loop there: a second verdict, behind later ones, would end every replica."""
    world = World(2, tmp_path, lead=4)
    try:
        memory, block = world.memory, world.first_block + 10
        memory[at.PLAYED], memory[at.slot_word(0, at.HEAD)], memory[at.slot_word(1, at.HEAD)] = block + played, block, block
        memory[at.slot_word(0, at.CRUMB)] = block * loop.CRUMB_OPERATIONS + 1
        world.scheduler.ended = None
        world.processes["replica 0"] = looping = world.scheduler.spawn("replica 0", world.spend_for_ever)
        memory[at.role_line("replica 0") + at.PID], looping.cpu_ns = looping.pid, 50 * MS
        world.scheduler.spawn("who trails", lambda: loop.trail(memory.base, 1, block))
        world.play(2 * MS)
        assert memory[at.VERDICT_HEAD] == accused
    finally:
        world.close()


@pytest.mark.parametrize("lead", [2, 3, 4, 8])
def test_nobody_is_accused_because_the_host_stood_still(lead, tmp_path):
    """All of a virtual machine stands still, and that is counted as the time of who was at work: not its fault, as `check_slots` looks all the time."""
    world = World(3, tmp_path, lead=lead, weather="breeze")
    try:
        world.begin()
        world.play(60 * MS)
        for _ in range(10):
            while not world.is_at_work(world.memory[at.LEADER]):
                world.play(10_000)
            world.rob(30 * MS)
            world.play(60 * MS)
    finally:
        world.close()


@pytest.mark.parametrize("after_ms, starved_ms, replicas", [(8, 15, 1), (0, 26, 2)])
def test_a_module_that_never_returns_costs_no_block_of_a_long_lead(after_ms, starved_ms, replicas, tmp_path):
    """Though the leader has no processor just when the block is due; who trails falls into the same loop only if it had none at all since it began."""
    for seed in range(3):
        (tmp_path / str(seed)).mkdir()
        world = World(seed, tmp_path / str(seed), lead=64, weather="breeze")
        try:
            world.begin()
            world.play(60 * MS)
            world.hangs.add(max(world.memory[at.slot_word(slot, at.HEAD)] for slot in (0, 1)) + 2)
            while not world.hung:
                world.play(MS // 4)
            world.play(after_ms * MS)
            world.hold(f"replica {world.hung[0][0]}", starved_ms * MS, visibly=False)
            late = world.memory[at.UNDERRUNS]
            world.play(120 * MS)
            assert world.memory[at.UNDERRUNS] == late
            assert len(world.hung) == replicas
        finally:
            world.close()


def test_two_replicas_are_not_too_slow_side_by_side(tmp_path):
    """A module takes ten times too long, and the leader stands still, and is replaced: the new one, just behind, accuses who took its place."""
    for seed in (1, 2, 4):
        (tmp_path / str(seed)).mkdir()
        world = World(seed, tmp_path / str(seed), lead=64, weather="breeze")
        try:
            world.begin()
            world.play(60 * MS)
            leader, late = world.memory[at.LEADER], world.memory[at.UNDERRUNS]
            world.slow_from = max(world.memory[at.slot_word(slot, at.HEAD)] for slot in (0, 1)) + 2
            while world.memory[at.slot_word(leader, at.HEAD)] < world.slow_from:
                world.play(MS // 4)
            world.play(MS)
            world.hold(f"replica {leader}", 40 * MS, visibly=False)
            world.play(27 * MS)
            world.kill(f"replica {leader}")
            world.play(120 * MS)
            assert world.memory[at.UNDERRUNS] == late and world.looped()
        finally:
            world.close()


# Canaries: each of these is the protocol with one mistake in it, and the simulator must find it.

def cut_without_swap(base, block, applied):
    """Decides by looking first, long, and writing later."""
    word = base + load(base + at.H_CUT) + 8 * (block % rings.CUT_RING_BLOCKS)
    seen = load_acquire(word)
    if rings.ahead((seen >> 32) & rings.LOW, (block + 1) & rings.LOW) != 0:
        head = max(load_acquire(base + at.LOG_HEAD) for _ in range(8))
        value = ((block + 1) & rings.LOW) << 32 | (head & rings.LOW)
        store_release(word, value - (1 << 64) if value >= 1 << 63 else value)
        return head
    return applied + rings.ahead(seen & rings.LOW, applied & rings.LOW)


def number_before_samples(machine, slot, block, until):
    """Says that a block is there, then writes it, piece by piece."""
    base, arena = load(machine + M_BASE), load(machine + M_ARENA)
    result = loop.play_block(machine, block, until)
    place = rings.audio_block(base, slot, block)
    out = arena + OUT
    total = rings.checksum(out, at.CHANNELS * load(base + at.H_BLOCK))
    store_release(place + at.BLOCK_CHECKSUM, total)
    store_release(place + at.BLOCK_NUMBER, block + 1)
    for piece in range(0, 4 * at.CHANNELS * load(base + at.H_BLOCK), at.LINE):
        loop.copy(place + at.BLOCK_SAMPLES + piece, out + piece, at.LINE)
    return result


def take_the_newest(base, slot, number, target):
    """Takes what stands at the block's place, whatever its number."""
    place = rings.audio_block(base, slot, number)
    if load_acquire(place + at.BLOCK_NUMBER) == 0:
        return 0
    callback.copy(target, place + at.BLOCK_SAMPLES, 4 * at.CHANNELS * load(base + at.H_BLOCK))
    return 1


def forget_what_waits(machine):
    """Leaves the commands that wait for their frame out of a snapshot."""
    return SCHEDULE


@pytest.mark.parametrize("module, name, function, broken", [
    pytest.param(loop, "cut", cut_without_swap, "cut|disagree|the log says|the journal says", id="cut without compare-and-swap"),
    pytest.param(loop, "render_block", number_before_samples, "refused", id="number before samples"),
    pytest.param(callback, "take_block", take_the_newest, "not what the log says|before its cut was decided", id="the newest instead of the next"),
    pytest.param(snapshot, "front_bytes", forget_what_waits, "disagree|not what the log says", id="snapshot without what waits"),
])
def test_a_broken_protocol_is_found(module, name, function, broken, tmp_path):
    for seed in range(CANARY_SEEDS):
        (tmp_path / str(seed)).mkdir()
        try:
            run(seed, tmp_path / str(seed), lead=2, weather="storm", patches=[(module, name, function)])
        except AssertionError as error:
            assert re.search(broken, str(error)), "something else was found"
            return
    pytest.fail(f"{CANARY_SEEDS} seeds did not find the mistake")
