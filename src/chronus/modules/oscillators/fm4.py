"""Four sines that bend one another, as in the FM synthesisers of the eighties: electric pianos, bells, basses, brass and clangs.

Each operator is a sine at `freq` times its ratio, with its own level and envelope (attack, decay, sustain, release); one gate drives all four,
and its height is the velocity. `algorithm` says who bends whom, in the numbering of the four-operator chips less one:
0: 4>3>2>1   1: (4+3)>2>1   2: 4>1, 3>2>1   3: 4>3>1, 2>1   4: 4>3, 2>1   5: 4>3, 4>2, 4>1   6: 4>3, 2, 1   7: 4, 3, 2, 1; who bends nobody is
heard. It is phase modulation: at level 1 an operator turns the phase of another by up to a turn each way, an index of 6.28, times `brightness`.
`feedback` lets operator 4 bend itself by the mean of its last two frames, up to half a turn: a saw at 0.5, noise from 0.7 on. `touch` is how much
of the velocity reaches those that bend. Each hears the others as they were one frame before, so the four are computed side by side.
The attack is the charge of a capacitor towards 1.3 and done in its milliseconds; decay and release fall by 60 dB in theirs. From silence all
phases begin at 0; struck while it sounds they run on and the envelopes start from where they are, so nothing clicks. Of an envelope is kept how
far it is away from its aim; while no gate moves and no operator rises there is nothing to do but to multiply. A sustain is heard at once.
"""
from chronus.dsp.declare import at_once, frame_seconds, gate, hertz, milliseconds, module, phase, promise, ratio, state
from chronus.dsp.lanes import absolute, any_lane, fma, maximum, minimum, off_nearest, select, to_whole, turns

ALONE = {"algorithm": 7.0, "level2": 0.0, "level3": 0.0, "level4": 0.0, "sustain1": 1.0}
TWO = {"gate": 1.0, "algorithm": 4.0, "brightness": 2.0, "ratio2": 0.14, "sustain1": 1.0, "sustain2": 1.0, "level3": 0.0, "level4": 0.0}


FLOOR = -1e-5                             # what an envelope falls towards below its aim, so that it arrives at nothing


def kept(time, ms):
    """What a frame leaves of the way to go, to do 60 dB of it in `time`, or in ten frames: 1 - 2 c / (time + c), which needs no exponential.
    Its rounding makes 20 s up to 0.7 % too long or too short.
    """
    c = 3.4538776 * ms
    return 1.0 - (c + c) / (maximum(time, 3.0 * c) + c)


def aimed(velocity, sustain, own):
    """Where an envelope ends while the gate is at `velocity`; `own` is the part of its height that is there whatever that is."""
    return select(velocity > 0.0, velocity * (sustain * (1.0 - own)) + (sustain * own + FLOOR), FLOOR)


def turned(rises, away, last, aim, keep, height, attack, ms):
    """How far from its aim an envelope stands before it falls by a frame, where the gate moves, and the `last` aim was another one, or it rises; and 1 if
    it rises on. One that rises is put so far away that it falls to where it is to be.
    """
    level = maximum(last + away, 0.0)
    c = 0.7331685 * ms                     # so that the way to 1.3 times the height is at the height in time
    higher = minimum(level + (1.3 * height - level) * ((c + c) / (maximum(attack, c) + c)), maximum(level, height))
    return select(rises, (higher - aim) / keep, away + (last - aim)), select(rises & (higher < height), 1.0, 0.0)


def loudness(level):
    """The level of an operator, times the highest coefficient of the polynomial of `wave`: both stand still, so it costs nothing there."""
    return minimum(maximum(level, -4.0), 4.0) * 56.143795


def wave(x, height):
    """A sine of `x` turns, -0.5 to 0.5: the polynomial of `math.sine_of_one_turn`, without its highest coefficient."""
    w = x * (0.5 - absolute(x))
    u = absolute(w)
    return (w * height) * fma(u, fma(u, u + 1.26805627, 0.895371854), 0.223824278)


def weights(algorithm):
    """How much 2 bends 1, 3 bends 1 and 2, 4 bends 1, 2 and 3, and how much of 4 is heard, each 0 or 1: differences of steps, no masks."""
    g1, g2, g3 = select(algorithm > 0.5, 1.0, 0.0), select(algorithm > 1.5, 1.0, 0.0), select(algorithm > 2.5, 1.0, 0.0)
    g4, g5, g6 = select(algorithm > 3.5, 1.0, 0.0), select(algorithm > 4.5, 1.0, 0.0), select(algorithm > 5.5, 1.0, 0.0)
    four = select(algorithm > 6.5, 1.0, 0.0)
    five = g5 - g6
    return 1.0 - g5, g3 - g4, 1.0 - g3, (g2 - g3) + five, (g1 - g2) + five, (1.0 - g1) + (g3 - four), four


@module(kind="oscillators", version=5,
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
        away1=state(), away2=state(), away3=state(), away4=state(), up1=state(), up2=state(), up3=state(), up4=state(), settled=state(), was=state(),
        y2=state(), y3=state(), y4=state(), earlier=state()):
    w21, w31, w32, w41, w42, w43, four = weights(algorithm)
    two, three = 1.0 - w21, 1.0 - w31 - w32
    deaf, ms = 1.0 - minimum(maximum(touch, 0.0), 1.0), 1000.0 * frame
    bright, back = minimum(maximum(brightness, 0.0), 16.0), 0.25 * minimum(maximum(feedback, 0.0), 1.0)
    own1, own2, own3, own4 = 0.0, deaf * (1.0 - two), deaf * (1.0 - three), deaf * (1.0 - four)
    sus1, sus2 = minimum(maximum(sustain1, 0.0), 1.0), minimum(maximum(sustain2, 0.0), 1.0)
    sus3, sus4 = minimum(maximum(sustain3, 0.0), 1.0), minimum(maximum(sustain4, 0.0), 1.0)

    is_open = gate > 1e-6
    velocity = select(is_open, minimum(gate, 1.0), 0.0)
    aim1, aim2, aim3, aim4 = aimed(velocity, sus1, own1), aimed(velocity, sus2, own2), aimed(velocity, sus3, own3), aimed(velocity, sus4, own4)
    keep1, keep2 = select(is_open, kept(decay1, ms), kept(release1, ms)), select(is_open, kept(decay2, ms), kept(release2, ms))
    keep3, keep4 = select(is_open, kept(decay3, ms), kept(release3, ms)), select(is_open, kept(decay4, ms), kept(release4, ms))
    changes = velocity != settled
    if any_lane(changes):
        opens = is_open & (was <= 0.0)
        last1, last2, last3, last4 = aimed(was, sus1, own1), aimed(was, sus2, own2), aimed(was, sus3, own3), aimed(was, sus4, own4)
        begins = opens & (maximum(maximum(last1 + away1, last2 + away2), maximum(last3 + away3, last4 + away4)) <= 0.0)
        angle1, angle2 = select(begins, 0, angle1), select(begins, 0, angle2)
        angle3, angle4 = select(begins, 0, angle3), select(begins, 0, angle4)
        then, on = turned(is_open & (opens | (up1 > 0.0)), away1, last1, aim1, keep1, velocity, attack1, ms)
        away1, up1 = select(changes, then, away1), select(changes, on, up1)
        then, on = turned(is_open & (opens | (up2 > 0.0)), away2, last2, aim2, keep2, own2 + velocity * (1.0 - own2), attack2, ms)
        away2, up2 = select(changes, then, away2), select(changes, on, up2)
        then, on = turned(is_open & (opens | (up3 > 0.0)), away3, last3, aim3, keep3, own3 + velocity * (1.0 - own3), attack3, ms)
        away3, up3 = select(changes, then, away3), select(changes, on, up3)
        then, on = turned(is_open & (opens | (up4 > 0.0)), away4, last4, aim4, keep4, own4 + velocity * (1.0 - own4), attack4, ms)
        away4, up4 = select(changes, then, away4), select(changes, on, up4)
        settled = select((up1 + up2) + (up3 + up4) > 0.0, -1.0, velocity)
    away1, away2, away3, away4 = away1 * keep1, away2 * keep2, away3 * keep3, away4 * keep4

    b21, b31, b32, b41, b42, b43 = bright * w21, bright * w31, bright * w32, bright * w41, bright * w42, bright * w43
    t1, t2, t3, t4 = turns(angle1), turns(angle2), turns(angle3), turns(angle4)
    if any_lane(back > 0.0):
        t4 = off_nearest(fma(back, earlier + y4, t4))
    t1, t2, t3 = fma(b21, y2, t1), fma(b32, y3, t2), fma(b43, y4, t3)
    if any_lane((b31 + b41) + b42 > 0.0):                                                   # who bends another than the next
        t1, t2 = fma(b31, y3, fma(b41, y4, t1)), fma(b42, y4, t2)
    t1, t2, t3 = off_nearest(t1), off_nearest(t2), off_nearest(t3)
    x4, x3 = wave(t4, maximum(aim4 + away4, 0.0) * loudness(level4)), wave(t3, maximum(aim3 + away3, 0.0) * loudness(level3))
    x2, x1 = wave(t2, maximum(aim2 + away2, 0.0) * loudness(level2)), wave(t1, maximum(aim1 + away1, 0.0) * loudness(level1))
    heard = fma(two, x2, x1) + fma(three, x3, four * x4)
    way = 4294967296.0 * frame                                                              # a whole turn is 2**32
    return heard * gain, (angle1 + to_whole(freq * (way * ratio1)), angle2 + to_whole(freq * (way * ratio2)),
                          angle3 + to_whole(freq * (way * ratio3)), angle4 + to_whole(freq * (way * ratio4)),
                          away1, away2, away3, away4, up1, up2, up3, up4, settled, velocity, x2, x3, x4, y4)
