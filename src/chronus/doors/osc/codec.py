"""OSC 1.0 datagrams to messages and back, with every size checked before it is used.

Source: "The Open Sound Control 1.0 Specification", Wright 2002. Reading takes time linear in the datagram, whatever is in it;
it ends in messages or in an `OscError`, never in anything else. What `encode` writes, `decode` reads.
"""

import math
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

from chronus import limits

BUNDLE = b"#bundle\0"
IMMEDIATE = 1                            # the time tag that means "now"
NTP_EPOCH = 2_208_988_800                # seconds from 1900, where time tags begin, to 1970, where Unix time begins

_INT32, _INT64, _UINT64 = Struct(">i"), Struct(">q"), Struct(">Q")
_UINT32, _FLOAT, _DOUBLE = Struct(">I"), Struct(">f"), Struct(">d")
_HEAD = Struct(">8sQ")

_FIXED = {ord(tag): (number.unpack_from, number.size) for tag, number in (
    ("i", _INT32), ("f", _FLOAT), ("d", _DOUBLE), ("h", _INT64), ("t", _UINT64), ("r", _UINT32), ("m", Struct("4s")))}
_CONSTANT = {ord("T"): True, ord("F"): False, ord("N"): None, ord("I"): math.inf}
_TEXT, _CHARACTER, _BLOB = b"sS", ord("c"), ord("b")

_WILDCARDS = b"*?[]{}"
_PLAIN = bytes(range(0x21, 0x7F)).translate(None, b"#," + _WILDCARDS)    # what an address may be made of
_PADDING = (b"\0\0\0\0", b"\0\0\0", b"\0\0", b"\0")                      # what ends a string of length n, by n % 4

_ADDRESS = (limits.OSC_ADDRESS_BYTES, f"an address may have {limits.OSC_ADDRESS_BYTES} bytes; use shorter names")
_STRING = (limits.OSC_STRING_BYTES, f"a string may have {limits.OSC_STRING_BYTES} bytes; split it")
_TAGS = (1 + limits.OSC_ARGUMENTS, f"a message may have {limits.OSC_ARGUMENTS} arguments; send several")


class OscError(ValueError):
    """A datagram that cannot be read or written: `code` is "malformed" or "too-large", `address` is "" until it is known."""

    def __init__(self, code: str, message: str, address: str = ""):
        super().__init__(message)
        self.code = code
        self.address = address


class Message(NamedTuple):
    """One OSC message; `tag` is the NTP time tag of its bundle, None where it applies at once."""

    address: str
    args: tuple
    tag: int | None


def decode(datagram: bytes) -> list[Message]:
    """The messages of one datagram, in order; a bundle without elements has none.

    i, h, t and r are int, f and d float, s and S str, c a str of one character, b and m bytes, T and F bool, N None, I infinity.
    One unreadable message refuses its whole bundle, because a bundle is meant to happen at once or not at all.
    Raises OscError.
    """
    size = len(datagram)
    if size > limits.DATAGRAM_BYTES:
        raise OscError("too-large", f"a datagram may have {limits.DATAGRAM_BYTES} bytes, this one has {size}; send several")
    if size == 0 or size % 4:
        raise OscError("malformed", f"an OSC datagram is a multiple of 4 bytes long, this one has {size}; pad it with NULs")
    if datagram.startswith(BUNDLE):
        messages = []
        _read_bundle(datagram, 0, size, None, 1, messages)
        return messages
    return [_read_message(datagram, 0, size, None)]


def _read_bundle(data: bytes, at: int, end: int, outer: int | None, depth: int, messages: list) -> None:
    if depth > limits.OSC_NESTING:
        raise OscError("too-large", f"bundles may be nested {limits.OSC_NESTING} deep; send the inner ones on their own")
    if end - at < _HEAD.size:
        raise OscError("malformed", "the bundle ends inside its time tag; send 8 bytes of time tag after '#bundle'")
    tag = _HEAD.unpack_from(data, at)[1]
    # an inner bundle may not be earlier than the one around it
    tag = outer if tag == IMMEDIATE or (outer is not None and tag < outer) else tag
    at += _HEAD.size
    while at < end:
        if end - at < 4:
            raise OscError("malformed", "the bundle ends inside the size of an element; send 4 bytes of size before each")
        size = _INT32.unpack_from(data, at)[0]
        at += 4
        if size <= 0 or size % 4 or size > end - at:
            raise OscError("malformed", f"a bundle element says it has {size} bytes, of {end - at} that are left; "
                                        "send its true size, a multiple of 4 and more than 0")
        if data.startswith(BUNDLE, at, at + size):
            _read_bundle(data, at, at + size, tag, depth + 1, messages)
        elif len(messages) >= limits.OSC_MESSAGES:
            raise OscError("too-large", f"a bundle may have {limits.OSC_MESSAGES} messages; send several bundles")
        else:
            messages.append(_read_message(data, at, at + size, tag))
        at += size


def _read_message(data: bytes, at: int, end: int, tag: int | None) -> Message:
    raw, at = _read_string(data, at, end, _ADDRESS, "")
    address = _checked_address(raw)
    if at == end or data[at] != 44:      # a comma
        raise OscError("malformed", "there is no type tag string after the address; send ',' and a letter for each argument",
                       address)
    tags, at = _read_string(data, at, end, _TAGS, address)
    args = []
    for letter in tags[1:]:
        fixed = _FIXED.get(letter)
        if fixed is not None:
            unpack, size = fixed
            if size > end - at:
                raise OscError("malformed", f"the message ends inside argument {len(args) + 1}; "
                                            f"send {size} bytes for the type '{chr(letter)}'", address)
            args.append(unpack(data, at)[0])
            at += size
        elif letter in _CONSTANT:
            args.append(_CONSTANT[letter])
        else:
            value, at = _read_sized(data, at, end, letter, address)
            args.append(value)
    if at != end:
        raise OscError("malformed", f"{end - at} bytes are left after the last argument; send a type letter for each",
                       address)
    return Message(address, tuple(args), tag)


def _read_sized(data: bytes, at: int, end: int, letter: int, address: str) -> tuple[str | bytes, int]:
    """A string, character or blob at `at`, and where the next argument begins."""
    if letter in _TEXT:
        raw, at = _read_string(data, at, end, _STRING, address)
        if not raw.isascii():
            raise OscError("malformed", "OSC strings are ASCII; send this one without accents and symbols", address)
        return raw.decode("ascii"), at
    if letter not in (_CHARACTER, _BLOB):
        what = "arrays are not understood; send the values one by one" if letter in b"[]" else \
            f"the type {chr(letter)!a} is not understood; send one of i f d h s S b T F N I t c m r"
        raise OscError("malformed", what, address)
    if end - at < 4:
        raise OscError("malformed", f"the message ends inside an argument of type '{chr(letter)}'; send it whole", address)
    number = _INT32.unpack_from(data, at)[0]
    at += 4
    if letter == _CHARACTER:
        if not 0 <= number < 128:
            raise OscError("malformed", f"{number} is not an ASCII character; send 0 to 127 for the type 'c'", address)
        return chr(number), at
    if not 0 <= number <= end - at:
        raise OscError("malformed", f"a blob says it has {number} bytes of {end - at} that are left; send its true size", address)
    stop = at + number
    after = stop + -number % 4
    if after > end or data[stop:after].strip(b"\0"):
        raise OscError("malformed", "a blob is not padded with NULs to a multiple of 4 bytes; add them", address)
    return data[at:stop], after


def _read_string(data: bytes, at: int, end: int, bound: tuple[int, str], address: str) -> tuple[bytes, int]:
    """The bytes before the NUL, at most as many as `bound` says, and where the next thing begins."""
    stop = data.find(0, at, end)
    if stop < 0:
        raise OscError("malformed", "a string has no NUL at its end; add 1 to 4 up to a multiple of 4 bytes", address)
    if stop - at > bound[0]:
        raise OscError("too-large", bound[1], address)
    after = stop + 4 - (stop & 3)        # everything in a datagram begins at a multiple of 4
    if after > end or data[stop:after] != _PADDING[stop & 3]:
        raise OscError("malformed", "a string is not padded with NULs to a multiple of 4 bytes; add them", address)
    return data[at:stop], after


@lru_cache(limits.MODULES)               # a client repeats the same few
def _checked_address(raw: bytes) -> str:
    if raw.startswith(b"/") and not raw.translate(None, _PLAIN):
        return raw.decode("ascii")
    strange = raw.translate(None, _PLAIN + _WILDCARDS)
    if strange or not raw.startswith(b"/"):
        raise OscError("malformed", "an address begins with '/' and is printable ASCII without spaces, '#' and ','; "
                                    "send one like /mod/sine/freq")
    raise OscError("malformed", "wildcards are not understood; name one module", raw.decode("ascii"))


def encode(address: str, args=()) -> bytes:
    """One message as a datagram.

    int is sent as i, beyond 32 bits as h; float as f where that is exact, else as d; str as s, bytes as b, bool as T or F,
    None as N. OSC is ASCII, so other letters in a str are sent as escapes ("\\xfc"). Raises OscError.
    """
    raw = address.encode("utf-8", "surrogatepass")
    if len(raw) > limits.OSC_ADDRESS_BYTES:
        raise OscError("too-large", _ADDRESS[1], address)
    _checked_address(raw)
    if len(args) > limits.OSC_ARGUMENTS:
        raise OscError("too-large", _TAGS[1], address)
    tags, parts = ",", []
    for value in args:
        letter, part = _written(value, address)
        tags += letter
        parts.append(part)
    tag_bytes = tags.encode("ascii")
    return _fitting(b"".join((raw, _PADDING[len(raw) & 3], tag_bytes, _PADDING[len(tag_bytes) & 3], *parts)), address)


def tellable(value):
    """An argument of an answer as OSC can hold it: a client may have sent what it cannot."""
    if isinstance(value, int) and not isinstance(value, bool) and not -1 << 63 <= value < 1 << 63:
        return str(value)
    if isinstance(value, str):
        return value.encode("ascii", "backslashreplace").decode().replace("\0", "\\x00")[:limits.OSC_STRING_BYTES - 1]
    return value


def _written(value, address: str) -> tuple[str, bytes]:
    """Type letter and bytes of one argument."""
    if value is None or value is True or value is False:
        return {None: "N", True: "T", False: "F"}[value], b""
    if isinstance(value, int):
        if -0x8000_0000 <= value < 0x8000_0000:
            return "i", _INT32.pack(value)
        if -1 << 63 <= value < 1 << 63:
            return "h", _INT64.pack(value)
        raise OscError("too-large", f"{value:#x} does not fit into 64 bits; send it as a string", address)
    if isinstance(value, float):
        return _written_float(value)
    if isinstance(value, str):
        raw = value.encode("ascii", "backslashreplace")
        if len(raw) > limits.OSC_STRING_BYTES:
            raise OscError("too-large", _STRING[1], address)
        if b"\0" in raw:
            raise OscError("malformed", "a string may not hold a NUL; send it as bytes", address)
        return "s", raw + _PADDING[len(raw) & 3]
    if isinstance(value, bytes):
        return "b", _INT32.pack(len(value)) + value + bytes(-len(value) % 4)
    raise OscError("malformed", f"a {type(value).__name__} cannot be sent; send int, float, str, bytes, bool or None", address)


def _written_float(value: float) -> tuple[str, bytes]:
    try:
        short = _FLOAT.pack(value)
    except OverflowError:
        return "d", _DOUBLE.pack(value)
    if _FLOAT.unpack(short)[0] == value or value != value:
        return "f", short
    return "d", _DOUBLE.pack(value)


def encode_bundle(tag: int, messages: list[bytes]) -> bytes:
    """Encoded messages (or bundles) as one bundle for the time `tag`, see `ntp_tag`; IMMEDIATE for at once. Raises OscError."""
    if len(messages) > limits.OSC_MESSAGES:
        raise OscError("too-large", f"a bundle may have {limits.OSC_MESSAGES} messages; send several bundles")
    parts = [_HEAD.pack(BUNDLE, tag)]
    for message in messages:
        parts += (_INT32.pack(len(message)), message)
    return _fitting(b"".join(parts), "")


def _fitting(datagram: bytes, address: str) -> bytes:
    if len(datagram) > limits.DATAGRAM_BYTES:
        raise OscError("too-large", f"a datagram may have {limits.DATAGRAM_BYTES} bytes, this one has {len(datagram)}; "
                                    "send several", address)
    return datagram


def ntp_tag(unix_seconds: float) -> int:
    """The time tag of a Unix time: 32 bits of seconds since 1900, 32 of fraction (0.2 ns). Raises OscError beyond 2036."""
    if not -NTP_EPOCH < unix_seconds < (1 << 32) - NTP_EPOCH - 1:
        raise OscError("too-large", f"{unix_seconds} is outside 1900 to 2036, where time tags end; use Unix time in seconds")
    whole = math.floor(unix_seconds)
    return (whole + NTP_EPOCH << 32) + round((unix_seconds - whole) * (1 << 32))


def unix_seconds(tag: int) -> float:
    """The Unix time of a time tag, to 0.24 us, the resolution of a double in this century: 0.02 frames at 96 kHz."""
    return (tag - (NTP_EPOCH << 32)) / (1 << 32)
