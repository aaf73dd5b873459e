"""OSC datagrams: the bytes of the specification, round trips, and everything that is not OSC."""

import math
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chronus import limits
from chronus.doors.osc.codec import (IMMEDIATE, Message, OscError, decode, encode, encode_bundle, ntp_tag, unix_seconds)

FREQUENCY = b"/oscillator/4/frequency\0,f\0\0\x43\xdc\0\0"
FOO = bytes.fromhex("2f666f6f000000002c69697366660000000003e8ffffffff68656c6c6f0000003f9df3b640b5b22d")


def element(data):
    return pack(">i", len(data)) + data


def bundle(*elements, tag=IMMEDIATE):
    return b"#bundle\0" + pack(">Q", tag) + b"".join(map(element, elements))


def refusal(datagram):
    with pytest.raises(OscError) as caught:
        decode(datagram)
    return caught.value


def test_first_example_of_the_specification():
    assert encode("/oscillator/4/frequency", [440.0]) == FREQUENCY
    assert decode(FREQUENCY) == [Message("/oscillator/4/frequency", (440.0,), None)]


def test_second_example_of_the_specification():
    [message] = decode(FOO)
    assert message.address == "/foo"
    assert message.args[:3] == (1000, -1, "hello")
    assert message.args[3:] == pytest.approx((1.234, 5.678), rel=1e-6)
    assert encode("/foo", message.args) == FOO


def test_every_type():
    body = (b"/t\0\0,ifdhsSbTFNItcmr\0\0\0\0" + pack(">i", -2) + pack(">f", 0.5) + pack(">d", 0.1) + pack(">q", -1 << 40)
            + b"abcd\0\0\0\0" + b"sym\0" + pack(">i", 5) + b"\0\1\2\3\4\0\0\0" + pack(">Q", (1 << 64) - 1) + b"\0\0\0x"
            + b"\1\x90\x40\x7f" + b"\xff\0\0\1")
    assert decode(body)[0].args == (-2, 0.5, 0.1, -1 << 40, "abcd", "sym", b"\0\1\2\3\4", True, False, None, math.inf,
                                    (1 << 64) - 1, "x", b"\1\x90\x40\x7f", 0xFF000001)


@pytest.mark.parametrize("value, written", [
    (0, b",i\0\0" + bytes(4)), (2**31 - 1, b",i\0\0\x7f\xff\xff\xff"), (-2**31, b",i\0\0\x80\0\0\0"),
    (2**31, b",h\0\0\0\0\0\0\x80\0\0\0"), (-2**63, b",h\0\0\x80" + bytes(7)),
    (0.5, b",f\0\0\x3f\0\0\0"), (0.1, b",d\0\0" + pack(">d", 0.1)), (1e300, b",d\0\0" + pack(">d", 1e300)),
    (-math.inf, b",f\0\0\xff\x80\0\0"), (True, b",T\0\0"), (False, b",F\0\0"), (None, b",N\0\0"),
    ("", b",s\0\0\0\0\0\0"), ("abc", b",s\0\0abc\0"), ("abcd", b",s\0\0abcd\0\0\0\0"),
    (b"", b",b\0\0\0\0\0\0"), (b"abcde", b",b\0\0\0\0\0\5abcde\0\0\0"), ("\xfc", b",s\0\0\\xfc\0\0\0\0"),
])
def test_encoding_chooses_the_smallest_exact_type(value, written):
    assert encode("/a", [value]) == b"/a\0\0" + written


@pytest.mark.parametrize("address, args, code", [
    ("/a", [2**63], "too-large"), ("/a", ["x" * 1025], "too-large"), ("/a", [0] * 65, "too-large"),
    ("/a", [bytes(9000)], "too-large"), ("/" + "a" * 256, [], "too-large"),
    ("a", [], "malformed"), ("/\xfc", [], "malformed"), ("/\ud800", [], "malformed"),
    ("/a*", [], "malformed"), ("/a", ["a\0"], "malformed"), ("/a", [[1]], "malformed"), ("", [], "malformed"),
])
def test_encoding_refuses_what_decoding_would(address, args, code):
    with pytest.raises(OscError) as caught:
        encode(address, args)
    assert caught.value.code == code


def test_a_bundle_too_large_to_send():
    with pytest.raises(OscError):
        encode_bundle(IMMEDIATE, [FREQUENCY] * 257)
    with pytest.raises(OscError):
        encode_bundle(IMMEDIATE, [encode("/a", [bytes(8000)])] * 2)


def test_bundles_and_their_tags():
    tag = ntp_tag(1_700_000_000.25)
    assert encode_bundle(tag, [FREQUENCY]) == bundle(FREQUENCY, tag=tag)
    a, b, c, d, e = (encode(f"/{name}") for name in "abcde")
    nested = bundle(a, bundle(b, tag=tag + 5), bundle(c, tag=tag - 5), bundle(d), e, tag=tag)
    assert [(m.address, m.tag) for m in decode(nested)] == [("/a", tag), ("/b", tag + 5), ("/c", tag), ("/d", tag), ("/e", tag)]
    assert [m.tag for m in decode(bundle(a, bundle(b, tag=tag)))] == [None, tag]
    assert decode(bundle(a, tag=0))[0].tag == 0
    assert decode(bundle()) == []


def test_time_tags_are_finer_than_a_frame():
    assert ntp_tag(0) == 2_208_988_800 << 32
    assert ntp_tag(0.5) - ntp_tag(0) == 1 << 31
    assert ntp_tag(-0.5) == ntp_tag(0) - (1 << 31)
    for bad in (math.nan, math.inf, -math.inf, 1e12, -1e12):
        with pytest.raises(OscError):
            ntp_tag(bad)


@given(st.floats(0, 2_085_000_000))
def test_time_tags_round_trip(seconds):
    assert abs(unix_seconds(ntp_tag(seconds)) - seconds) < 1e-6 < 0.1 / 96_000


def test_every_bound_from_both_sides():
    longest = "/" + "a" * (limits.OSC_ADDRESS_BYTES - 1)
    assert decode(encode(longest))[0].address == longest
    assert refusal(longest.encode() + b"a\0\0\0,\0\0\0").code == "too-large"
    text = "x" * limits.OSC_STRING_BYTES
    assert decode(encode("/a", [text]))[0].args == (text,)
    assert refusal(b"/a\0\0,s\0\0" + text.encode() + b"x\0\0\0").code == "too-large"
    assert len(decode(encode("/a", [1] * limits.OSC_ARGUMENTS))[0].args) == limits.OSC_ARGUMENTS
    refused = refusal(b"/a\0\0," + b"T" * (limits.OSC_ARGUMENTS + 1) + b"\0\0")
    assert (refused.code, refused.address) == ("too-large", "/a")
    most = encode_bundle(IMMEDIATE, [encode("/a")] * limits.OSC_MESSAGES)
    assert len(decode(most)) == limits.OSC_MESSAGES
    assert refusal(most + element(encode("/a"))).code == "too-large"
    half = encode_bundle(IMMEDIATE, [encode("/a")] * (limits.OSC_MESSAGES // 2))
    assert refusal(bundle(half, half, encode("/a"))).code == "too-large"
    deep = encode("/a")
    for _ in range(limits.OSC_NESTING):
        deep = bundle(deep)
    assert decode(deep) == [Message("/a", (), None)]
    assert refusal(bundle(deep)).code == "too-large"
    assert refusal(bytes(limits.DATAGRAM_BYTES + 4)).code == "too-large"


@pytest.mark.parametrize("datagram", [
    b"", b"/", b"/a\0", bytes(4), bytes(8192), b"/abc", b"/a\0\0", b"/a\0\0\0\0\0\0", b"/a\0\0i\0\0\0", b"/a\0x,\0\0\0",
    b"/abc\0\0\0x,\0\0\0",
    b"/a\0\0,ii\0\0\0\0\1", b"/a\0\0,\0\0\0\0\0\0\1", b"/a\0\0,i\0x\0\0\0\1", b"/a\0\0,iii", b"/a\0\0,s\0\0abcd",
    b"/a\0\0,s\0\0abc\1", b"/a\0\0,s\0\0a\0\0\1", b"/a\0\0,s\0\0\xc3\xbc\0\0", b"/a\0\0,d\0\0\0\0\0\0",
    b"/a\0\0,s\0\0", b"/a\0\0,b\0\0", b"/a\0\0,c\0\0",
    b"/a\0\0,c\0\0\0\0\0\x80", b"/a\0\0,c\0\0\xff\xff\xff\xff", b"/a\0\0,b\0\0\xff\xff\xff\xff", b"/a\0\0,b\0\0\x80\0\0\0",
    b"/a\0\0,b\0\0\x7f\xff\xff\xff", b"/a\0\0,b\0\0\0\0\0\5abcd", b"/a\0\0,b\0\0\0\0\0\3abcd", b"/a\0\0,[i]\0\0\0\0\0\0\0\1",
    b"/a\0\0,]\0\0", b"/a\0\0,x\0\0", b"/a\0\0,\xff\0\0", b"abc\0,\0\0\0", b"/a b\0\0\0\0,\0\0\0", b"/a,b\0\0\0\0,\0\0\0",
    b"/a#\0,\0\0\0",
    b"/a\n\0,\0\0\0", b"/\xc3\xbc\0,\0\0\0", b"#bundle\0", b"#bundle\0" + bytes(4), b"#bundlf\0" + bytes(8), b"#bundle,\0\0\0\0",
    bundle() + bytes(4), bundle() + pack(">i", -4), bundle() + pack(">i", -20), bundle() + pack(">i", -(1 << 31)),
    bundle() + pack(">i", (1 << 31) - 1), bundle() + pack(">i", 5) + bytes(8), bundle() + pack(">i", 12) + b"/a\0\0,\0\0\0",
    bundle(b"/a\0\0"), bundle(b"#bundle\0"), bundle(b"/a\0\0,\0\0\0", bytes(4)), bundle(bundle() + bytes(4)),
    bundle() + bytes(8176), bundle(b"/a\0\0,i\0\0") + element(bytes(4)),
])
def test_what_is_not_osc_is_malformed(datagram):
    assert refusal(datagram).code == "malformed"


@pytest.mark.parametrize("size", [0, -4, -20, -(1 << 31), 2, 16, (1 << 31) - 4])
def test_an_untrue_element_size_is_named(size):
    assert "true size" in str(refusal(bundle() + pack(">i", size) + b"/a\0\0,\0\0\0"))


def test_an_inner_bundle_does_not_read_on_in_the_outer_one():
    leaking = bundle() + pack(">i", 12) + b"/a\0\0,i\0\0"       # its argument would be the size of the next element
    assert refusal(bundle(leaking, encode("/b"))).code == "malformed"


@pytest.mark.parametrize("address", ["/a*", "/?", "/[ab]", "/{a,b}", "/a]", "/}"])
def test_wildcards_are_named_as_such(address):
    raw = address.replace(",", "").encode()
    refused = refusal(raw + bytes(4 - len(raw) % 4) + b",\0\0\0")
    assert (refused.code, refused.address) == ("malformed", raw.decode())
    assert str(refused) == "wildcards are not understood; name one module"


def test_the_address_is_told_as_soon_as_it_is_known():
    assert refusal(b"/abc").address == ""
    assert refusal(b"/abc\0\0\0\0").address == "/abc"
    assert refusal(bundle(encode("/ok"), b"/abc\0\0\0\0,i\0\0")).address == "/abc"


ASCII = st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=40)
ADDRESSES = st.from_regex(r"/[a-z0-9_/.-]{0,30}", fullmatch=True)
ARGUMENTS = st.lists(st.one_of(st.integers(-2**63, 2**63 - 1), st.floats(), st.floats(width=32), ASCII, st.binary(max_size=40),
                               st.booleans(), st.none()), max_size=limits.OSC_ARGUMENTS)
KILLERS = [b"", bytes(4), b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"#bundle\0", b",[[["]
TAGS = st.integers(0, 2**64 - 1)
DATAGRAMS = st.recursive(
    st.builds(encode, ADDRESSES, ARGUMENTS),
    lambda inner: st.builds(encode_bundle, TAGS, st.lists(inner, max_size=3).filter(lambda parts: sum(map(len, parts)) < 8000)),
    max_leaves=6)


def outcome(datagram):
    """The messages, or None; fails for anything but an OscError, and for more messages than bytes can hold."""
    try:
        messages = decode(datagram)
    except OscError as error:
        assert error.code in ("malformed", "too-large") and error.address.isascii() and "\0" not in error.address and str(error)
        return None
    assert all(type(message) is Message for message in messages) and 8 * len(messages) <= len(datagram)
    return messages


@given(ADDRESSES, ARGUMENTS)
def test_messages_round_trip(address, args):
    [message] = decode(encode(address, args))
    assert message.address == address and repr(message.args) == repr(tuple(args)) and message.tag is None


@given(DATAGRAMS)
def test_valid_datagrams_are_read_or_bounded(datagram):
    try:
        decode(datagram)
    except OscError as error:
        assert error.code == "too-large"


@settings(max_examples=100)
@given(st.one_of(st.binary(max_size=400), st.binary(max_size=100).map(lambda tail: b"#bundle\0" + tail),
                 st.binary(max_size=100).map(lambda tail: b"/a\0\0," + tail)))
def test_any_bytes_end_in_messages_or_a_reason(datagram):
    outcome(datagram)
    outcome(datagram + bytes(-len(datagram) % 4))


@settings(max_examples=100)
@given(DATAGRAMS, st.data())
def test_damaged_datagrams_end_in_messages_or_a_reason(datagram, data):
    damaged = bytearray(datagram)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1)) & ~3
        word = data.draw(st.sampled_from(KILLERS) | st.binary(min_size=4, max_size=4))
        damaged[at:at + 4] = word
        if not damaged:
            break
    outcome(bytes(damaged))
