"""The tone of /test: it is in every patch, and left out of all that is done while it is silent.

An operation before its own, and one before that which lets the master hear it, looks whether its gate stands at 0, and its level too.
"""
from chronus.patch.graph import Module, Patch
from chronus.shared import program as at

TONE = Module("~tone-gate", "beep", {"gain": 0.1})            # journals know it by this name
TONE_GATE = (TONE.id, "gate")
LEVEL = next(j for j, value in enumerate(TONE.declaration.values) if value.name == "level")


def knob_keys(patch: Patch) -> dict[tuple[str, str], int]:
    """The keys of all knobs that a patch has, whether they reach the output or not."""
    return {(m.id, p.name): at.key_of(m.id, p.name) for m in [*patch.modules.values(), TONE] for p in m.declaration.params}


def let_rest(made, position: int, first: int) -> None:
    """Lets the operations from one on, which a `compiler.Compiler` has just emitted, rest while the tone is silent."""
    silent = made.knob_place(*TONE_GATE), made.states[TONE.id, 0] + 4 * LEVEL
    made.operations.insert(first, (at.REST, position, len(made.operations) - first, *silent, 0, 0, 0))


def hear(made, position: int, id_: str, target: int, context: int) -> None:
    """Adds the tone, behind all else, to what the master hears, which is at `target`; `context` is where it reads that."""
    cables = [cable for cable in made.into[id_] if cable.source == TONE.id]
    made.gather(at.ADD, position, made.shapes[id_], 0, target, ("context", context), cables, context, set())
    let_rest(made, position, len(made.operations) - 1)
