"""Four sines that bend one another, as in the FM synthesisers of the eighties: electric pianos, bells, basses, brass and clangs.

Each operator is a sine at `freq` times its ratio, with its own level and envelope (attack, decay, sustain, release); one gate drives all four,
and its height is the velocity. `algorithm` says who bends whom, in the numbering of the four-operator chips less one:
0: 4>3>2>1   1: (4+3)>2>1   2: 4>1, 3>2>1   3: 4>3>1, 2>1   4: 4>3, 2>1   5: 4>3, 4>2, 4>1   6: 4>3, 2, 1   7: 4, 3, 2, 1; who bends nobody is
heard. It is phase modulation: at level 1 an operator turns the phase of another by up to a turn each way, an index of 6.28, times `brightness`.
`feedback` lets operator 4 bend itself by the mean of its last two frames, up to half a turn: a saw at 0.5, noise from 0.7 on. `touch` is how much
of the velocity reaches those that bend. Each hears the others as they were one frame before, so the four are computed side by side.
The attack is the charge of a capacitor towards 1.3 and done in its milliseconds; decay and release fall by 60 dB in theirs. From silence all
phases begin at 0; struck while it sounds they run on and the envelopes start from where they are, so nothing clicks. Of an envelope is kept how
far it is away from its aim, and `stage`: 0 closed, 1 some operator rises, 2 all fall or stand, when there is nothing to do but to multiply.
"""
from chronus.dsp.declare import frame_seconds, gate, hertz, milliseconds, module, phase, promise, ratio, state
from chronus.dsp.lanes import any_lane, maximum, minimum, select, to_whole, turns
from chronus.dsp.math import sine_of_many_turns

ALONE = {"algorithm": 7.0, "level2": 0.0, "level3": 0.0, "level4": 0.0, "sustain1": 1.0}
TWO = {"gate": 1.0, "algorithm": 4.0, "brightness": 2.0, "ratio2": 0.14, "sustain1": 1.0, "sustain2": 1.0, "level3": 0.0, "level4": 0.0}


FLOOR = -1e-5                             # what an envelope falls towards below its aim, so that it arrives at nothing


def falls(time, ms):
    """The part of the way to go in one frame, to do 60 dB of it in `time`: 2 c / (time + c), which needs no exponential."""
    c = 3.4538776 * ms
    return (c + c) / (maximum(time, c) + c)


def fallen(away, before, aim, part):
    """How far a level is away from its aim one frame later; the aim was another one `before`."""
    away = away + (before - aim)
    return away - away * part


def risen(rising, level, height, attack, ms, aim, away, up):
    """What `away` and `up` are, where an operator is rising: `up` is 1 until its height is reached."""
    c = 0.7331685 * ms                     # so that the way to 1.3 times the height is at the height in time
    higher = minimum(level + (1.3 * height - level) * ((c + c) / (maximum(attack, c) + c)), maximum(level, height))
    return select(rising, higher - aim, away), select(rising, select(higher < height, 1.0, 0.0), up)


def held(level):
    return minimum(maximum(level, -4.0), 4.0)


def weights(algorithm):
    """How much 2 bends 1, 3 bends 1 and 2, 4 bends 1, 2 and 3, and how much of 4 is heard, each 0 or 1: differences of steps, no masks."""
    g1, g2, g3 = select(algorithm > 0.5, 1.0, 0.0), select(algorithm > 1.5, 1.0, 0.0), select(algorithm > 2.5, 1.0, 0.0)
    g4, g5, g6 = select(algorithm > 3.5, 1.0, 0.0), select(algorithm > 4.5, 1.0, 0.0), select(algorithm > 5.5, 1.0, 0.0)
    four = select(algorithm > 6.5, 1.0, 0.0)
    five = g5 - g6
    return 1.0 - g5, g3 - g4, 1.0 - g3, (g2 - g3) + five, (g1 - g2) + five, (1.0 - g1) + (g3 - four), four


@module(kind="oscillators",
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
def fm4(gate=gate(), freq=hertz(220.0, low=0.0, high=20_000.0), algorithm=ratio(4.0, high=7.0), feedback=ratio(0.1), brightness=ratio(1.0, high=4.0),
        touch=ratio(0.7), ratio1=ratio(1.0, high=32.0), level1=ratio(0.7, high=2.0), attack1=milliseconds(1.0, low=0.0, high=10_000.0),
        decay1=milliseconds(3_000.0, low=1.0, high=20_000.0), sustain1=ratio(0.0), release1=milliseconds(250.0, low=1.0, high=20_000.0),
        ratio2=ratio(1.0, high=32.0), level2=ratio(0.2, high=2.0), attack2=milliseconds(1.0, low=0.0, high=10_000.0),
        decay2=milliseconds(2_000.0, low=1.0, high=20_000.0), sustain2=ratio(0.2), release2=milliseconds(250.0, low=1.0, high=20_000.0),
        ratio3=ratio(1.0, high=32.0), level3=ratio(0.5, high=2.0), attack3=milliseconds(1.0, low=0.0, high=10_000.0),
        decay3=milliseconds(1_500.0, low=1.0, high=20_000.0), sustain3=ratio(0.0), release3=milliseconds(250.0, low=1.0, high=20_000.0),
        ratio4=ratio(14.0, high=32.0), level4=ratio(0.1, high=2.0), attack4=milliseconds(0.0, low=0.0, high=10_000.0),
        decay4=milliseconds(400.0, low=1.0, high=20_000.0), sustain4=ratio(0.0), release4=milliseconds(150.0, low=1.0, high=20_000.0),
        gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(), angle1=phase(), angle2=phase(), angle3=phase(), angle4=phase(),
        away1=state(), away2=state(), away3=state(), away4=state(), aim1=state(), aim2=state(), aim3=state(), aim4=state(),
        up1=state(), up2=state(), up3=state(), up4=state(), stage=state(), y2=state(), y3=state(), y4=state(), earlier=state()):
    w21, w31, w32, w41, w42, w43, four = weights(algorithm)
    two, three = 1.0 - w21, 1.0 - w31 - w32
    deaf, ms = 1.0 - minimum(maximum(touch, 0.0), 1.0), 1000.0 * frame
    bright, back = minimum(maximum(brightness, 0.0), 16.0), 0.25 * minimum(maximum(feedback, 0.0), 1.0)
    own2, own3, own4 = deaf * (1.0 - two), deaf * (1.0 - three), deaf * (1.0 - four)       # of a height, what is there whatever the velocity
    sus1, sus2, sus3, sus4 = minimum(sustain1, 1.0), minimum(sustain2, 1.0), minimum(sustain3, 1.0), minimum(sustain4, 1.0)

    velocity = minimum(gate, 1.0)
    is_open = velocity > 1e-6
    be1, be2, be3, be4 = aim1, aim2, aim3, aim4
    aim1 = select(is_open, velocity * sus1 + FLOOR, FLOOR)
    aim2 = select(is_open, velocity * (sus2 * (1.0 - own2)) + (sus2 * own2 + FLOOR), FLOOR)
    aim3 = select(is_open, velocity * (sus3 * (1.0 - own3)) + (sus3 * own3 + FLOOR), FLOOR)
    aim4 = select(is_open, velocity * (sus4 * (1.0 - own4)) + (sus4 * own4 + FLOOR), FLOOR)
    was1, was2, was3, was4 = away1, away2, away3, away4
    away1 = fallen(away1, be1, aim1, select(is_open, falls(decay1, ms), falls(release1, ms)))
    away2 = fallen(away2, be2, aim2, select(is_open, falls(decay2, ms), falls(release2, ms)))
    away3 = fallen(away3, be3, aim3, select(is_open, falls(decay3, ms), falls(release3, ms)))
    away4 = fallen(away4, be4, aim4, select(is_open, falls(decay4, ms), falls(release4, ms)))
    rises = is_open & (stage < 1.5)
    stage = select(is_open, stage, 0.0)
    if any_lane(rises):
        opens = rises & (stage < 0.5)
        e1, e2, e3, e4 = maximum(be1 + was1, 0.0), maximum(be2 + was2, 0.0), maximum(be3 + was3, 0.0), maximum(be4 + was4, 0.0)
        begins = opens & ((e1 + e2) + (e3 + e4) <= 0.0)
        angle1, angle2 = select(begins, 0, angle1), select(begins, 0, angle2)
        angle3, angle4 = select(begins, 0, angle3), select(begins, 0, angle4)
        away1, up1 = risen(opens | (rises & (up1 > 0.0)), e1, velocity, attack1, ms, aim1, away1, up1)
        away2, up2 = risen(opens | (rises & (up2 > 0.0)), e2, own2 + velocity * (1.0 - own2), attack2, ms, aim2, away2, up2)
        away3, up3 = risen(opens | (rises & (up3 > 0.0)), e3, own3 + velocity * (1.0 - own3), attack3, ms, aim3, away3, up3)
        away4, up4 = risen(opens | (rises & (up4 > 0.0)), e4, own4 + velocity * (1.0 - own4), attack4, ms, aim4, away4, up4)
        stage = select(rises, select((up1 + up2) + (up3 + up4) > 0.0, 1.0, 2.0), stage)

    x4 = sine_of_many_turns(turns(angle4) + back * (y4 + earlier)) * (maximum(aim4 + away4, 0.0) * held(level4))
    x3 = sine_of_many_turns(turns(angle3) + (bright * w43) * y4) * (maximum(aim3 + away3, 0.0) * held(level3))
    x2 = sine_of_many_turns(turns(angle2) + ((bright * w42) * y4 + (bright * w32) * y3)) * (maximum(aim2 + away2, 0.0) * held(level2))
    x1 = sine_of_many_turns(turns(angle1) + ((bright * w41) * y4 + (bright * w31) * y3 + (bright * w21) * y2)) * (maximum(aim1 + away1, 0.0)
                                                                                                                  * held(level1))
    heard = (x1 + two * x2) + (three * x3 + four * x4)
    way = 4294967296.0 * frame                                                              # a whole turn is 2**32
    return heard * gain, (angle1 + to_whole(freq * (way * ratio1)), angle2 + to_whole(freq * (way * ratio2)),
                          angle3 + to_whole(freq * (way * ratio3)), angle4 + to_whole(freq * (way * ratio4)),
                          away1, away2, away3, away4, aim1, aim2, aim3, aim4, up1, up2, up3, up4, stage, x2, x3, x4, y4)
