"""What is known of the next frames, done ahead: the edges of a wave whose pitch stands still are all in its phase.

Asked frame by frame, eight lanes have one in every third or fourth, a processor can't guess in which, and then computes it for all eight. Asked
some frames ahead, lanes have theirs at the same time, each in a frame of its own, and the frames ask nothing: what an edge adds to a
state waits for its frame in a room of rows, one for each value and frame, -0 where nothing happens. A room lasts from call to call, so
that only what was used need be cleared; one that was left in the middle of its frames, by a crash, is cleared whole.
"""
from chronus.dsp.declare import Declaration
from chronus.dsp.stages import FRAMES


def row(declaration: Declaration, frame: int) -> int:
    """How many bytes of a room are a frame, of `frame` bytes a value."""
    return frame * len(declaration.foresees.into)


def rooms(declaration: Declaration, name: str, frame: int) -> list[str]:
    """Once for a kernel: the room of a module called `name`, with a row behind the last frame for what comes later, and what is noted of it."""
    return [f"foreseen{name} = lasting_room({(FRAMES + 1) * row(declaration, frame)})", f"noted{name} = lasting_room({(FRAMES + 1) * frame})",
            f"clear{name} = lasting_room(64)"]


def before(declaration: Declaration, name: str, state: dict[str, str], frame: int) -> list[str]:
    """Before the frames from `first` to `last`: what happens in them, with the names of the module's states by those that it gives them."""
    phase, *others = (state[argument] for argument in declaration.foresees.takes)
    return [f"if load_int32(clear{name}) < 1:",
            f"    for k in range(0, {(FRAMES + 1) * row(declaration, frame)}, {frame}):",
            f"        store_float(foreseen{name} + k, -silence())",
            f"store_int32(clear{name}, 0)", f"count{name} = 0", f"phase{name} = {phase}", f"when{name} = bits(silence()) - 1", "while True:",
            *("    " + line for line in (
                f"more{name}, phase{name}, found{name} = next_{declaration.id}({', '.join([f'phase{name}', *others])})",
                f"when{name} = when{name} + 1 + select(more{name} > 0, more{name}, 0)",
                f"if not any_lane(when{name} < last - first):", "    break",
                f"place{name} = select(when{name} < last - first, when{name}, {FRAMES})",
                f"scatter(foreseen{name}, place{name}, found{name})",
                f"store_int(noted{name} + {frame} * count{name}, place{name})", f"count{name} += 1"))]


def during(declaration: Declaration, name: str, state: dict[str, str], frame: int) -> list[str]:
    """In frame `i`, before the module plays."""
    return [f"{state[to]} = {state[to]} + load_float(foreseen{name} + (i - first) * {row(declaration, frame)} + {frame * k})"
            for k, to in enumerate(declaration.foresees.into)]


def after(declaration: Declaration, name: str, frame: int) -> list[str]:
    """Behind those frames: the room is as it was."""
    nothing = ", ".join(["-silence()"] * len(declaration.foresees.into))
    return [f"while count{name} > 0:", f"    count{name} -= 1", f"    scatter(foreseen{name}, load_int(noted{name} + {frame} * count{name}), ({nothing},))",
            f"store_int32(clear{name}, 1)"]
