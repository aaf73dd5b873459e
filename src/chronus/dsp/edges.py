"""Edges without aliases: what a step or a corner of a waveform adds to it, once it has gone through a steep low-pass.

An oscillator computes its wave as it would be drawn with a ruler, and adds the ringing that an analogue low-pass would answer each edge
with, from the exact moment of the edge, which lies between two frames. The filter is elliptic, of order 6: flat within 0.25 dB up to a
third of the sample rate, and 64 dB down from 0.583 of it (16 and 28 kHz at 48 kHz), so that what folds back lies above 20 kHz or is that
far down, besides what a harmonic there has lost already. It rings in three pairs of poles, so six numbers of state remember all edges
that there were; and since the moment of each is exact, frequencies may move at audio rate. The method is impulse invariance for
edges (as in Signalsmith's `elliptic-blep`). The numbers come from `bench/fit_edges.py`: the ringing of a step is right within 2e-5 of it,
that of a corner within 7e-5, that of a bend or a twist within 3e-4; aliases grow where these are of a lower degree.

The ringing is heard in now1 + now2 + now3; `rung` takes it on by a frame, and where `any_lane` has an edge, `struck` or `bent` adds its own:
at 220 Hz there is one in one of sixteen lanes in one frame of fourteen. `u` is how long ago the edge was, in frames, less 0.5.
A row of `STEP`, `CORNER`, `BEND` or `TWIST` is the polynomial in `u` of one of the six numbers, its coefficients from the lowest.
"""
from chronus.dsp.lanes import fma, maximum, minimum, polynomials, select, to_whole, turns

LATE, LEFT, LAST = 1.93120932, 1.67067547, 0.415014347          # a slow wave x comes out as x - LATE x' + LEFT x'' - LAST x''', in frames


def since(past, step, bend):
    """How long ago a phase went through its edge, in frames less 0.5: it is `past` the edge and went there by `step` in the last frame.

    `bend` is half its second difference: the moment is that of the parabola, without which a frequency that moves would alias.
    Whatever comes in, what comes out is in range: of two numbers `maximum` takes the second where the first is none.
    """
    per_step = 1.0 / step
    line = past * per_step
    return moment(line + bend * per_step * (line * line - line))


def nearer(u, past, step, slope, twist, jerk):
    """`u` of `since`, once towards the moment from there, where the pace in this frame has a slope, a twist and a jerk: its differences in the middle. As it
    is where it has none.
    """
    z, pace = u * u, step - 0.0416666667 * twist
    gone = (u + 0.5) * pace + 0.5 * slope * (0.25 - z) + 0.166666667 * twist * (0.125 + u * z) + 0.0416666667 * jerk * (0.0625 - z * z)
    way = (past - gone) / (pace - slope * u + 0.5 * twist * z)
    return minimum(maximum(select((slope != 0.0) | (twist != 0.0), u + way, u), -0.5), 0.5)


def slope_of(coming, step, earlier, earliest):
    """(slope, twist, jerk) of a pace in the middle of the frame in which it went by `step`, from the steps around it: per frame, per its square and its cube."""
    twist, jerk = coming - 2.0 * step + earlier, (coming - earliest) - 3.0 * (step - earlier)
    return 0.5 * (coming - earlier) - 0.208333333 * jerk, twist, jerk


def filtered(coming, step, earlier):
    """The pace of a phase as the filter hears it where it changes, whose share in a wave is taken away LATE times: exactly `step` where it stands still."""
    return 0.5 * (coming + step) - 0.166666667 * (coming - 2.0 * step + earlier) - (LEFT / LATE) * (coming - step)


def moment(line):
    """The same for a frequency that stands still, of `past` / `step`."""
    return minimum(maximum(line, 0.0), 1.0) - 0.5


def until(to_go, way, per_step):
    """In how many frames a phase that has `to_go` to its edge is there or has just gone past it, and how far past, while it goes the same `way` in
    each; a million where it is that far, or stands still.
    """
    turn = turns(to_go + way - 1)
    most = select(turn < 0.0, turn + 1.0, turn) * per_step
    frames = to_whole(minimum(maximum(most - 0.001, 0.0), 1e6))            # rounded down, sometimes one too few, never one too many
    past = frames * way - to_go
    early = past < 0
    return select(way > 0, select(early, frames + 1, frames), 1_000_000), select(early, past + way, past)


def until_again(past, way, per_step):
    """The same from the frame behind one in which the phase had gone `past` its edge: it takes a turn, in which that much is left to go."""
    turn, over = until(-way, way, per_step)                 # of a phase that came to its edge exactly; the same each time
    early = past + over - way
    return select(early >= 0, turn - 1, turn), select(early >= 0, early, early + way)


def rung(now1, next1, now2, next2, now3, next3):
    """The ringing one frame later."""
    return (fma(0.72948928, now1, next1), -0.207483058 * now1, fma(-0.104380193, now2, next2), -0.365178283 * now2,
            fma(-0.92476344, now3, next3), -0.723990483 * now3)


STEP = ((-1.25819323, 0.699634245, 0.0984732898, -0.174828067, 0.0592464546, 0.0),
        (0.335745081, 0.0621870035, -0.221980785, 0.106175605, -0.022371942, 0.0),
        (0.168548428, -0.927111598, 0.213454707, 0.391713619, -0.144807477, -0.0284048081),
        (-0.297159229, -0.0624406473, 0.477134945, -0.128921554, -0.0858605276, 0.0357361483),
        (0.0947264217, 0.254129032, -0.259619156, -0.167925169, 0.106901873, 0.0305629497),
        (0.133502863, -0.0421470399, -0.301616154, 0.064934898, 0.105426446, -0.0210716905))


def strike(where, height, u):
    """What a step adds to the ringing, which was `height` high, in the lanes `where` there is one; -0 in the others."""
    return polynomials(where, u, height, STEP)


def struck(where, height, u, now1, next1, now2, next2, now3, next3):
    """The ringing with that of a step in it, which was `height` high, in the lanes `where` there is one."""
    s1, t1, s2, t2, s3, t3 = strike(where, height, u)
    return now1 + s1, next1 + t1, now2 + s2, next2 + t2, now3 + s3, next3 + t3


CORNER = ((1.24105673, -1.25842449, 0.349754055, 0.036526393, -0.0434548219, 0.0),
          (-0.572591306, 0.335832595, 0.0311038083, -0.0753925, 0.0265027471, 0.0),
          (0.252423426, 0.169116112, -0.463463506, 0.0620902865, 0.0964497604, 0.0),
          (0.120586996, -0.296823561, -0.0313372816, 0.153677229, -0.0303662568, 0.0),
          (-0.0615176378, 0.0943069181, 0.126964485, -0.0798481356, -0.0403869995, 0.0),
          (-0.000210063517, 0.133089439, -0.0210042704, -0.093941033, 0.0151332463, 0.0))
BEND = ((-0.672944586, 1.24112429, -0.626937065, 0.114414047), (0.548025514, -0.572632661, 0.163207175, 0.0116927293),
        (-0.141059346, 0.252271736, 0.0884574853, -0.149659191), (0.0582519061, 0.120635701, -0.138795783, -0.0119718586),
        (-0.0160133681, -0.0614534576, 0.0421490968, 0.0402954868), (-0.0286417205, -0.000234455702, 0.0606597323, -0.00624015707))
TWIST = ((-0.177576447, -0.672889991, 0.627735616, -0.209273126), (-0.280437743, 0.54790865, -0.285599332, 0.0550267757),
         (-0.0365200102, -0.140956171, 0.116731824, 0.0289429061), (-0.0598313808, 0.0584956333, 0.0595855639, -0.0475608592),
         (0.0143400935, -0.0161426984, -0.0281871073, 0.0147340045), (0.00206997387, -0.0287929937, -0.00051520152, 0.0210213435))


def bent(where, height, bend, twist, u, now1, next1, now2, next2, now3, next3):
    """The ringing with that of a corner in it, where the slope, in units per frame, changed by `height`, its own slope by `bend`, and that one's by `twist`."""
    c1, d1, c2, d2, c3, d3 = polynomials(where, u, height, CORNER)
    e1, f1, e2, f2, e3, f3 = polynomials(where, u, bend, BEND)
    g1, h1, g2, h2, g3, h3 = polynomials(where, u, twist, TWIST)
    return (now1 + c1 + (e1 + g1), next1 + d1 + (f1 + h1), now2 + c2 + (e2 + g2), next2 + d2 + (f2 + h2), now3 + c3 + (e3 + g3), next3 + d3 + (f3 + h3))
