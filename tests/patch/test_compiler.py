"""The compiler: order, loops, width, sums, and memory that is used again without anything that still sounds being overwritten."""

import sys
import time
from pathlib import Path
from unittest.mock import patch as replaced

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chronus.modules.registry import modules
from chronus.patch.compiler import Arena, compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch, default
from chronus.patch.tone import TONE
from chronus.replica.offline import Offline
from chronus.shared import program as at
from chronus.shared.program import P_SOURCE
from chronus.shared.log import SET, Entry

sys.path.insert(0, str(Path(__file__).parent.parent))

from straight import straight_out  # noqa: E402, F401

RATE, BLOCK = 48_000, 32
STEP = Module("step", "adsr", {"attack": 0.0, "sustain": 1.0})         # 0 until its gate opens, exactly 1 from that frame on
OPENED = 10


def compiled(found, cables, block=BLOCK):
    return compile_patch(Patch(found, cables), RATE, block)


def heard(program, frames, opened=(), block=BLOCK):
    """Samples (frames, 2) with the gates of the modules `opened` opened at frame OPENED."""
    entries = [Entry(SET, program.knobs[id_, "gate"], 1.0, OPENED) for id_ in opened]
    return Offline([program.words], entries, RATE, block).run(-(-frames // block))[:frames]


def out(source, outlet="out", amount=1.0):
    return Cable(source, outlet, OUT, "", amount)


def test_a_cable_is_written_before_it_is_read():
    chain = [Module(f"g{i}", "gain") for i in (3, 0, 4, 1, 2)]
    program = compiled([*chain, STEP], [out("g4"), *(Cable(f"g{i}", "out", f"g{i + 1}", "audio") for i in range(4)),
                                       Cable("step", "out", "g0", "audio")])
    own = [id_ for id_ in program.modules if not id_.startswith("~")]
    assert own == ["step", "g0", "g1", "g2", "g3", "g4"]
    assert program.loops == ()
    samples = heard(program, 64, ["step"])
    assert not samples[:OPENED].any() and (samples[OPENED:] == 1.0).all()


def test_a_loop_has_exactly_one_block_of_delay_and_is_named():
    found = [STEP, Module("m", "mix"), Module("g", "gain")]
    cables = [Cable("step", "out", "m", "a"), Cable("m", "out", "g", "audio"), Cable("g", "out", "m", "b"), out("m")]
    for block in (16, 32, 64):
        program = compiled(found, cables, block)
        assert program.loops in (("g/out -> m/b",), ("m/out -> g/audio",))
        frame = np.arange(4 * block)
        expected = np.where(frame < OPENED, 0, (frame - OPENED) // block + 1)
        assert (heard(program, 4 * block, ["step"], block) == expected[:, None]).all()


def test_a_module_plugged_into_itself_is_a_loop_too():
    program = compiled([STEP, Module("m", "mix")], [Cable("step", "out", "m", "a"), Cable("m", "out", "m", "b", 0.5), out("m")])
    assert program.loops == ("m/out -> m/b",)
    samples = heard(program, 3 * BLOCK, ["step"])
    assert [samples[OPENED + i * BLOCK, 0] for i in range(3)] == [1.0, 1.5, 1.75] and samples[OPENED - 1, 0] == 0.0


def test_what_does_not_reach_out_costs_nothing():
    sounding = compiled([STEP], [out("step")])
    idle = [Module(f"m{i}", "mix") for i in range(20)]
    cables = [Cable("step", "out", "m0", "a"), *(Cable(f"m{i}", "out", f"m{(i + 1) % 20}", "a") for i in range(20)), out("step")]
    with_idle = compiled([STEP, *idle], cables)
    assert with_idle.modules == sounding.modules and with_idle.words[P_SOURCE // 8] == sounding.words[P_SOURCE // 8]     # all but the text that it was compiled from
    assert with_idle.loops == () and not any(id_.startswith("m") for id_, _ in with_idle.knobs)


def test_an_empty_patch_is_silence_with_a_test_tone():
    program = compiled([], [])
    assert set(program.modules) == {"~master", TONE.id}
    assert not heard(program, 2 * BLOCK).any()
    assert heard(program, 10 * BLOCK, ["~tone-gate"]).any()


def test_pan_makes_stereo_and_what_follows_is_as_wide():
    program = compiled([STEP, Module("p", "pan", {"position": 1.0}), Module("g", "gain")],
                       [Cable("step", "out", "p", "audio"), Cable("p", "out", "g", "audio"), out("g")])
    assert {("pan", 2), ("gain", 2), ("adsr", 1)} <= set(program.kernels)
    left, right = heard(program, 64, ["step"])[-1]
    assert abs(left) < 1e-6 and abs(right - 1.0) < 1e-6


def test_fan_out_and_fan_in():
    program = compiled([STEP, Module("a", "gain", {"gain": 2.0}), Module("b", "gain", {"gain": 4.0}), Module("sum", "gain")],
                       [Cable("step", "out", "a", "audio"), Cable("step", "out", "b", "audio"), Cable("a", "out", "sum", "audio"),
                        Cable("b", "out", "sum", "audio", 0.5), Cable("step", "out", "sum", "audio", -1.0), out("sum"), out("a", amount=8.0)])
    assert (heard(program, 64, ["step"])[OPENED:] == 2.0 + 4.0 * 0.5 - 1.0 + 8.0 * 2.0).all()


def test_a_parameter_sums_its_knob_and_its_cables_times_their_amounts():
    program = compiled([STEP, Module("g", "gain", {"gain": 0.25})],
                       [Cable("step", "out", "g", "audio"), Cable("step", "out", "g", "gain", 0.5), Cable("step", "out", "g", "gain", 2.0),
                        out("g")])
    assert (heard(program, 64, ["step"])[OPENED:] == 0.25 + 0.5 + 2.0).all()


def test_two_hundred_modules_and_four_hundred_cables_compile_at_once():
    types = ["sine", "gain", "filter", "mix", "adsr"]
    found = [Module(f"m{i}", types[i % 5]) for i in range(200)]
    first = {t: modules()[t].inputs[0].name for t in types}
    cables = [Cable(f"m{i}", modules()[found[i].type].outlets[0], f"m{j}", first[found[j].type])
              for i in range(198) for j in (i + 1, i + 2)] + [out("m199"), out("m198"), out("m150"), out("m10")]
    assert len(cables) == 400
    began = time.process_time()
    program = compiled(found, cables, 64)
    assert time.process_time() - began < 5.0                            # CPU time, and far more than it takes: no race with others
    assert len(program.modules) == 202


TYPES = ["sine", "gain", "filter", "mix", "adsr", "pan"]


@st.composite
def graphs(draw):
    """Random patches: any cable between any two modules, loops included; every gate open."""
    types = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=14))
    found = [Module(f"m{i}", t, {"gate": 1.0} if t == "adsr" else {}) for i, t in enumerate(types)]
    cables = []
    for _ in range(draw(st.integers(1, 3 * len(found)))):
        source, target = draw(st.sampled_from(found)), draw(st.sampled_from([*found, None]))
        outlet = draw(st.sampled_from(source.declaration.outlets))
        inlet = draw(st.sampled_from([i.name for i in target.declaration.inputs])) if target else ""
        cables.append(Cable(source.id, outlet, target.id if target else OUT, inlet, draw(st.sampled_from([1.0, 1.0, 0.5, -0.25]))))
    return Patch(found, [*cables, out(found[0].id, found[0].declaration.outlets[0])])


def hold_contexts_apart(words: np.ndarray, block: int) -> None:
    """Nothing that is written while a block is rendered lies where the kernels read their addresses."""
    begin = int(words[at.P_CONTEXT_AT // 8])
    end = begin + 8 * int(words[at.P_CONTEXT_WORDS // 8])
    first, count = (int(words[word // 8]) for word in (at.P_CONTEXTS, at.P_CONTEXT_WORDS))
    relocations, many = (int(words[word // 8]) for word in (at.P_RELOCATIONS, at.P_RELOCATION_COUNT))
    contexts = words[first // 8:first // 8 + count]
    places = [int(contexts[i]) for i in words[relocations // 8:relocations // 8 + many]]
    first, count = int(words[at.P_OPERATIONS // 8]) // 8, int(words[at.P_OPERATION_COUNT // 8])
    rows = words[first:first + at.OPERATION_BYTES // 8 * count].reshape(count, -1)
    places += [int(row[at.O_B // 8]) for row in rows if row[0] == at.GATHER]
    assert not [p for p in places if p < end and p + 4 * block > begin], f"contexts share memory with a cable in blocks of {block}"


def test_contexts_share_memory_with_no_cable():
    """Addresses that a cable overwrites are a crash: here in any block that an engine may have."""
    for block in range(16, 1025, 16):
        hold_contexts_apart(compile_patch(default(), RATE, block).words, block)


def bits(patch: Patch, block: int) -> bytes:
    program = compile_patch(patch, RATE, block)
    hold_contexts_apart(program.words, block)
    turned = [Entry(SET, knob, 0.5, block + 5) for (_, name), knob in sorted(program.knobs.items()) if name == "gain"]
    return Offline([program.words], turned, RATE, block).run(5).tobytes()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graphs(), st.sampled_from([16, 64, 128, 256]))
def test_memory_that_is_used_again_holds_nothing_that_still_sounds(patch, block):
    used_again = bits(patch, block)
    with replaced.object(Arena, "let_go", lambda self, offset, size: None):
        assert bits(patch, block) == used_again


def test_memory_is_used_again():
    """Otherwise the comparison above would compare nothing."""
    chain = [Module(f"g{i}", "gain") for i in range(50)]
    cables = [*(Cable(f"g{i}", "out", f"g{i + 1}", "audio") for i in range(49)), out("g49")]
    with replaced.object(Arena, "take", autospec=True, side_effect=Arena.take) as take:
        compiled(chain, cables, 1024)
    large = [call for call in take.call_args_list if call.args[1] == 4 * 1024]
    top = take.call_args_list[-1].args[0].top
    assert len(large) > 50 and top < 50 * 4096 + 200_000
