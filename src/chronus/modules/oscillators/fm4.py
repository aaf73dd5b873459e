"""Four sines that bend one another, as in the FM synthesisers of the eighties: electric pianos, bells, basses, brass and clangs.

Each operator is a sine at `freq` times its ratio, with its own level and envelope (attack, decay, sustain, release); one gate drives all four,
and its height is the velocity. `algorithm` says who bends whom, in the numbering of the four-operator chips less one:
0: 4>3>2>1   1: (4+3)>2>1   2: 4>1, 3>2>1   3: 4>3>1, 2>1   4: 4>3, 2>1   5: 4>3, 4>2, 4>1   6: 4>3, 2, 1   7: 4, 3, 2, 1; who bends nobody is
heard. It is phase modulation: at level 1 an operator turns the phase of another by up to a turn each way, an index of 6.28, times `brightness`.
`feedback` lets operator 4 bend itself by the mean of its last two frames, up to half a turn: a saw at 0.5, noise from 0.7 on. `touch` is how much
of the velocity reaches those that bend. Each hears the others as they were one frame before, so the four are computed side by side.
The attack is the charge of a capacitor towards 1.3 and done in its milliseconds; decay and release fall by 60 dB in theirs, and a sustain that
is turned is approached at the pace of the decay. From silence all phases begin at 0; struck while it sounds they run on and the envelopes start
from where they are, so nothing clicks. While no gate moves and no operator rises an envelope is one multiplication and one sum.
"""
from chronus.dsp.declare import at_once, frame_seconds, gate, hertz, milliseconds, module, phase, promise, ratio, state
from chronus.dsp.lanes import any_lane, fma, maximum, minimum, off_nearest, seldom, select, to_whole, turns

ALONE = {"algorithm": 7.0, "level2": 0.0, "level3": 0.0, "level4": 0.0, "sustain1": 1.0}
TWO = {"gate": 1.0, "algorithm": 4.0, "brightness": 2.0, "ratio2": 0.14, "sustain1": 1.0, "sustain2": 1.0, "level3": 0.0, "level4": 0.0}


SILENT = 1e-5                             # below it nobody hears an envelope, and phases may begin anew


def shares(first, second, third, fourth, c, least):
    """What part of its way each of four goes in a frame, to be there after its time: 2 c / (time + c), with one division for all. A time below
    `least` counts as that.
    """
    one, two = minimum(maximum(first, least), 1e8) + c, minimum(maximum(second, least), 1e8) + c
    three, four = minimum(maximum(third, least), 1e8) + c, minimum(maximum(fourth, least), 1e8) + c
    early, late = one * two, three * four
    whole = (c + c) / (early * late)
    early, late = early * whole, late * whole
    return late * two, late * one, early * four, early * three


def kept(first, second, third, fourth, ms):
    """What a frame leaves of the way to go, to do 60 dB of it in those times, or in ten frames. Rounding makes 20 s up to 0.7 % too long or too short."""
    c = 3.4538776 * ms
    one, two, three, four = shares(first, second, third, fourth, c, 3.0 * c)
    return 1.0 - one, 1.0 - two, 1.0 - three, 1.0 - four


def risen(rises, level, keep, aim, height, share):
    """An envelope that rises, so far away that it falls by a frame to where it is to be: `share` of the way to 1.3 times its height, where it ends;
    and 1 if it rises on.
    """
    higher = minimum(fma(1.3 * height - level, share, level), maximum(level, height))
    return select(rises, (higher - aim) / keep, level), select(rises & (higher < height), 1.0, 0.0)


def loudness(level):
    """The level of an operator, times the highest coefficient of the polynomial of `wave`: where it stands still it costs nothing."""
    return minimum(maximum(level, -4.0), 4.0) * -12.2441959


def wave(x, height):
    """A sine of `x` turns, -0.5 to 0.5, without the highest coefficient of its polynomial; error below 3.7e-7 (`bench/fit_polynomials.py`)."""
    z = x * x
    return (x * height) * fma(z, fma(z, fma(z, fma(z, z - 3.36386776, 6.25406504), -6.66403675), 3.37640834), -0.513155997)


def weights(algorithm):
    """How much 2 bends 1, 3 bends 1 and 2, 4 bends 1, 2 and 3, and how much of 4 is heard, each 0 or 1: differences of steps, no masks."""
    g1, g2, g3 = select(algorithm > 0.5, 1.0, 0.0), select(algorithm > 1.5, 1.0, 0.0), select(algorithm > 2.5, 1.0, 0.0)
    g4, g5, g6 = select(algorithm > 3.5, 1.0, 0.0), select(algorithm > 4.5, 1.0, 0.0), select(algorithm > 5.5, 1.0, 0.0)
    four = select(algorithm > 6.5, 1.0, 0.0)
    five = g5 - g6
    return 1.0 - g5, g3 - g4, 1.0 - g3, (g2 - g3) + five, (g1 - g2) + five, (1.0 - g1) + (g3 - four), four


def played(gate):
    """The velocity of a gate, 0 where it is closed."""
    return select(gate > 1e-6, minimum(gate, 1.0), 0.0)


def stirring(gate, settled):
    """Where a gate moves or an operator rises."""
    return played(gate) != settled


@module(kind="oscillators", version=6, stirs=stirring,
        promises=(promise("pitch", freq=440.0, within_cents=0.1, gate=1.0, **ALONE), promise("pitch", freq=10.0, within_cents=0.1, gate=1.0, **ALONE),
                  promise("purity", freq=997.0, thd_db=-135.0, gate=1.0, **ALONE),
                  promise("sidebands", freq=5_000.0, apart=700.0, index=1.5707963, within=0.05, level2=0.125, **TWO),
                  promise("sidebands", freq=5_000.0, apart=700.0, index=6.2831853, within=0.05, level2=0.5, **TWO),
                  promise("fades", ms=300.0, within=0.02, freq=3_000.0, release1=300.0, **ALONE),
                  promise("smooth", below=0.06, freq=100.0, **ALONE),
                  promise("velocity", db=6.02, within=0.01, algorithm=7.0),
                  promise("wired", algorithm=0.0, bends=((4, 3), (3, 2), (2, 1)), heard=(1,)),
                  promise("wired", algorithm=1.0, bends=((4, 2), (3, 2), (2, 1)), heard=(1,)),
                  promise("wired", algorithm=2.0, bends=((4, 1), (3, 2), (2, 1)), heard=(1,)),
                  promise("wired", algorithm=3.0, bends=((4, 3), (3, 1), (2, 1)), heard=(1,)),
                  promise("wired", algorithm=4.0, bends=((4, 3), (2, 1)), heard=(1, 3)),
                  promise("wired", algorithm=5.0, bends=((4, 3), (4, 2), (4, 1)), heard=(1, 2, 3)),
                  promise("wired", algorithm=6.0, bends=((4, 3),), heard=(1, 2, 3)),
                  promise("wired", algorithm=7.0, bends=(), heard=(1, 2, 3, 4))))
def fm4(gate=gate(), freq=hertz(220.0, low=0.0, high=20_000.0), algorithm=at_once(4.0, low=0.0, high=7.0), feedback=ratio(0.1), brightness=ratio(1.0, high=4.0),
        touch=ratio(0.7), ratio1=ratio(1.0, high=32.0), level1=ratio(0.7, high=2.0), attack1=milliseconds(1.0, low=0.0, high=10_000.0),
        decay1=milliseconds(3_000.0, low=1.0, high=20_000.0), sustain1=ratio(0.0), release1=milliseconds(250.0, low=1.0, high=20_000.0),
        ratio2=ratio(1.0, high=32.0), level2=ratio(0.2, high=2.0), attack2=milliseconds(1.0, low=0.0, high=10_000.0),
        decay2=milliseconds(2_000.0, low=1.0, high=20_000.0), sustain2=ratio(0.2), release2=milliseconds(250.0, low=1.0, high=20_000.0),
        ratio3=ratio(1.0, high=32.0), level3=ratio(0.5, high=2.0), attack3=milliseconds(1.0, low=0.0, high=10_000.0),
        decay3=milliseconds(1_500.0, low=1.0, high=20_000.0), sustain3=ratio(0.0), release3=milliseconds(250.0, low=1.0, high=20_000.0),
        ratio4=ratio(14.0, high=32.0), level4=ratio(0.1, high=2.0), attack4=milliseconds(0.0, low=0.0, high=10_000.0),
        decay4=milliseconds(400.0, low=1.0, high=20_000.0), sustain4=ratio(0.0), release4=milliseconds(150.0, low=1.0, high=20_000.0),
        gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(), angle1=phase(), angle2=phase(), angle3=phase(), angle4=phase(),
        env1=state(), env2=state(), env3=state(), env4=state(), up1=state(), up2=state(), up3=state(), up4=state(), settled=state(), was=state(),
        y2=state(), y3=state(), y4=state(), earlier=state()):
    w21, w31, w32, w41, w42, w43, four = weights(algorithm)
    two, three = 1.0 - w21, 1.0 - w31 - w32
    deaf, ms = 1.0 - minimum(maximum(touch, 0.0), 1.0), 1000.0 * frame
    bright, back = minimum(maximum(brightness, 0.0), 16.0), 0.25 * minimum(maximum(feedback, 0.0), 1.0)
    own2, own3, own4 = deaf * (1.0 - two), deaf * (1.0 - three), deaf * (1.0 - four)       # of their heights, what is there at any velocity
    is_open = gate > 1e-6
    velocity = played(gate)
    high1, high2 = velocity, select(is_open, fma(velocity, 1.0 - own2, own2), 0.0)
    high3, high4 = select(is_open, fma(velocity, 1.0 - own3, own3), 0.0), select(is_open, fma(velocity, 1.0 - own4, own4), 0.0)
    falls, ends = kept(decay1, decay2, decay3, decay4, ms), kept(release1, release2, release3, release4, ms)
    keep1, keep2 = select(is_open, falls[0], ends[0]), select(is_open, falls[1], ends[1])
    keep3, keep4 = select(is_open, falls[2], ends[2]), select(is_open, falls[3], ends[3])
    aim1, aim2 = (high1 * minimum(maximum(sustain1, 0.0), 1.0)) * (1.0 - keep1), (high2 * minimum(maximum(sustain2, 0.0), 1.0)) * (1.0 - keep2)
    aim3, aim4 = (high3 * minimum(maximum(sustain3, 0.0), 1.0)) * (1.0 - keep3), (high4 * minimum(maximum(sustain4, 0.0), 1.0)) * (1.0 - keep4)
    if seldom(stirring(gate, settled)):
        opens = is_open & (was <= 0.0)
        begins = opens & (maximum(maximum(env1, env2), maximum(env3, env4)) < SILENT)
        angle1, angle2 = select(begins, 0, angle1), select(begins, 0, angle2)
        angle3, angle4 = select(begins, 0, angle3), select(begins, 0, angle4)
        c = 0.7331685 * ms                                                                  # so that the way to 1.3 is at 1 in time
        way1, way2, way3, way4 = shares(attack1, attack2, attack3, attack4, c, c)
        env1, up1 = risen(is_open & (opens | (up1 > 0.0)), env1, keep1, aim1, high1, way1)
        env2, up2 = risen(is_open & (opens | (up2 > 0.0)), env2, keep2, aim2, high2, way2)
        env3, up3 = risen(is_open & (opens | (up3 > 0.0)), env3, keep3, aim3, high3, way3)
        env4, up4 = risen(is_open & (opens | (up4 > 0.0)), env4, keep4, aim4, high4, way4)
        settled = select((up1 + up2) + (up3 + up4) > 0.0, -1.0, velocity)
    env1, env2, env3, env4 = fma(env1, keep1, aim1), fma(env2, keep2, aim2), fma(env3, keep3, aim3), fma(env4, keep4, aim4)

    loud2, loud3, loud4 = loudness(level2), loudness(level3), loudness(level4)
    b21, b31, b32 = (bright * w21) * loud2, (bright * w31) * loud3, (bright * w32) * loud3
    b41, b42, b43 = (bright * w41) * loud4, (bright * w42) * loud4, (bright * w43) * loud4
    t1, t2, t3, t4 = turns(angle1), turns(angle2), turns(angle3), turns(angle4)
    if any_lane(back > 0.0):
        t4 = off_nearest(fma(back * loud4, earlier + y4, t4))
    t1, t2, t3 = fma(b21, y2, t1), fma(b32, y3, t2), fma(b43, y4, t3)
    if any_lane((w31 + w41) + w42 > 0.0):                                                   # who bends another than the next
        t1, t2 = fma(b31, y3, fma(b41, y4, t1)), fma(b42, y4, t2)
    t1, t2, t3 = off_nearest(t1), off_nearest(t2), off_nearest(t3)
    x1, x2, x3, x4 = wave(t1, env1), wave(t2, env2), wave(t3, env3), wave(t4, env4)
    heard = fma(gain * loudness(level1), x1, 0.0)                                           # a sum, so that 0 has no sign whoever else is heard
    if any_lane((two + three) + four > 0.0):                                                # who is heard beside the first
        heard = fma(two * (gain * loud2), x2, heard) + fma(three * (gain * loud3), x3, (four * (gain * loud4)) * x4)
    way = 4294967296.0 * frame                                                              # a whole turn is 2**32
    return heard, (angle1 + to_whole(freq * (way * ratio1)), angle2 + to_whole(freq * (way * ratio2)),
                   angle3 + to_whole(freq * (way * ratio3)), angle4 + to_whole(freq * (way * ratio4)),
                   env1, env2, env3, env4, up1, up2, up3, up4, settled, velocity, x2, x3, x4, y4)
