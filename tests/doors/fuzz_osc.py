"""The longer fuzz run of the OSC door: python -m pytest tests/doors/fuzz_osc.py, for FUZZ_SECONDS (60), from FUZZ_SEED (random).

Named so that an ordinary run does not collect it. A failure names the round that replays it: FUZZ_SEED=that round.
"""

import faulthandler
import math
import os
import random
import time
from struct import pack

import pytest

from chronus.doors.osc.codec import Message, OscError, decode, encode, encode_bundle
from chronus.doors.osc.inbox import Inbox

SECONDS = float(os.environ.get("FUZZ_SECONDS", 60))
SEED = int(os.environ.get("FUZZ_SEED", random.SystemRandom().randrange(1 << 32)))
ROUND = 2_000                            # datagrams from one seed
HANG_SECONDS = 20                        # no round takes longer; one that does is a loop, and its traceback is printed
WORDS = (bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\x10", b"#bun", b"dle\0", b",[[[",
         b",bbb", b",sTc", b"/*\0\0")


def some_argument(draw):
    return draw.choice((draw.randrange(-1 << 63, 1 << 63), draw.randrange(128), draw.random(), draw.uniform(-1e300, 1e300),
                        math.inf, "x" * draw.randrange(60), draw.randbytes(draw.randrange(60)), True, False, None))


def some_datagram(draw, depth=0):
    if depth < 5 and draw.random() < 0.4:
        inner = [some_datagram(draw, depth + 1) for _ in range(draw.randrange(4))]
        return encode_bundle(draw.choice((0, 1, draw.randrange(1 << 64))), [part for part in inner if len(part) < 1900])
    address = "/" + draw.choice(("panic", "gate/kick", "mod/sine/freq", "record/stop", "a" * draw.randrange(250)))
    return encode(address, [some_argument(draw) for _ in range(draw.choice((0, 1, 1, 2, 20)))])


def damaged(draw, datagram):
    data = bytearray(datagram)
    for _ in range(draw.choice((0, 1, 1, 2, 8))):
        at = draw.randrange(len(data) + 1)
        word = at & ~3
        kind = draw.randrange(7)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << draw.randrange(8)
        elif kind == 1:
            data[word:word + 4] = draw.choice(WORDS)
        elif kind == 2:
            data[word:word + 4] = pack(">i", draw.choice((-4, -8, 0, 3, 4, 8, 20, len(data), 1 << 30)))
        elif kind == 3:
            del data[word:word + 4 * draw.randrange(8)]
        elif kind == 4:
            data[word:word] = data[:4 * draw.randrange(16)]
        elif kind == 5:
            del data[at:]
        else:
            data[word:word] = draw.choice(WORDS) * draw.choice((1, 2, 500))
    return bytes(data)


def check_decode(datagram):
    """Whether it was OSC; what was read can be written and is read the same again."""
    try:
        messages = decode(datagram)
    except OscError as error:
        assert error.code in ("malformed", "too-large") and error.address.isascii() and str(error)
        return False
    for message in messages:
        assert type(message) is Message
        if not any(type(value) is int and value >= 1 << 63 or value == "\0" for value in message.args):       # t has 64 bits, h only 63; c may be 0, s not
            again = decode(encode(message.address, message.args))[0]
            assert (again.address, repr(again.args)) == (message.address, repr(message.args))
    return True


def check_inbox(draw, datagrams):
    """Every datagram of a random flood from random senders is handed out or named."""
    inbox, refused = Inbox(), 0
    senders = draw.choice((1, 3, 100))
    for datagram in datagrams * draw.choice((1, 1, 20)):
        inbox.push(draw.randrange(senders), datagram)
        if draw.random() < 0.01:
            inbox.take(draw.randrange(100))
            refused += sum(count for _, _, count in inbox.refused())
    inbox.take(1 << 30)
    refused += sum(count for _, _, count in inbox.refused())
    assert inbox.waiting == 0 and inbox.pushed == inbox.taken + refused


def fuzz_round(seed):
    """How many of ROUND datagrams were OSC."""
    draw = random.Random(seed)
    datagrams, read = [], 0
    for _ in range(ROUND):
        datagram = damaged(draw, some_datagram(draw)) if draw.random() < 0.9 else draw.randbytes(4 * draw.randrange(40))
        datagrams.append(datagram)
        try:
            read += check_decode(datagram)
        except Exception as error:
            pytest.fail(f"FUZZ_SEED={seed}: {error!r} for {datagram!r}")
    try:
        check_inbox(draw, datagrams)
    except Exception as error:
        pytest.fail(f"FUZZ_SEED={seed}: the inbox, {error!r}")
    return read


def test_fuzz(capsys):
    begin = told = time.monotonic()
    seed, read = SEED, 0
    with capsys.disabled():
        while (now := time.monotonic()) - begin < SECONDS or seed == SEED:
            faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
            read += fuzz_round(seed)
            seed += 1
            if now - told > 1 or seed == SEED + 1:
                told = now
                print(f"{now - begin:5.0f} of {SECONDS:.0f} s: {(seed - SEED) * ROUND} datagrams, {read} of them OSC, "
                      f"from seed {SEED}", flush=True)
        faulthandler.cancel_dump_traceback_later()
