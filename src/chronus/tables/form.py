"""The names of tables: what people call them, and the hash of what is in them.

A reference is a name, or a name and a hash: `kit/kick`, `kit/kick@d0e1...`. The first means what the name stands for when the patch is
committed, the second those very bits for ever.
"""
import re
from hashlib import blake2b

from chronus.limits import NAME_PATTERN

NAME = re.compile(f"{NAME_PATTERN}(?:/{NAME_PATTERN})?")
DIGEST = re.compile("[0-9a-f]{32}")


def digest_of(content) -> str:
    """What a table is called by what is in it: BLAKE2b of 16 bytes, in hexadecimal."""
    return blake2b(content, digest_size=16).hexdigest()


def is_reference(text) -> bool:
    """Whether `text` can name a table."""
    if not isinstance(text, str):
        return False
    name, at, digest = text.partition("@")
    return NAME.fullmatch(name) is not None and (not at or DIGEST.fullmatch(digest) is not None)


def name_of(reference: str) -> str:
    """What people call it."""
    return reference.partition("@")[0]


def digest_in(reference: str) -> str:
    """The hash in a reference, "" where it has none."""
    return reference.partition("@")[2]
