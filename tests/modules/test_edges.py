"""The ringing of `dsp.edges`, against what must hold of any filter: it begins where the edge was, and an edge may be entered at either end of
a frame.
"""
import numpy as np
import pytest

from chronus.dsp.edges import LAST, LATE, LEFT, bent, rung, since, struck
from chronus.modules.registry import builtin
from chronus.workshop.harness import play

REST = (np.zeros(1, np.float32),) * 6
ONE, NONE, HERE = np.ones(1, np.float32), np.zeros(1, np.float32), np.ones(1, bool)
EDGES = {"step": (lambda u, *ringing: struck(HERE, ONE, u, *rung(*ringing)), -1.0),
         "corner": (lambda u, *ringing: bent(HERE, ONE, NONE, NONE, u, *rung(*ringing)), LATE),
         "bend": (lambda u, *ringing: bent(HERE, NONE, ONE, NONE, u, *rung(*ringing)), -LEFT),
         "twist": (lambda u, *ringing: bent(HERE, NONE, NONE, ONE, u, *rung(*ringing)), LAST)}


def heard(ringing):
    return sum(float(x[0]) for x in ringing[::2])


@pytest.mark.parametrize("edge, begins", EDGES.values(), ids=EDGES)
def test_the_ringing_undoes_the_edge_and_dies_away(edge, begins):
    within = 1e-4 if edge in (EDGES["step"][0], EDGES["corner"][0]) else 1e-3             # what is small is entered by polynomials of degree 3
    ringing = edge(-0.5 * ONE, *REST)
    assert abs(heard(ringing) - begins) < within
    later, entered = rung(*ringing), edge(0.5 * ONE, *REST)
    assert max(abs(float((a - b)[0])) for a, b in zip(later, entered)) < within
    for _ in range(480):
        later = rung(*later)
    assert abs(heard(later)) < 1e-12


def test_the_moment_of_an_edge_is_that_of_the_parabola_and_never_out_of_the_frame():
    step, bend, ago = np.float32(0.1), np.float32(0.004), np.linspace(0.0, 1.0, 101, dtype=np.float32)
    past = step * ago - bend * (ago * ago - ago)
    assert np.abs(since(past, step, bend) + 0.5 - ago).max() < 1e-3
    with np.errstate(all="ignore"):
        wild = since(*(np.float32(x) for x in np.meshgrid([0.0, 0.3, -0.5], [0.0, 1e-30, -0.4], [0.0, 1e30, -0.2])))
    assert (np.abs(wild) <= 0.5).all()


SAWS = {"saw": {}, "pristine_saw": {}, "supersaw": {"mix": 0.0, "detune": 0.0}, "sync": {"ratio": 1.0}}


@pytest.mark.parametrize("type_, settings", SAWS.items(), ids=SAWS)
def test_a_saw_whose_pitch_is_shaken_has_the_lines_of_the_exact_one(type_, settings):
    """Half of 4186 Hz up and down, 1674 times a second; the line at that rate, of the ramp that is bent by it, was 2.6 dB too loud."""
    frames, note, shaken = 1 << 16, 4_186.0, 1_674.4
    at, pace = np.arange(frames), 2.0 * np.pi * shaken / 48_000.0
    heard = play(builtin()[type_], frames, freq=(note * (1.0 + 0.5 * np.sin(pace * at))).astype(np.float32), gain=1.0, **settings).outlets[0][:, 0]
    fine = np.arange(16 * frames) / 16.0                  # what the steps of the frames add up to, and in between on the same curve
    turned = note / 48_000.0 * (fine + 0.5 * (np.cos(0.5 * pace) - np.cos(pace * (fine - 0.5))) / (2.0 * np.sin(0.5 * pace)))
    exact = 2.0 * ((turned + 0.5) % 1.0) - 1.0
    for line in (1, 2, 3, 4):
        sizes = [np.abs((wave * np.hanning(len(wave)) / len(wave)) @ np.exp(-1j * line * pace * place)) for wave, place in ((heard, at), (exact, fine))]
        assert abs(20.0 * np.log10(sizes[0] / sizes[1])) < 0.5
