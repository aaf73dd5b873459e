"""The ringing and the timing of `dsp.pristine`, against what must hold of any filter and of a phase that is known between its frames."""
import numpy as np
import pytest

from chronus.dsp.pristine import LATE, bent, course, far_course, heard, rung, since, slow, strike, struck

REST = (np.zeros(1, np.float32),) * 8
ONE, NONE = np.ones(1, np.float32), np.zeros(1, np.float32)
EVEN = (ONE, NONE, NONE, NONE, NONE, NONE, NONE)            # the way of a phase of one turn in each frame
EDGES = {"step": (lambda v, ring: struck(strike(ONE, v), ring), -1.0), "corner": (lambda v, ring: bent(ONE, v, EVEN, ring), LATE)}


@pytest.mark.parametrize("edge, begins", EDGES.values(), ids=EDGES)
def test_the_ringing_undoes_the_edge_and_dies_away(edge, begins):
    ring = edge(-0.5 * ONE, REST)
    assert abs(heard(ring)[0] - begins) < 4e-6
    later, entered = rung(ring), edge(0.5 * ONE, REST)
    assert max(abs(float((a - b)[0])) for a, b in zip(later, entered)) < 4e-6
    for _ in range(960):
        later = rung(later)
    assert abs(heard(later)[0]) < 1e-12


def shaken(t):
    """A phase in turns at a time in frames: 4186 Hz, swung by half of itself at a third of that."""
    speed, bend = 4186.0 / 48_000.0, 4186.0 / 144_000.0
    return speed * (t + 0.5 * np.sin(2.0 * np.pi * bend * t) / (2.0 * np.pi * bend))


@pytest.mark.parametrize("begin", range(0, 36, 3))
def test_the_moment_of_an_edge_and_the_way_of_a_phase_that_is_shaken_are_found(begin):
    steps = [np.float32(shaken(begin + 2 - k) - shaken(begin + 1 - k)) for k in range(8)]          # the edge lies before `begin`
    ago = np.linspace(0.0, 1.0, 11)
    past = (shaken(begin) - shaken(begin - ago)).astype(np.float32)
    way = course(*steps[:5])
    assert np.abs(since(past, steps[2], way) + 0.5 - ago).max() < 2e-5
    o1, o3, o5, o7, e2, e4, e6 = far_course(way, *steps[:7])
    y = 0.5 - ago
    found = y * (o1 + y**2 * (o3 + y**2 * (o5 + y**2 * o7))) + y**2 * (e2 + y**2 * (e4 + y**2 * e6))
    assert np.abs(found - found[0] - (shaken(begin - ago) - shaken(begin))).max() < 2e-7


def test_a_phase_in_even_motion_is_late_by_the_delay_of_the_filter():
    assert abs(slow(*[np.float32(0.25)] * 8) / 0.25 - LATE) < 1e-6


def test_whatever_comes_in_the_moment_lies_in_the_frame():
    wild = [np.float32(x) for x in (0.0, -0.4, 0.4999, 1e30, np.nan)]
    with np.errstate(all="ignore"):
        moments = [since(np.float32(past), s2, course(s0, s1, s2, s3, s0)) for past in (0.0, 0.3, -0.5) for s0 in wild for s1 in wild
                   for s2 in wild for s3 in wild]
    assert (np.abs(moments) <= 0.5).all()
