"""A large hall: a reverb that comes from a distance, gathers for a moment and stays warm while it dies away, for pads, strings and whole mixes.

A feedback delay network of sixteen lines (`dsp.reverb`), 38 to 88 ms long at `size` 1, with an all-pass delay in front of each line and another
before the network (Schroeder, "Natural sounding artificial reverberation", 1962). `decay` is how long the mids take to fall by 60 dB, `bass`
how many times as long the lows, `damping` how many times as fast the highs. `modulation` turns the network slowly, so that nothing rings;
`freeze` lets the tail stand and closes the input. It is heard from within the network, `predelay` late, at sixteen places up to 12 ms apart.
When `predelay` or `size` is turned, what is read where it was and where it will be cross over in 30 ms.
"""
from chronus.dsp.crossing import CROSSES, behind, crossed, differ
from chronus.dsp.declare import frame_seconds, inlet, lane_number, line, milliseconds, module, phase, promise, ratio, seed, side, state
from chronus.dsp.lanes import any_lane, floor, fma, maximum, minimum, neighbour, past, past_by_four, past_sides, seldom, select, smeared, to_phase, to_whole, total
from chronus.dsp.reverb import BEGINS, PACE, absorbed, mixed, on_the_way, spread, stand_of, swept, tuned


@module(kind="effects", version=6, bypass="audio", lanes=2, across=True, inside=16, countdown="pause",
        promises=(promise("gain_at", at=1000.0, db=0.0, within=0.001, mix=0.0),
                  promise("falls_by_band", low=3_120.0, mid=2_600.0, high=1_040.0, within=0.1),
                  promise("falls_by_band", low=1_000.0, mid=1_000.0, high=500.0, within=0.1, decay=1_000.0, bass=1.0, damping=2.0),
                  promise("falls_by_band", low=6_000.0, mid=4_000.0, high=1_000.0, within=0.1, decay=4_000.0, bass=1.5, damping=4.0, size=1.0),
                  promise("falls_by_band", low=2_600.0, mid=2_600.0, high=325.0, within=0.06, bass=1.0, damping=8.0),
                  promise("falls_by_band", low=6_000.0, mid=3_000.0, high=375.0, within=0.06, decay=3_000.0, bass=2.0, damping=8.0, size=1.0),
                  promise("falls_by_band", low=300.0, mid=300.0, high=300.0, within=0.06, decay=300.0, bass=1.0, damping=1.0),
                  promise("echoes_fill", ms=65.0), promise("no_modes", within=1.8), promise("no_modes", within=1.7, decay=8_000.0),
                  promise("apart", below=0.02), promise("freezes", within=0.2), promise("never_above", peak=2.0),
                  promise("no_click", moved="predelay", below_db=-80.0), promise("no_click", moved="size", ramp_ms=5.0, below_db=-80.0),
                  promise("never_above", peak=2.0, swept=("size", "decay", "damping", "modulation", "predelay", "freeze"))))
def hall(audio=inlet(), size=ratio(0.5), decay=milliseconds(2_600.0, low=200.0, high=20_000.0), bass=ratio(1.2, low=0.5, high=2.0),
         damping=ratio(2.5, low=1.0, high=8.0), modulation=ratio(0.8), predelay=milliseconds(20.0, low=0.0, high=200.0), freeze=ratio(0.0),
         mix=ratio(0.3), frame=frame_seconds(), side=side(), lane=lane_number(), seed=seed(),
         first=line(seconds=0.0125, steady=True), diffuser=line(seconds=0.0065, steady=True), network=line(seconds=0.214, steady=True),
         lows=state(), highs=state(), back=state(), cosine=state(), sine=state(), pause=phase(), angle=phase(settles=True), entry=state(settles=True),
         level=state(settles=True), low_pole=state(settles=True), low_part=state(settles=True), high_pole=state(settles=True), high_part=state(settles=True),
         stand=state(settles=True), reach=state(settles=True), trip=phase(settles=True), place=phase(settles=True), knobs=phase(settles=True),
         more_cosine=state(settles=True), more_sine=state(settles=True), next_trip=phase(settles=True), next_place=phase(settles=True),
         left=state(settles=True)):
    per_ms = 0.001 / frame
    four = floor(0.25 * lane)
    smear = 2.1 + 4.2 * spread(lane, 0.73205081)
    seen = stand_of(size, decay, bass, damping, modulation, predelay, freeze)
    if seldom(differ(seen, knobs) | (pause < 1)):
        step, due = frame / CROSSES, pause + behind(left)
        there = (left > 0.0) & (left <= step)
        trip, place, left = select(there, next_trip, trip), select(there, next_place, place), maximum(left - step, 0.0)
        if any_lane(differ(seen, knobs) | there | (trip < 1)):
            golden = spread(lane, 0.61803399)
            length = (0.35 + 0.65 * minimum(maximum(size, 0.0), 1.0)) * (38.0 + 36.0 * golden + 14.0 * golden * golden)
            opened, stand, reach, losses = tuned(length + 1.25 * smear, decay, bass, damping, modulation, freeze, side, frame)
            level, low_pole, low_part, high_pole, high_part = losses
            to_trip, to_place = to_whole(length * per_ms), to_whole((predelay + 12.0 * spread(four, 0.23606798)) * per_ms) + 8
            begins, stays = trip < 1, left <= 0.0
            trip, place = select(begins, to_trip, trip), select(begins, to_place, place)
            next_trip, next_place = select(stays, to_trip, next_trip), select(stays, to_place, next_place)
            left = select(total(select(stays & ((next_trip != trip) | (next_place != place)), 1.0, 0.0)) > 0.0, 1.0, select(begins, BEGINS, left))
            entry = opened * select(spread(lane, 0.64575131) > 0.6, -0.13, 0.13)
        if any_lane(due < 1):
            pair = 0.5 * (seed + neighbour(seed))
            later = angle + to_phase((0.5 + 0.8 * pair) * (PACE * frame))
            cosine, sine, more_cosine, more_sine = on_the_way(
                cosine, sine, swept(angle + to_phase(pair), stand, reach), swept(later + to_phase(pair), stand, reach))
            angle, due = later, due + PACE
        pause = due - behind(left)

    x = audio * entry
    early = past_by_four(first, to_whole((5.0 + 7.3 * spread(four, 0.41421356)) * per_ms))
    v = fma(-0.65, early, x)
    x = mixed(fma(0.65, v, early) + back, cosine, sine)
    w, written = smeared(diffuser, to_whole(smear * per_ms), x)
    wet = minimum(maximum(mix, 0.0), 1.0)
    near, came = past_sides(network, place), past(network, trip - 1)
    if seldom(left > 0.0):
        near, came = crossed(left, near, past_sides(network, next_place)), crossed(left, came, past(network, next_trip - 1))
    sound = audio * (1.0 - wet) + near * wet
    back, lows, highs = absorbed(came, level, low_pole, low_part, high_pole, high_part, lows, highs)        # of the next frame
    return sound, (v, w, written, lows, highs, back, cosine + more_cosine, sine + more_sine, pause - 1, angle, entry, level,
                   low_pole, low_part, high_pole, high_part, stand, reach, trip, place, seen, more_cosine, more_sine, next_trip, next_place, left)
