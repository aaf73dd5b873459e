"""A cloud of small pieces of a recording: stands still in a sound, crawls through it, scatters it, at any pitch.

Up to eight grains sound at once, `density` of them begin in a second, each `size` long, under a window (4 x (1 - x))^2. They begin at
`position`, a part of the recording, or up to half of `spray`, another part of it, beside that; `spread` 0 is the same dice for both sides
and all voices, 1 dice of their own. `freq` over `root` is the pitch. Dice are a hash of the grain's number. More grains at once are as loud
as few; a grain that would outlast seven others is shortened.
"""
from chronus.dsp.declare import frame_seconds, hertz, milliseconds, module, phase, promise, ratio, seed, side, state, table
from chronus.dsp.lanes import any_lane, floor, maximum, minimum, select, square_root, table_length, to_phase, to_whole, turns
from chronus.dsp.readers import pace, smooth_read

MIDDLE_C, GRAINS, PART = 261.625565, 8, 2**29          # a grain is an eighth of a turn behind the one before


def dice(number):
    """A hash of an integer, -0.5 to 0.5: x (2 x + 1) twice, whose high bits hang on all bits of x."""
    mixed = number * 747796405 + 277803737
    mixed = mixed * (mixed + mixed + 1) * 1664525 + 1013904223
    return turns(mixed * (mixed + mixed + 1))


def grain(sample, angle, step, stretch, start, speed, channel, whole, part):
    """One grain: what is heard of it, and where it goes on. `whole` is a frame and 1, so that 0 is a grain that never began."""
    age = turns(angle) + 0.5
    begins = age < step
    whole, part = select(begins, start + 1.0, whole), select(begins, 0.0, part)
    x = age * stretch
    window = select((x < 1.0) & (whole > 0.0), 4.0 * x * (1.0 - x), 0.0)
    heard = 0.0 * part
    if any_lane(window > 0.0):
        heard = select(window > 0.0, smooth_read(sample, to_whole(whole) - 1, part, channel) * (window * window), 0.0)
    place = part + speed
    moved = floor(place)
    return heard, minimum(maximum(whole + moved, 0.0), 16_777_215.0), place - moved


@module(kind="oscillators", lanes=2,
        promises=(promise("scatters", position=0.3, spray=0.2, density=10.0, size=30.0), promise("scatters", position=0.6, spray=0.0, density=7.0, size=50.0),
                  promise("repitches", speed=1.5, within_cents=1.0, size=900.0, density=8.0), promise("parts_sides", apart=1.0)))
def granular(freq=hertz(MIDDLE_C, low=0.0, high=20_000.0), root=hertz(MIDDLE_C, low=1.0, high=20_000.0), position=ratio(0.25), spray=ratio(0.05),
             size=milliseconds(120.0, low=2.0, high=2_000.0), density=hertz(30.0, low=0.1, high=500.0), spread=ratio(0.5), gain=ratio(0.5, high=16.0),
             sample=table("struck-string"), frame=frame_seconds(), side=side(), seed=seed(), clock=phase(), count=phase(),
             w0=state(), w1=state(), w2=state(), w3=state(), w4=state(), w5=state(), w6=state(), w7=state(),
             p0=state(), p1=state(), p2=state(), p3=state(), p4=state(), p5=state(), p6=state(), p7=state()):
    many = minimum(maximum(density, 0.1), 500.0)
    length = minimum(maximum(size, 2.0), 2_000.0) * 0.001
    step = many * frame * (1.0 / GRAINS)
    stretch = maximum(GRAINS / (many * length), 1.0)
    own = minimum(maximum(spread, 0.0), 1.0)
    thrown = (1.0 - own) * dice(count) + own * dice(count + to_phase(seed) * 2)
    at = minimum(maximum(position, 0.0), 1.0) + minimum(maximum(spray, 0.0), 1.0) * thrown
    start = floor(minimum(maximum(at, 0.0), 1.0) * (table_length(sample) - 1.0))
    speed = pace(sample, frame, freq / maximum(root, 1.0))
    channel = to_whole(0.5 + 0.5 * side)
    a, w0, p0 = grain(sample, clock + -4 * PART, step, stretch, start, speed, channel, w0, p0)
    b, w1, p1 = grain(sample, clock + -3 * PART, step, stretch, start, speed, channel, w1, p1)
    c, w2, p2 = grain(sample, clock + -2 * PART, step, stretch, start, speed, channel, w2, p2)
    d, w3, p3 = grain(sample, clock + -PART, step, stretch, start, speed, channel, w3, p3)
    e, w4, p4 = grain(sample, clock, step, stretch, start, speed, channel, w4, p4)
    f, w5, p5 = grain(sample, clock + PART, step, stretch, start, speed, channel, w5, p5)
    g, w6, p6 = grain(sample, clock + 2 * PART, step, stretch, start, speed, channel, w6, p6)
    h, w7, p7 = grain(sample, clock + 3 * PART, step, stretch, start, speed, channel, w7, p7)
    heard = ((a + b) + (c + d)) + ((e + f) + (g + h))
    level = 1.0 / square_root(maximum(minimum(many * length, 8.0), 1.0))
    begun = (turns(clock * GRAINS) + 0.5) < GRAINS * step
    return (heard * (level * gain),
            (clock + to_phase(step), count + to_whole(select(begun, 1.0, 0.0)), w0, w1, w2, w3, w4, w5, w6, w7, p0, p1, p2, p3, p4, p5, p6, p7))
