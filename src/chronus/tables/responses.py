"""Impulse responses as `lanes.convolved` reads them: in stereo, backwards, in turns of 32 frames, the last of which holds the frame now."""

import numpy as np

from chronus import limits
from chronus.dsp.tables import AT_ONCE


def response_table(samples: np.ndarray) -> np.ndarray:
    """The samples of a table, shape (frames, 2), of a response of shape (frames, 1 or 2). Raises ValueError where it is too long."""
    if len(samples) > limits.RESPONSE_FRAMES:
        raise ValueError(f"a response has up to {limits.RESPONSE_FRAMES} frames, and this has {len(samples)}; cut it shorter")
    stereo = np.broadcast_to(samples, (len(samples), 2))
    later = stereo[:0:-1]
    front = np.zeros((-len(later) % AT_ONCE, 2), np.float32)
    return np.concatenate([front, later, np.zeros((AT_ONCE - 1, 2), np.float32), stereo[:1]]).astype(np.float32)
