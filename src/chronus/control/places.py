"""Which knob places what a module plays in the stereo field: that of a pan or a channel strip that it goes into, and nothing else does."""

from collections.abc import Iterable

from chronus.patch.graph import Patch

KNOBS = {"pan": "position", "strip": "pan"}             # of a type of module


def places(patch: Patch, ids: Iterable[str]) -> dict[str, str]:
    """The knobs as module/param, by those modules of `ids` that have one."""
    found = {}
    for id_ in sorted(set(ids) & patch.modules.keys()):
        leads = [cable.target for cable in patch.cables if cable.source == id_ and cable.inlet == "audio" and patch.modules[cable.target].type in KNOBS]
        if len(leads) == 1 and all(cable.source == id_ for cable in patch.cables if cable.target == leads[0] and cable.inlet == "audio"):
            found[id_] = f"{leads[0]}/{KNOBS[patch.modules[leads[0]].type]}"
    return found
