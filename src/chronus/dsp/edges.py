"""Edges without aliases: what a step or a corner of a waveform adds to it, once it has gone through a steep low-pass.

An oscillator computes its wave as it would be drawn with a ruler, and adds the ringing that an analogue low-pass would answer each edge
with, from the exact moment of the edge, which lies between two frames. The filter is elliptic, of order 6: flat within 0.25 dB up to a
third of the sample rate, and 64 dB down from 0.583 of it (16 and 28 kHz at 48 kHz), so that what folds back lies above 20 kHz or is that
far down, besides what a harmonic there has lost already. It rings in three pairs of poles, so six numbers of state remember all edges
that there were; and since the moment of each is exact, frequencies may move at audio rate. The method is impulse invariance for
edges (as in Signalsmith's `elliptic-blep`). The numbers come from `bench/fit_edges.py`: the ringing of a step is right within 2e-5 of it,
that of a corner within 7e-5, that of a bend, which is small, within 0.5 %; aliases grow where these are of a lower degree.

The ringing is heard in now1 + now2 + now3; `rung` takes it on by a frame, and where `any_lane` has an edge, `struck` or `bent` adds its own.
At 220 Hz that is one frame in fourteen, for sixteen lanes. `u` is how long ago the edge was, in frames, less 0.5; where there was none, its
height is 0.
"""
from chronus.dsp.lanes import maximum, minimum

LATE, LEFT = 1.93120932, 1.67067547          # a slow wave x comes out as x - LATE x' + LEFT x'', in frames


def since(past, step, bend):
    """How long ago a phase went through its edge, in frames less 0.5: it is `past` the edge and went there by `step` in the last frame.

    `bend` is half its second difference: the moment is that of the parabola, without which a frequency that moves would alias.
    Whatever comes in, what comes out is in range: of two numbers `maximum` takes the second where the first is none.
    """
    per_step = 1.0 / step
    line = past * per_step
    return minimum(maximum(line + bend * per_step * (line * line - line), 0.0), 1.0) - 0.5


def powers(m0, u):
    """m0 times 1, u, u**2 ... u**5."""
    square = u * u
    m1, m2 = m0 * u, m0 * square
    m3 = m1 * square
    return m0, m1, m2, m3, m2 * square, m3 * square


def rung(now1, next1, now2, next2, now3, next3):
    """The ringing one frame later. The zeros make no difference but to -0: with them an edge of height 0 may as well be left out."""
    return (0.72948928 * now1 + next1, 0.0 - 0.207483058 * now1, -0.104380193 * now2 + next2, 0.0 - 0.365178283 * now2,
            -0.92476344 * now3 + next3, 0.0 - 0.723990483 * now3)


def struck(height, u, now1, next1, now2, next2, now3, next3):
    """The ringing with that of a step in it, which was `height` high."""
    m0, m1, m2, m3, m4, m5 = powers(height, u)
    return stepped(m0, m1, m2, m3, m4, m5, now1, next1, now2, next2, now3, next3)


def stepped(m0, m1, m2, m3, m4, m5, now1, next1, now2, next2, now3, next3):
    """The ringing with that of the steps in this frame, whose `powers` are added up: one ringing serves many edges."""
    return (now1 + (-1.25819323 * m0 + 0.699634245 * m1 + 0.0984732898 * m2 - 0.174828067 * m3 + 0.0592464546 * m4),
            next1 + (0.335745081 * m0 + 0.0621870035 * m1 - 0.221980785 * m2 + 0.106175605 * m3 - 0.022371942 * m4),
            now2 + (0.168548428 * m0 - 0.927111598 * m1 + 0.213454707 * m2 + 0.391713619 * m3 - 0.144807477 * m4 - 0.0284048081 * m5),
            next2 + (-0.297159229 * m0 - 0.0624406473 * m1 + 0.477134945 * m2 - 0.128921554 * m3 - 0.0858605276 * m4 + 0.0357361483 * m5),
            now3 + (0.0947264217 * m0 + 0.254129032 * m1 - 0.259619156 * m2 - 0.167925169 * m3 + 0.106901873 * m4 + 0.0305629497 * m5),
            next3 + (0.133502863 * m0 - 0.0421470399 * m1 - 0.301616154 * m2 + 0.064934898 * m3 + 0.105426446 * m4 - 0.0210716905 * m5))


def bent(height, bend, u, now1, next1, now2, next2, now3, next3):
    """The ringing with that of a corner in it, where the slope, in units per frame, changed by `height`, and its own slope by `bend`."""
    m0, m1, m2, m3, m4, _ = powers(height, u)
    b0, b1, b2 = bend, bend * u, bend * (u * u)
    return (now1 + (1.24105673 * m0 - 1.25842449 * m1 + 0.349754055 * m2 + 0.036526393 * m3 - 0.0434548219 * m4)
            + (-0.672876618 * b0 + 1.26261087 * b1 - 0.627488514 * b2),
            next1 + (-0.572591306 * m0 + 0.335832595 * m1 + 0.0311038083 * m2 - 0.0753925 * m3 + 0.0265027471 * m4)
            + (0.547879539 * b0 - 0.570460979 * b1 + 0.164377894 * b2),
            now2 + (0.252423426 * m0 + 0.169116112 * m1 - 0.463463506 * m2 + 0.0620902865 * m3 + 0.0964497604 * m4)
            + (-0.140929686 * b0 + 0.224135286 * b1 + 0.0874394204 * b2),
            next2 + (0.120586996 * m0 - 0.296823561 * m1 - 0.0313372816 * m2 + 0.153677229 * m3 - 0.0303662568 * m4)
            + (0.0585569667 * b0 + 0.118414701 * b1 - 0.141225041 * b2),
            now3 + (-0.0615176378 * m0 + 0.0943069181 * m1 + 0.126964485 * m2 - 0.0798481356 * m3 - 0.0403869995 * m4)
            + (-0.0161755448 * b0 - 0.053866502 * b1 + 0.0434322514 * b2),
            next3 + (-0.000210063517 * m0 + 0.133089439 * m1 - 0.0210042704 * m2 - 0.093941033 * m3 + 0.0151332463 * m4)
            + (-0.0288313162 * b0 - 0.00141630735 * b1 + 0.0621624866 * b2))
