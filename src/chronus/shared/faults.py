"""Why a module was at fault, in words."""

import signal

from chronus.shared.program import LOOP_REASON, NUMBER_REASON


def reason_text(reason: int) -> str:
    """What the module did, as the end of a sentence."""
    if reason == LOOP_REASON:
        return "never returned, or took too long,"
    if reason == NUMBER_REASON:
        return "put out what is no number, or a blast,"
    try:
        return f"crashed ({signal.Signals(reason).name})"
    except ValueError:
        return f"ended its process (reason {reason})"
