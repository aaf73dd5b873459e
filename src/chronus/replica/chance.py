"""Chance in music: numbers that are scattered over a seed, a sequencer, a pass and an event, and kept nowhere. Native code."""

from chronus.native.words import load
from chronus.replica.sides import M_BASE
from chronus.shared.layout import H_SEED
from chronus.shared.score import CHANCES, PASSES, S_KEY, S_PASS, SERIAL_SHIFT, TURN_SHIFT, V_CHANCE, V_EVERY, V_EXTRA, W_SEED

WORD_32 = 0xFFFFFFFF


def mixed(number, more):
    """A number below 2**32, scattered by another: the chance of musical time is made of such, and kept nowhere.

    Each bit of either turns half of the bits of the result, after Wellons (lowbias32); the products stay below 2**62.
    """
    both = (number ^ more ^ (more >> 32)) & WORD_32
    both = ((both ^ (both >> 15)) * 0x2C1B3C6D) & WORD_32
    both = ((both ^ (both >> 12)) * 0x297A2D39) & WORD_32
    return both ^ (both >> 15)


def is_played(machine, sequencer, score, row):
    """Whether an event is played in this pass: its turn, and its chance."""
    every, turn, number = load(row + V_EVERY) & PASSES, load(row + V_EVERY) >> TURN_SHIFT & PASSES, load(sequencer + S_PASS)
    if every > 0 and number % every != turn:
        return False
    low, high = load(row + V_CHANCE) & (CHANCES * 2 - 1), load(row + V_CHANCE) >> 31
    if low == 0 and high >= CHANCES:
        return True
    seed = mixed(mixed(load(load(machine + M_BASE) + H_SEED), load(score + W_SEED)), load(sequencer + S_KEY))
    chance = mixed(mixed(seed, number), load(row + V_EXTRA) >> SERIAL_SHIFT) >> 2
    return low <= chance < high
