"""Modules that do something seldom, and count down to it: frames in which nothing of it is done are played without a look at whether it is.

Of what is done in such a frame, a part is heard through states that settle: where a rotation goes next, where a line is read from now on. Then the formula
is asked for these alone, which is no frame; and that frame, too, is one of those in which nothing seldom is done. The rest is done in a frame of its own: there
the countdown is below 0.
"""
from dataclasses import dataclass

from chronus.dsp.declare import Declaration


@dataclass(frozen=True)
class Calm:
    """A kernel's words for calm frames, each alone: the formula's `arguments`, what it `gives`, and what is done `after` it."""

    arguments: str
    gives: str
    after: list[str]

    def begin(self) -> list[str]:
        """Once for a call."""
        return []

    def asking(self, told: str) -> tuple[list[str], str]:
        """What comes before a look that is no frame, and what its formula is told."""
        return [], told

    def play(self) -> list[str]:
        """All calm frames from `i` to `until`."""
        return ["for i in range(i, until):", *("    " + line for line in self.one()), "i = until"]

    def one(self) -> list[str]:
        """A frame alone."""
        return [f"{self.gives} = calm({self.arguments})", *self.after]


def counted_down(declaration: Declaration, result: str, kept: str, told: str, after: list[str], runs: Calm) -> list[str]:
    """A kernel's words for all frames of a call. `told` is what its formula is told where knobs may have moved, `result` and `kept` what it gives."""
    counted = next(j for j, value in enumerate(declaration.values) if value.name == declaration.countdown)
    settles = [j for j, value in enumerate(declaration.values) if value.settles]
    anew = [f"{result}, {kept} = formula({told})", *after]
    if not settles:
        return ["i = 0", "while i < frames:", *("    " + line for line in anew),
                f"    i, until = i + 1, min(frames, i + 1 + max(least(state{counted}), 0))", *("    " + line for line in Calm.play(runs))]
    before, asked = runs.asking(told)
    look = [*before, f"unused, {kept.replace('state', 'settled')} = formula({asked})", f"count = least(settled{counted})"]
    settled = [*(f"state{j} = settled{j}" for j in settles), f"state{counted} = settled{counted} + 1", "until = min(frames, i + 1 + count)"]
    return [*runs.begin(), "i = 0", "while i < frames:", f"    count = least(state{counted})", "    if count >= 0:", *("        " + line for line in look),
            "    if count < 0:", *("        " + line for line in anew), "        i += 1", "    else:", *("        " + line for line in (*settled, *runs.play()))]
