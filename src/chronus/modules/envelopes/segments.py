"""A line of your own drawing: four levels and the times to get there, once or round and round while the gate is open.

From the level that is there it goes to `level1` in `time1`, then to `level2` and `level3`, and stays, as in the envelopes of the DX7; when
the gate closes it goes to `level4` in `time4`. With `loop` it goes back to `level1` instead of staying. Each part lasts exactly the frames of
its milliseconds, at least one. `curve` bends all parts: 0 is straight, above 0 they begin quickly and arrive slowly, as a capacitor
does, below 0 the other way round. The gate's height when it opens scales all levels but the last. It shapes what is plugged into `audio`.
"""
from chronus.dsp.declare import frame_seconds, gate, inlet, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import absolute, any_lane, floor, maximum, minimum, select

FIRST, STAYS, LAST = 1.0, 4.0, 5.0                                   # 0 is rest, 1 to 3 the ways to the first three levels
DRAWN = {"time1": 10.0, "level1": 1.0, "time2": 20.0, "level2": -0.5, "time3": 5.0, "level3": 0.25, "time4": 40.0, "level4": 0.0}


def share(time, per_ms):
    """Which part of a way of so many milliseconds one frame is."""
    return 1.0 / minimum(maximum(floor(time * per_ms + 0.5), 1.0), 1e7)


@module(kind="envelopes", bypass="audio",
        promises=(promise("way_points", frames=(480, 960, 240, 1_920), levels=(1.0, -0.5, 0.25, 0.0), rounds=1, curve=0.0, **DRAWN),
                  promise("way_points", frames=(480, 960, 240, 1_920), levels=(1.0, -0.5, 0.25, 0.0), rounds=1, curve=0.8, **DRAWN),
                  promise("way_points", frames=(480, 960, 240, 1_920), levels=(1.0, -0.5, 0.25, 0.0), rounds=50, curve=-0.5, loop=1.0, **DRAWN),
                  promise("way_points", frames=(48, 48_000, 1, 480), levels=(1.0, 0.5, -1.0, 0.0), rounds=1, time1=1.0, level1=1.0, time2=1_000.0,
                          level2=0.5, time3=0.0, level3=-1.0, time4=10.0),
                  promise("largest_step", below=0.002, curve=0.0, time1=20.0, time2=30.0, time3=40.0, time4=50.0)))
def segments(audio=inlet(default=1.0), gate=gate(), level1=ratio(1.0, low=-1.0), level2=ratio(0.5, low=-1.0), level3=ratio(0.7, low=-1.0),
             level4=ratio(0.0, low=-1.0), time1=milliseconds(10.0, low=0.0, high=10_000.0), time2=milliseconds(200.0, low=0.0, high=10_000.0),
             time3=milliseconds(400.0, low=0.0, high=10_000.0), time4=milliseconds(500.0, low=0.0, high=10_000.0), curve=ratio(0.5, low=-1.0),
             loop=ratio(0.0), frame=frame_seconds(), stage=state(), level=state(), origin=state(), peak=state(), done=state(), rest=state(),
             was=state()):
    opens, closes = (gate > 0.0) & (was <= 0.0), (gate <= 0.0) & (was > 0.0)
    enters = opens | closes
    stage = select(opens, FIRST, select(closes, LAST, stage))
    origin, done, rest = select(enters, level, origin), select(enters, 0.0, done), select(enters, 0.0, rest)
    peak = select(opens, minimum(gate, 1.0), peak)

    one, two, to_three, open_ = stage < 1.5, stage < 2.5, stage < 3.5, stage < 4.5
    idle = stage < 0.5
    per_ms = 0.001 / frame
    part = select(two, select(one, share(time1, per_ms), share(time2, per_ms)), select(to_three, share(time3, per_ms), share(time4, per_ms)))
    step = part + rest
    moved = done + step
    rests = idle | (open_ & ~to_three)
    over = moved > 1.0 - 0.5 * part
    aim = minimum(maximum(select(one, level1, select(two, level2, level3)), -4.0), 4.0) * peak
    goal = select(idle | ~open_, minimum(maximum(level4, -4.0), 4.0), aim)
    ends = over | rests
    level = select(absolute(goal) < 1e-30, 0.0, goal)
    if any_lane(~ends):                                         # while nothing moves nothing is computed
        bend = minimum(maximum(curve, -0.98), 0.98)
        way = moved * (1.0 + bend) / (1.0 + bend * (2.0 * moved - 1.0))
        level = select(ends, level, origin + (goal - origin) * way)
    after = select(open_, select((loop > 0.5) & ~two, FIRST, stage + 1.0), 0.0)
    kept = select(ends, level, origin), peak, select(ends, 0.0, moved), select(ends, 0.0, step - (moved - done)), select(gate > 0.0, 1.0, 0.0)
    return audio * level, (select(over & ~rests, after, stage), level, *kept)
