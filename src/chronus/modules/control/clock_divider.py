"""Makes slower clocks of a fast one: lets every second, third, fourth and eighth pulse through, and every `divide`th.

The first pulse goes through everywhere, and so does the first after `reset` opens, even in that very frame. A pulse is the clock being above
0.5; those let through are 1, and as long as they came. One count to 24 serves the four fixed divisions, since all of them divide it.
"""
from chronus.dsp.declare import at_once, gate, inlet, module, promise, state
from chronus.dsp.lanes import floor, maximum, minimum, select

PULSES = (0, 1, 1) * 9
RESET = (0,) * 10 + (1,) * 17


@module(kind="control", version=2, outlets=("out", "by_2", "by_3", "by_4", "by_8"), bypass="clock",
        promises=(promise("answers", heard={"clock": PULSES}, gives=(((0, 1, 1) + (0,) * 12) * 2)[:27], divide=5.0),
                  promise("answers", heard={"clock": PULSES}, gives=(((0, 1, 1) + (0,) * 3) * 5)[:27], outlet="by_2"),
                  promise("answers", heard={"clock": PULSES}, gives=(((0, 1, 1) + (0,) * 6) * 3)[:27], outlet="by_3"),
                  promise("answers", heard={"clock": PULSES}, gives=(((0, 1, 1) + (0,) * 9) * 3)[:27], outlet="by_4"),
                  promise("answers", heard={"clock": PULSES}, gives=(((0, 1, 1) + (0,) * 21) * 2)[:27], outlet="by_8"),
                  promise("answers", heard={"clock": PULSES, "reset": RESET}, gives=(0, 1, 1) + (0,) * 7 + (1, 1) + (0,) * 15, outlet="by_8")))
def clock_divider(clock=inlet(), divide=at_once(2.0, low=1.0, high=64.0), reset=gate(), count=state(), own=state(), was=state(), held=state()):
    high = clock > 0.5
    rises = high & (was < 0.5)
    again = (reset > 0.0) & (held <= 0.0)
    count, own = select(again, 0.0, count), select(again, 0.0, own)
    count = select(rises, select(count > 23.5, 1.0, count + 1.0), count)
    size = floor(minimum(maximum(divide, 1.0), 1e6) + 0.5)
    own = select(rises, select(own > size - 0.5, 1.0, own + 1.0), own)
    past = count - 1.0
    pulse = select(high & (count > 0.5), 1.0, 0.0)
    by_2 = pulse * select(past - 2.0 * floor(past * 0.5) < 0.5, 1.0, 0.0)
    by_3 = pulse * select(past - 3.0 * floor(past * 0.33333334) < 0.5, 1.0, 0.0)
    by_4 = pulse * select(past - 4.0 * floor(past * 0.25) < 0.5, 1.0, 0.0)
    by_8 = pulse * select(past - 8.0 * floor(past * 0.125) < 0.5, 1.0, 0.0)
    out = pulse * select(own < 1.5, 1.0, 0.0)
    return (out, by_2, by_3, by_4, by_8), (count, own, select(high, 1.0, 0.0), select(reset > 0.0, 1.0, 0.0))
