"""What the framework gives to a module besides its inputs and its state: numbers that stand still, one for each lane."""

import hashlib

import numpy as np

from chronus.dsp.declare import HEARD_AT
from chronus.limits import WIDEST


def given_lanes(what: str, rate: int, name: str = "") -> np.ndarray:
    """The value of a `declare.Given`, float32 of shape (16,). `name` is the id that the module has in its patch.

    A seed is from -0.5 to 0.5 and its own in every module and lane: the first 16 words of SHA-512 of the name. What is heard is what nobody's
    solo leaves out.
    """
    if what.startswith(HEARD_AT):
        return np.ones(WIDEST, np.float32)
    if what == "side":
        return np.tile(np.array([-1.0, 1.0], np.float32), WIDEST // 2)
    if what == "seed":
        return (np.frombuffer(hashlib.sha512(name.encode()).digest(), "<i4") * 2.0**-32).astype(np.float32)
    if what == "lane_number":
        return np.arange(WIDEST, dtype=np.float32)
    return np.full(WIDEST, 1.0 / rate, np.float32)
