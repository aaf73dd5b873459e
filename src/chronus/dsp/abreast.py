"""Some frames side by side: a module of one lane or two plays sixteen or thirty-two of its frames at once, where a vector would be all but empty.

What its states will be in each of these frames is guessed: most stand still while knobs do, phases go on evenly, and some follow from others in the frame
before (`Abreast.trails`). With that the formula is played once for all. If in each frame it comes to what was guessed for the next, it is what it would
have come to frame by frame, to the bit. If not, or if a delay line is read where these very frames are written, nothing of it is kept, and they
are played one by one.
"""
from dataclasses import dataclass

from chronus import limits
from chronus.dsp.declare import Declaration

WIDE = 2 * limits.WIDEST                 # lanes: what waits in one half can be done in the other
COUNTS = [count for count in limits.LANES if 8 * count <= WIDE]
TRIES = 2                                # in a call that may fail: then something is moving


def frames(lanes: int) -> int:
    """How many frames are played at once."""
    return WIDE // lanes


@dataclass(frozen=True)
class Attempt:
    """A kernel's words for some frames at once: which of its inputs stand still, and which outlets are heard, by number."""

    declaration: Declaration
    lanes: int
    stands: list[bool]
    heard: list[int]

    def begin(self) -> list[str]:
        """Once for a call: what does not move, in each of the frames."""
        lines = [f"tries = {TRIES}", "number = frame_number(silence())", "lies = stack_room(64)"]
        lines += [f"wide_standing{j} = widened(standing{j})" if still else f"tries = tries if step{j} == {4 * self.lanes} else 0" for j, still in enumerate(self.stands)]
        return lines + [f"wide_given{j} = widened(given{j})" for j in range(len(self.declaration.given))]

    def play(self, frame: list[str]) -> list[str]:
        """All frames of a call; `frame` is how one of them is played alone."""
        count = frames(self.lanes)
        return ["i = 0", "while i < frames:", "    went = tries > 0", f"    while went and i + {count} <= frames:", *("        " + line for line in self.together()),
                "    if i < frames:", "        tries -= 1", f"        for i in range(i, min(i + {count}, frames)):", *("            " + line for line in frame), "        i += 1"]

    def together(self) -> list[str]:
        """The frames from `i` on, and whether they `went`; if not, nothing has changed."""
        values, rings = range(len(self.declaration.values)), range(len(self.declaration.lines))
        ints = [j for j in values if self.declaration.values[j].kind == "int"]
        trails = [j for j in values if self.declaration.values[j].name in self.declaration.abreast.trails]
        one = [f"standing{j}" if still else f"load_float(in{j} + i * step{j})" for j, still in enumerate(self.stands)]
        wide = [f"wide_standing{j}" if still else f"wide_in{j}" for j, still in enumerate(self.stands)]
        lines = [f"wide_in{j} = load_frames(in{j} + i * step{j})" for j, still in enumerate(self.stands) if not still]
        lines += self.played("one", "blank", one, "state", "") if ints else []
        lines += [f"way{j} = widened(one{j} - state{j})" for j in ints]
        lines += [f"guess{j} = widened(state{j}){f' + number * way{j}' * (j in ints)}" for j in values]
        lines += self.played("first", "near", wide, "guess", "wide_") if trails else []
        lines += [f"guess{j} = behind(state{j}, first{j})" for j in trails]
        lines += ["store_int32(lies, 0)", *self.played("next", "abreast", wide, "guess", "wide_")]
        expected = {j: f"guess{j} + way{j}" if j in ints else f"first{j}" if j in trails else f"guess{j}" for j in values}
        wrong = [f"(next{j} != {found})" if j in ints else f"(bits(next{j}) != bits({found}))" for j, found in expected.items()]
        right = [f"not any_lane({' | '.join(wrong)})"] * bool(values) + [f"at{j} + {frames(self.lanes)} <= size{j}" for j in rings]
        lines += [f"went = {' and '.join(['load_int32(lies) < 1', *right])}", "if went:"]
        lines += [f"    store_frames(to{j} + i * {4 * self.lanes}, next_out{j})" for j in self.heard]
        for j in rings:
            lines += [f"    write_line({self.line('abreast', j)}, next_written{j})", f"    at{j} = at{j} + {frames(self.lanes)} if at{j} + {frames(self.lanes)} < size{j} else 0",
                      f"    age{j} = min(age{j} + {frames(self.lanes)}, longest{j})"]
        moves = [j for j in values if j in ints or j in trails]                     # the others stand, so what they alone decide is asked once for all frames
        return [*lines, *(f"    state{j} = last_frame(next{j}, state{j})" for j in moves), f"    i += {frames(self.lanes)}"]

    def line(self, kind: str, j: int) -> str:
        return f"open_{kind}(ring{j}, size{j}, longest{j}, at{j}, age{j}, lies)"

    def played(self, name: str, line: str, inputs: list[str], states: str, given: str) -> list[str]:
        """A call of the formula with delay lines of a kind; what comes of it begins with `name`."""
        value, ring, takes, after = iter(range(len(self.declaration.values))), iter(range(len(self.declaration.lines))), [], []
        for state in self.declaration.states:
            j = next(ring if state.kind == "line" else value)
            takes.append(self.line(line, j) if state.kind == "line" else f"{states}{j}")
            after.append(f"{name}_written{j}" if state.kind == "line" else f"{name}{j}")
        tables = [f"table{j}" for j in range(len(self.declaration.tables))]
        told = [f"{given}given{j}" for j in range(len(self.declaration.given))]
        outs = [f"{name}_out{j}" for j in range(len(self.declaration.outlets))]
        result = outs[0] if len(outs) == 1 else f"({', '.join(outs)})"
        kept = f"({', '.join(after)},)" if after else "nothing"
        return [f"{result}, {kept} = formula({', '.join([*inputs, *tables, *told, *takes])})"]
