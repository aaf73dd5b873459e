"""Some frames side by side: a module of one lane or two plays sixteen or thirty-two of its frames at once, where a vector would be all but empty.

What its states will be in each of these frames is guessed: most stand still while knobs do, phases go on evenly, and some follow from others in the frame
before (`Abreast.trails`). Those that follow from themselves (`Abreast.follows`) are computed frame by frame. With that the formula is played once for all.
If in each frame it comes to what was guessed for the next, it is what it would have come to frame by frame, to the bit. If not, or if a delay line is read
where these very frames are written, nothing of it is kept, and they are played one by one. What settles is asked once for a call: if it stands, nothing
seldom is done in it.
"""
from dataclasses import dataclass
from types import FunctionType

from chronus import limits
from chronus.dsp.declare import Declaration, arguments_of
from chronus.dsp.line_words import went_on

WIDE = 2 * limits.WIDEST                 # lanes: what waits in one half can be done in the other
COUNTS = [count for count in limits.LANES if 8 * count <= WIDE]
TRIES = 2                                # in a call that may fail: then something is moving


def frames(lanes: int) -> int:
    """How many frames are played at once."""
    return WIDE // lanes


def unlike(one: str, other: str, kind: str) -> str:
    """Whether two numbers of a kind differ in any bit."""
    return f"({one} != {other})" if kind == "int" else f"(bits({one}) != bits({other}))"


@dataclass(frozen=True)
class Attempt:
    """A kernel's words for some frames at once: which of its inputs stand still, which outlets are heard, by number."""

    declaration: Declaration
    lanes: int
    stands: list[bool]
    heard: list[int]

    def begin(self) -> list[str]:
        """Once for a call: what does not move, in each of the frames."""
        lines = [f"trail{j} = stack_room({4 * WIDE})" for j in self.trails if self.follows]
        lines += [f"tries = {TRIES}", "number = frame_number(silence())", "lies = stack_room(64)"]
        lines += [f"wide_standing{j} = widened(standing{j})" if still else f"tries = tries if step{j} == {4 * self.lanes} else 0" for j, still in enumerate(self.stands)]
        lines += [f"wide_given{j} = widened(given{j})" for j in range(len(self.declaration.given))]
        return lines + (self.settled() if not self.declaration.countdown else [])

    def settled(self) -> list[str]:
        """Nothing is tried where something has still to settle, which is asked of a frame that knows nothing of its lines."""
        values = self.declaration.values
        moves = [unlike(f"one{j}", f"state{j}", value.kind) for j, value in enumerate(values) if value.settles]
        one = [f"standing{j}" if still else f"load_float(in{j})" for j, still in enumerate(self.stands)]
        return [*self.played("one", "blank", one, "state", "", calm=False), f"tries = 0 if any_lane({' | '.join(moves)}) else tries"] if moves else []

    def play(self, frame: list[str]) -> list[str]:
        """All frames of a call; `frame` is how one of them is played alone."""
        count = frames(self.lanes)
        return ["i = 0", "while i < frames:", "    went = tries > 0", f"    while went and i + {count} <= frames:", *("        " + line for line in self.together()),
                "    if i < frames:", "        tries -= 1", f"        for i in range(i, min(i + {count}, frames)):", *("            " + line for line in frame), "        i += 1"]

    def together(self) -> list[str]:
        """The frames from `i` on, and whether they `went`; if not, nothing has changed."""
        values, trails, follows = range(len(self.declaration.values)), self.trails, self.follows
        ints = [j for j in values if self.declaration.values[j].kind == "int"]
        one = [f"standing{j}" if still else f"load_float(in{j} + i * step{j})" for j, still in enumerate(self.stands)]
        wide = [f"wide_standing{j}" if still else f"wide_in{j}" for j, still in enumerate(self.stands)]
        lines = [f"wide_in{j} = load_frames(in{j} + i * step{j})" for j, still in enumerate(self.stands) if not still]
        lines += self.played("one", "blank", one, "state", "") if ints else []
        lines += [f"way{j} = widened(one{j} - state{j})" for j in ints]
        lines += [f"guess{j} = widened(state{j}){f' + number * way{j}' * (j in ints)}" for j in values]
        lines += self.played("first", "near", wide, "guess", "wide_") if trails else []
        lines += [f"guess{j} = behind(state{j}, first{j})" for j in trails] + self.followed()
        lines += ["store_int32(lies, 0)", *self.played("next", "abreast", wide, "guess", "wide_")]
        expected = {j: f"guess{j} + way{j}" if j in ints else f"first{j}" if j in trails else f"then{j}" if j in follows else f"guess{j}" for j in values}
        wrong = [unlike(f"next{j}", found, self.declaration.values[j].kind) for j, found in expected.items()]
        right = ["load_int32(lies) < 1", *[f"not any_lane({' | '.join(wrong)})"] * bool(values), *self.room()]
        lines += [f"went = {' and '.join(right)}", "if went:", *(f"    store_frames(to{j} + i * {4 * self.lanes}, next_out{j})" for j in self.heard)]
        lines += ["    " + line for line in self.written()]
        moves = [j for j in values if j in ints or j in trails or j in follows]     # the others stand, so what they alone decide is asked once for all frames
        return [*lines, *(f"    state{j} = last_frame(next{j}, state{j})" for j in moves), f"    i += {frames(self.lanes)}"]

    @property
    def trails(self) -> list[int]:
        """The numbers that follow from others, by number."""
        return [j for j, value in enumerate(self.declaration.values) if value.name in self.declaration.abreast.trails]

    @property
    def follows(self) -> dict[int, FunctionType]:
        """Those that follow from themselves, by number, and how."""
        return {j: self.declaration.abreast.follows[value.name] for j, value in enumerate(self.declaration.values) if value.name in self.declaration.abreast.follows}

    def followed(self) -> list[str]:
        """These numbers, in each frame and behind it, one after the other."""
        size, count, lines = 4 * self.lanes, frames(self.lanes), [f"store_frames(trail{j}, guess{j})" for j in self.trails if self.follows]
        lines += [f"follow{j}_0 = state{j}" for j in self.follows]
        for k in range(count):
            known = {value.name: f"state{j}" for j, value in enumerate(self.declaration.values)}
            known |= {self.declaration.values[j].name: f"load_float(trail{j} + {k * size})" for j in self.trails}
            known |= {self.declaration.values[j].name: f"follow{j}_{k}" for j in self.follows}
            lines += [f"follow{j}_{k + 1} = next_{j}({', '.join(known[name] for name in arguments_of(function))})" for j, function in self.follows.items()]
        for j in self.follows:
            lines += [f"{name}{j} = in_order(({', '.join(f'follow{j}_{k + more}' for k in range(count))}))" for name, more in (("guess", 0), ("then", 1))]
        return lines

    def room(self) -> list[str]:
        """What must hold besides of lines."""
        return [f"at{j} + {frames(self.lanes)} <= size{j}" for j in range(len(self.declaration.lines))]

    def written(self) -> list[str]:
        """What the frames write to lines."""
        count, lines = frames(self.lanes), []
        for j in range(len(self.declaration.lines)):
            lines += [f"write_line({self.line('abreast', j)}, next_written{j})", *went_on(j, count)]
        return lines

    def line(self, kind: str, j: int) -> str:
        return f"open_{kind}(ring{j}, size{j}, longest{j}, at{j}, age{j}, lies)"

    def played(self, name: str, line: str, inputs: list[str], states: str, given: str, calm: bool = True) -> list[str]:
        """A call of the formula with delay lines of a kind; what comes of it begins with `name`. Where states settle, it is the one for `calm` frames."""
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
        formula = "calm" if calm and any(value.settles for value in self.declaration.values) else "formula"
        return [f"{result}, {kept} = {formula}({', '.join([*inputs, *tables, *told, *takes])})"]
