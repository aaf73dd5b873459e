"""A faster kernel is kept only if it gives the bits of those that it stands for."""

from dataclasses import replace

import pytest

from chronus.dsp import fused, kernel
from chronus.dsp.fused import DIRECT, EACH, FROM, KNOB, NOTHING, Input, Member, Voice
from chronus.modules.registry import builtin
from chronus.native.build import CacheError, build, elsewhere
from chronus.workshop import faster

CEILING = 1_233_125_376                 # 2**20 as the bits of a float32


def voice(order: tuple[int, ...] = (0, 1), ceiling: int = CEILING) -> Voice:
    """A gain of what comes from outside, and a gain that hears it twice and once something else: `order` is that of its cables."""
    cables = ((FROM, 0, 0), (EACH,), (FROM, 0, 0))
    return Voice(8, (Member("gain", 1, (Input(DIRECT, ((EACH,),)), Input(KNOB)), (0,), (), (), CEILING),
                     Member("gain", 2, (Input(NOTHING, tuple(cables[i] for i in order)), Input(KNOB, ((EACH,),))), (0,), (0,), (0,), ceiling)))


def declarations(of: Voice) -> tuple:
    return tuple(builtin()[member.type] for member in of.members)


def address(of: Voice) -> int:
    return build(fused.fused_function(of, declarations(of)), fused.SIGNATURE)


def test_a_voice_that_is_right_is_kept():
    faster.prove_voice(voice(), declarations(voice()), address(voice()))


def test_two_groups_of_it_are_kept_too():
    pair = replace(voice(), groups=2)
    faster.prove_voice(pair, declarations(pair), address(pair))
    assert faster.voice_of(pair.as_text()) == pair


def test_two_groups_of_which_one_hears_the_other_are_not(monkeypatch):
    pair = replace(voice(), groups=2)
    monkeypatch.setattr(fused, "plane_of", lambda voice, m, s, source: 0)
    wrong = address(pair)
    monkeypatch.undo()
    with pytest.raises(faster.Difference, match="gives other bits"):
        faster.prove_voice(pair, declarations(pair), wrong)


def test_a_voice_that_adds_in_another_order_is_not():
    with pytest.raises(faster.Difference, match="gain, gain gives other bits"):
        faster.prove_voice(voice((0, 1, 2)), declarations(voice()), address(voice((0, 2, 1))))


def test_a_voice_that_refuses_what_is_right_is_not():
    with pytest.raises(faster.Difference, match="refuses what is right"):
        faster.prove_voice(voice(), declarations(voice()), address(voice(ceiling=1)))


def shifted(audio, gain):
    return audio * gain + gain, ()


shifted.__module__ = "chronus.shifted"          # what kernels may call

def test_a_kernel_for_what_stands_still_is_held_against_the_ordinary_one():
    gain, standing = builtin()["gain"], 0b10
    faster.prove_standing(gain, 2, standing, 0, build(kernel.kernel_function(gain, 2, standing), kernel.SIGNATURE))
    with pytest.raises(faster.Difference, match="'gain'"):
        faster.prove_standing(gain, 2, standing, 0, build(kernel.kernel_function(replace(gain, formula=shifted), 2, standing), kernel.SIGNATURE))


def test_what_nobody_hears_is_not_written():
    noise, standing, unheard = builtin()["noise"], 0b1, 0b1010
    address = build(kernel.kernel_function(noise, 1, standing, unheard), kernel.SIGNATURE)
    faster.prove_standing(noise, 1, standing, unheard, address)
    with pytest.raises(faster.Difference, match="'noise'"):
        faster.prove_standing(noise, 1, standing, 0b1000, address)


def test_text_and_back():
    assert fused.fused_function(faster.voice_of(voice().as_text()), declarations(voice())).source == fused.fused_function(voice(), declarations(voice())).source


@pytest.mark.parametrize("error", (CacheError(f"kernels cannot be kept in there (no room); {elsewhere('make room')}"), OSError(28, "No space left on device")))
def test_what_to_do_where_none_can_be_kept_is_said_once(monkeypatch, error):
    def full(*_):
        raise error
    monkeypatch.setattr(faster, "keep_voice", full)
    (sentence,) = faster.build_faster([("a voice",)])
    assert sentence.count("make room") == 1 == sentence.count("CHRONUS_CACHE")
