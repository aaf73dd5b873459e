"""Modules out of order, a machine at a time: the route, the fade, what begins anew, what is too loud, and the same bits in a replay."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "faults")]

import bad_modules as bad  # noqa: E402

from chronus.control.commits import module_of  # noqa: E402
from chronus.modules import registry  # noqa: E402
from chronus.patch.compiler import compile_patch  # noqa: E402
from chronus.patch.graph import OUT, Cable, Module, Patch  # noqa: E402
from chronus.replica.bypass import FADE_FRAMES, REST_FRAMES  # noqa: E402
from chronus.replica.offline import Offline  # noqa: E402
from chronus.replica.verdicts import post  # noqa: E402
from chronus.shared import layout as at  # noqa: E402
from chronus.shared.log import BYPASS, COMMIT, PANIC, RETRY, SET, Entry  # noqa: E402
from chronus.shared.program import CRUMB_SIDE, LOOP_REASON, MASTER, NUMBER_REASON, key_of  # noqa: E402

RATE, BLOCK, CRASH = 48_000, 64, 11
SETTLED = 50 * BLOCK                    # the module is beyond its ramp
STEEPEST = 1.01 / FADE_FRAMES           # of a fade from full scale, a frame
STEP = Module("step", "adsr", {"attack": 0.0, "sustain": 1.0, "release": 0.0})
OPEN = Entry(SET, key_of("step", "gate"), 1.0, 0)


@pytest.fixture(autouse=True)
def types():
    """`bad` is silent while it is out of order, `bad_through` lets through what it hears."""
    for name, bypass in (("bad", None), ("bad_through", "audio")):
        registry.install(bad.declaration(name, bypass, name))
    yield
    for name in ("bad", "bad_through"):
        registry.remove(name)


def through(type_: str = "bad", after: tuple = (), level: float = 1.0) -> Patch:
    """A constant 1 through a bad module, then through gains of `after`."""
    chain = [STEP, Module("x", type_), *[Module(f"g{i}", "gain", {"gain": gain}) for i, gain in enumerate(after)]]
    cables = [Cable(a.id, "out", b.id, "audio") for a, b in zip(chain, chain[1:])]
    return Patch(chain, [*cables, Cable(chain[-1].id, "out", OUT, "", level)])


def trouble(kind: float, frame: int) -> Entry:
    return Entry(SET, key_of("x", "trouble"), float(kind), frame)


def bypassed(reason: int, block: int, leaving: int = 0) -> Entry:
    return Entry(BYPASS, key_of("x"), float(reason), block * BLOCK, extra=leaving)


def retry(frame: int) -> Entry:
    return Entry(RETRY, key_of("x"), 0.0, frame)


def machine(patches, entries) -> Offline:
    patches = [patches] if isinstance(patches, Patch) else patches
    return Offline([compile_patch(patch, RATE, BLOCK).words for patch in patches], [OPEN, *entries], RATE, BLOCK)


def heard(patches, entries, blocks: int = 200) -> np.ndarray:
    """One channel of what a machine plays."""
    return machine(patches, entries).run(blocks)[:, 0].copy()


@pytest.mark.parametrize("type_, rest", (("bad", 0.0), ("bad_through", 1.0)))
def test_the_route_is_taken_along_a_straight_fade_from_the_last_good_frame(type_, rest):
    at = 60 * BLOCK
    played = heard(through(type_), [bypassed(CRASH, 60)])
    assert (played[SETTLED:at] == 0.5).all()
    expected = 0.5 + (rest - 0.5) * np.arange(FADE_FRAMES) / FADE_FRAMES
    assert np.abs(played[at:at + FADE_FRAMES] - expected).max() < 1e-6
    assert (played[at + FADE_FRAMES:] == rest).all()


@pytest.mark.parametrize("kind", (bad.NAN, bad.INFINITE, bad.BLAST))
@pytest.mark.parametrize("frame", (60 * BLOCK, 60 * BLOCK + 1, 60 * BLOCK + 37, 61 * BLOCK - 1))
def test_what_is_no_number_never_leaves_wherever_in_the_block_it_begins(kind, frame):
    played = heard(through(), [trouble(kind, frame)])
    assert np.isfinite(played).all() and (played[SETTLED:frame] == 0.5).all()
    assert np.abs(np.diff(played[SETTLED:].astype(float))).max() < STEEPEST
    assert (played[frame + 2 * FADE_FRAMES:] == 0.0).all()


def test_one_bad_moment_is_one_bypass_and_the_state_begins_anew():
    """NaN for 7 frames: out for those, then in again from rest, along the ramp that its state makes."""
    frame, ramp = 60 * BLOCK + 20, 0.5 * np.minimum(np.arange(4 * bad.RAMP_FRAMES), bad.RAMP_FRAMES) / bad.RAMP_FRAMES
    played = heard(through(), [trouble(bad.NAN, frame), trouble(bad.FINE, frame + 7)])
    assert np.abs(np.diff(played[SETTLED:].astype(float))).max() < STEEPEST
    after = played[frame + 7 + FADE_FRAMES:]
    assert np.abs(after - ramp[FADE_FRAMES:FADE_FRAMES + len(after)]).max() < 1e-6 and after[-1] == 0.5


def test_the_second_offence_is_the_last():
    first, second = 60 * BLOCK, 100 * BLOCK
    once = [trouble(bad.NAN, first), trouble(bad.FINE, first + 1)]
    assert heard(through(), once)[-1] == 0.5
    assert (heard(through(), [*once, trouble(bad.NAN, second), trouble(bad.FINE, second + 1)])[second + FADE_FRAMES + 1:] == 0.0).all()


def test_a_slow_one_rests_and_is_tried_again_a_crashed_one_is_not():
    at, blocks = 60 * BLOCK, 60 + REST_FRAMES // BLOCK + 100
    slow, crashed = (heard(through(), [bypassed(reason, 60)], blocks) for reason in (LOOP_REASON, CRASH))
    assert (slow[at + FADE_FRAMES:at + REST_FRAMES] == 0.0).all() and slow[-1] == 0.5 and crashed[-1] == 0.0
    back = slow[at + REST_FRAMES:]
    assert np.abs(np.diff(back.astype(float))).max() < STEEPEST
    again = heard(through(), [bypassed(LOOP_REASON, 60), bypassed(LOOP_REASON, 60 + REST_FRAMES // BLOCK)], blocks)
    assert again[-1] == 0.0


def test_two_verdicts_about_one_block_are_one_offence():
    """Both replicas fell into the loop before anybody saw it."""
    blocks = 60 + REST_FRAMES // BLOCK + 100
    assert np.array_equal(heard(through(), [bypassed(LOOP_REASON, 60)], blocks), heard(through(), [bypassed(LOOP_REASON, 60)] * 2, blocks))


@pytest.mark.parametrize("frame", (100 * BLOCK, 100 * BLOCK + 33))
def test_a_retry_fades_it_in_from_rest(frame):
    played = heard(through(), [bypassed(CRASH, 60), retry(frame)])
    ramp = 0.5 * np.minimum(np.arange(len(played)), bad.RAMP_FRAMES) / bad.RAMP_FRAMES
    fade = np.minimum(np.arange(len(played)) / FADE_FRAMES, 1.0)
    assert (played[60 * BLOCK + FADE_FRAMES:frame] == 0.0).all()
    assert np.abs(played[frame:] - (ramp * fade)[:len(played) - frame]).max() < 1e-6 and played[-1] == 0.5


def test_a_retry_in_the_very_block_of_a_crash_does_not_run_it_again():
    """The replica that renders the block again knows only now that it crashes there."""
    entries = [bypassed(CRASH, 60), retry(100 * BLOCK + 33), trouble(bad.NULL_WRITE, 100 * BLOCK + 40), bypassed(CRASH, 100)]
    assert heard(through(), entries)[-1] == 0.0


def test_a_retry_of_one_that_plays_changes_nothing():
    assert np.array_equal(heard(through(), [retry(70 * BLOCK)]), heard(through(), []))


@pytest.mark.parametrize("gains, behind, last", ((3, True, 0.5), (3, False, 0.0), (2, False, 0.03125)))
def test_what_is_heard_may_be_less_loud_than_what_is_not(gains, behind, last):
    """2,048 may be a pitch or a time, but is no sound."""
    chain = [STEP, *[Module(f"l{i}", "gain", {"gain": 16.0}) for i in range(gains)], Module("x", "bad")]
    cables = [Cable(a.id, "out", b.id, "audio") for a, b in zip(chain, chain[1:])]
    ends = [Cable("x", "out", "soft", "audio", 1 / 4096), Cable("soft", "out", OUT, "")] if behind else [Cable("x", "out", OUT, "", 1 / 4096)]
    assert heard(Patch([*chain, Module("soft", "gain")], [*cables, *ends]), [])[-1] == last


COMMITTED, PROBATION = 60, 100


def commit(probation: int = PROBATION) -> Entry:
    return Entry(COMMIT, 0, float(probation), COMMITTED * BLOCK, extra=1)


def second(*chain: Module) -> Patch:
    """The same module, with others behind it."""
    first = through()
    chain = [first.modules["x"], *chain]
    cables = [Cable(a.id, "out", b.id, "audio") for a, b in zip(chain, chain[1:])]
    return Patch([STEP, *chain], [first.cables[0], *cables, Cable(chain[-1].id, "out", OUT, "")])


SOFTER = Module("g", "gain", {"gain": 0.25})


@pytest.mark.parametrize("reason", (CRASH, LOOP_REASON, NUMBER_REASON))
def test_on_probation_the_patch_before_plays_again_without_a_step(reason):
    """As if nothing had been, but for the fades."""
    late = {"trouble": bad.LATE + bad.NAN} if reason == NUMBER_REASON else {}
    faults = [] if late else [Entry(BYPASS, key_of("y"), float(reason), 200 * BLOCK)]
    played = heard([through(), second(Module("y", "bad", late))], [commit(1_000), *faults], 400)
    alone, new = heard(through(), [], 400), slice(70 * BLOCK, 190 * BLOCK)
    assert np.isfinite(played).all() and not np.array_equal(played[new], alone[new])
    assert np.abs(np.diff(played[SETTLED:].astype(float))).max() < STEEPEST
    assert np.array_equal(played[-100 * BLOCK:], alone[-100 * BLOCK:])


def test_after_the_probation_the_module_alone_is_bypassed():
    entries = [commit(), bypassed(CRASH, COMMITTED + PROBATION + 20)]
    played = heard([through(), second(SOFTER)], entries, 300)
    assert played[(COMMITTED + PROBATION) * BLOCK] == 0.125 and played[-1] == 0.0


def test_a_fault_of_the_patch_that_leaves_harms_only_that():
    faulty = heard([through(), second(SOFTER)], [commit(), bypassed(CRASH, COMMITTED + 2, leaving=1)], 300)
    well = heard([through(), second(SOFTER)], [commit()], 300)
    assert np.array_equal(faulty[(COMMITTED + 9) * BLOCK:], well[(COMMITTED + 9) * BLOCK:]) and well[-1] == 0.125
    assert np.abs(np.diff(faulty[SETTLED:].astype(float))).max() < STEEPEST


def operation_of(patch: Patch, module: str) -> int:
    """What the breadcrumb says while a module is at work."""
    program = compile_patch(patch, RATE, BLOCK)
    return [i for i in range(1, 1000) if module_of(program, i) == module][-1]


@pytest.mark.parametrize("reason", (CRASH, LOOP_REASON))
def test_a_verdict_and_its_line_in_the_journal_make_the_same_bits(reason):
    live = machine(through(), [])
    before = live.run(60)
    post(live.memory.base, 60, operation_of(through(), "x"), reason)
    played = np.concatenate([before, live.run(540)])
    assert np.array_equal(played[:, 0], heard(through(), [bypassed(reason, 60)], 600)) and not played[61 * BLOCK + FADE_FRAMES].any()


def test_a_verdict_about_a_block_that_was_got_through_counts_for_nothing():
    live = machine(through(), [])
    before = live.run(61)
    post(live.memory.base, 60, operation_of(through(), "x"), CRASH)
    assert np.array_equal(np.concatenate([before, live.run(100)])[:, 0], heard(through(), [], 161))


@pytest.mark.parametrize("module", ("no module", MASTER))
def test_a_verdict_about_no_module_or_the_master_changes_no_sound(module):
    live = machine(through(), [])
    before = live.run(60)
    post(live.memory.base, 60, operation_of(through(), MASTER) if module == MASTER else CRUMB_SIDE + 1, CRASH)
    assert np.array_equal(np.concatenate([before, live.run(100)])[:, 0], heard(through(), [], 160))
    assert live.memory[at.VERDICT_MODULES] // 2 == 1 - (module == MASTER)         # nobody's, in the patch that leaves, or that plays


def test_a_panic_does_not_make_a_replay_forget_a_verdict():
    """Control may journal a verdict before a panic of a block before."""
    panic, verdict, again = Entry(PANIC, 0, 0.0, 58 * BLOCK), bypassed(CRASH, 60), OPEN._replace(frame=59 * BLOCK)
    played = heard(through(), [verdict, panic, again])
    assert np.array_equal(played, heard(through(), [panic, again, verdict])) and not np.array_equal(played, heard(through(), [panic, again]))
