"""Channel strips in a patch: mute and solo, groups, sends and returns, to the frame and without a click."""

import numpy as np
import pytest

from chronus import limits
from chronus.patch.compiler import compile_patch
from chronus.patch.errors import PatchError
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.replica.offline import Offline
from chronus.shared.log import COMMIT, PANIC, SET, Entry
from chronus.shared.program import key_of

RATE, BLOCK = 48_000, 64
HEIGHTS = {"kick": 0.5, "snare": 0.25, "bass": 0.125, "pad": 0.0625}          # constants, so that what is heard says who is
GROUPS = {"kick": "drums", "snare": "drums", "bass": "main", "pad": "main", "drums": "main"}
SENDS = {"kick": "send_a", "snare": "send_b", "bass": "send_a", "drums": "send_b"}
RETURNS = {"send_a": ("room", 1 / 64), "send_b": ("plate", 1 / 512)}           # an effect is a gain here
FADE = 240                              # frames: 5 ms


def desk(main: bool = True, loop: bool = False, **params) -> Patch:
    """Four sources on strips, two of them in a group, and two returns; all into one strip, if `main`, or the output. In a `loop` the returns
    feed each other.
    """
    modules, cables = [], []
    for name, height in HEIGHTS.items():
        modules += [Module(f"{name}-source", "adsr", {"attack": 0.0, "sustain": 1.0, "decay": 0.0}),
                    Module(f"{name}-level", "gain", {"gain": height})]
        cables += [Cable(f"{name}-source", "out", f"{name}-level", "audio"), Cable(f"{name}-level", "out", name, "audio")]
    for name in (*HEIGHTS, "drums", "main", "room", "plate"):
        sends = {send: 0.0 for of, send in SENDS.items() if of == name} | ({"send_a": 0.0} if loop and name in ("room", "plate") else {})
        modules.append(Module(name, "strip", sends | params.get(name, {})))
    for name, group in GROUPS.items():
        cables.append(Cable(name, "out", group if main or group != "main" else OUT, "audio" if main or group != "main" else ""))
    for send, (name, level) in RETURNS.items():
        modules.append(Module(f"{name}-effect", "gain", {"gain": level}))
        cables += [Cable(f"{name}-effect", "out", name, "audio"), Cable(name, "out", "main" if main else OUT, "audio" if main else "")]
        cables += [Cable(of, send, f"{name}-effect", "audio") for of, which in SENDS.items() if which == send]
    if loop:
        cables += [Cable("plate", "send_a", "room-effect", "audio"), Cable("room", "send_a", "plate-effect", "audio")]
    if main:
        cables.append(Cable("main", "out", OUT, ""))
    else:
        modules = [module for module in modules if module.id != "main"]
    return Patch(modules, cables)


def turn(name: str, value: float, frame: int = 0, knob: str = "solo") -> Entry:
    return Entry(SET, key_of(name, knob), value, frame)


def opened() -> list[Entry]:
    return [turn(f"{name}-source", 1.0, 0, "gate") for name in HEIGHTS]


def heard(patch: Patch, entries=(), frames: int = 6_400, others=()) -> np.ndarray:
    programs = [compile_patch(each, RATE, BLOCK).words for each in (patch, *others)]
    return Offline(programs, sorted([*opened(), *entries], key=lambda e: e.frame), RATE, BLOCK).run(frames // BLOCK).astype(np.float64)


def level(*names: str) -> float:
    """What sources, and effects as ("room", a source), add up to."""
    effects = dict(RETURNS.values())
    return sum(HEIGHTS[name] if isinstance(name, str) else effects[name[0]] * sum(HEIGHTS[source] for source in name[1:]) for name in names)


# who is soloed, and what is left to hear: sources dry, and effects of sources
ALL = ("kick", "snare", "bass", "pad", ("room", "kick", "bass"), ("plate", "snare", "kick", "snare"))
SCENES = {
    "nobody": ((), ALL),
    "one with its return and its group's": (("kick",), ("kick", ("room", "kick"), ("plate", "kick"))),
    "a group brings its members, with their sends": (("drums",), ("kick", "snare", ("room", "kick"), ("plate", "snare", "kick", "snare"))),
    "one without a group": (("bass",), ("bass", ("room", "bass"))),
    "two": (("bass", "pad"), ("bass", "pad", ("room", "bass"))),
    "a return, without what is dry": (("room",), (("room", "kick", "bass"),)),
    "a return that a group feeds": (("plate",), (("plate", "snare", "kick", "snare"),)),
    "one that sends nothing": (("pad",), ("pad",)),
    "the last": (("main",), ALL),
}


@pytest.mark.parametrize("scene", SCENES)
def test_solo_in_place(scene):
    soloed, left = SCENES[scene]
    found = heard(desk(), [turn(name, 1.0, 3_000) for name in soloed])
    assert found[2_900] == pytest.approx(level(*ALL), abs=1e-6)
    assert found[-1] == pytest.approx(level(*left), abs=1e-6)
    assert np.abs(found[:, 0] - found[:, 1]).max() < 1e-6


@pytest.mark.parametrize("scene", [scene for scene in SCENES if scene != "the last"])
def test_strips_that_go_to_the_output_themselves(scene):
    soloed, left = SCENES[scene]
    assert heard(desk(main=False), [turn(name, 1.0) for name in soloed])[-1] == pytest.approx(level(*left), abs=1e-6)


def test_a_safe_strip_is_never_silenced():
    patch = desk(pad={"safe": 1.0})
    assert heard(patch, [turn("bass", 1.0)])[-1] == pytest.approx(level("bass", "pad", ("room", "bass")), abs=1e-6)
    assert heard(patch, [turn("bass", 1.0), turn("pad", 0.0, 2_000, "safe")])[-1] == pytest.approx(level("bass", ("room", "bass")), abs=1e-6)


def test_a_key_is_only_listened_to():
    """The kick ducks the bass: neither's solo brings the other."""
    patch = desk()
    cables = [cable for cable in patch.cables if cable.source != "bass-level"]
    cables += [Cable("bass-level", "out", "duck", "audio"), Cable("kick", "out", "duck", "key"), Cable("duck", "out", "bass", "audio"),
               Cable("kick", "out", "pad", "pan", 1e-9)]
    patch = patch.changed({**patch.modules, "duck": Module("duck", "compressor", {"threshold": 0.0, "knee": 0.0})}, cables)
    assert heard(patch, [turn("kick", 1.0)])[-1] == pytest.approx(level("kick", ("room", "kick"), ("plate", "kick")), abs=1e-6)
    assert heard(patch, [turn("bass", 1.0)])[-1] == pytest.approx(level("bass", ("room", "bass")), abs=1e-6)


def test_a_loop_of_returns_ends():
    """Room and plate feed each other, so each is heard when the other is soloed, and nothing that is dry."""
    room, plate = (level(found) for found in ALL[4:])
    found = heard(desk(loop=True), [turn("room", 1.0)])[-1]
    both = (room + plate / 64) / (1 - 1 / 64 / 512)
    assert found == pytest.approx(both + plate + both / 512, abs=1e-6)


@pytest.mark.parametrize("knob", ("mute", "solo"))
def test_it_is_silent_after_five_milliseconds_to_the_frame_and_nothing_clicks(knob):
    at, back = 3_001, 4_802
    who = "bass" if knob == "mute" else "pad"
    found = heard(desk(), [turn(who, 1.0, at, knob), turn(who, 0.0, back, knob)])[:, 0]
    before, after = level(*ALL), level(*(("kick", "snare", "pad", ("room", "kick"), ALL[-1]) if knob == "mute" else ("pad",)))
    for begin, first, last in ((at, before, after), (back, after, before)):
        assert abs(found[begin - 1] - first) < 1e-6 and abs(found[begin + FADE] - last) < 1e-6 and abs(found[begin + FADE - 8] - last) > 1e-5
    bend = np.abs(np.diff(found[1_000:], 2)).max()          # a switch of 1 would bend by 1, -60 dBFS is 0.001
    assert 20.0 * np.log10(bend) < -75.0


def test_a_pre_send_goes_on_when_the_fader_is_down():
    for pre, wanted in ((0.0, 0.0), (1.0, level(("room", "bass")))):
        patch = desk(bass={"fader": -90.0, "pre_a": pre, "send_a": 0.0, "solo": 1.0})
        assert heard(patch)[-1] == pytest.approx(wanted, abs=1e-7)
    assert heard(desk(bass={"pre_a": 1.0, "mute": 1.0, "send_a": 0.0, "solo": 1.0})).any() == np.False_, "mute takes the sends along"


def test_a_patch_begins_as_it_was_saved():
    found = heard(desk(bass={"solo": 1.0}))
    assert np.abs(found - level("bass", ("room", "bass"))).max(initial=0.0, where=np.abs(found) > level("bass", ("room", "bass")) + 1e-6) == 0.0


def test_panic_leaves_the_desk_alone():
    found = heard(desk(), [turn("bass", 1.0), turn("pad", 1.0, 0, "mute"), Entry(PANIC, 0, 0.0, 2_000), *[turn("bass-source", 1.0, 2_500, "gate")]])
    assert found[-1] == pytest.approx(level("bass", ("room", "bass")), abs=1e-6)


@pytest.mark.parametrize("block", (16, 512))
def test_the_block_size_changes_no_bit(block):
    entries = sorted([*opened(), turn("kick", 1.0, 777), turn("kick", 0.0, 2_345), turn("drums", 1.0, 2_400)], key=lambda e: e.frame)
    sounds = [Offline([compile_patch(desk(), RATE, size).words], entries, RATE, size).run(6_144 // size).tobytes() for size in (64, block)]
    assert sounds[0] == sounds[1]


def test_a_commit_keeps_the_solos_and_adds_its_own():
    """A strip that comes while another is soloed is silent from its first frame; one that comes soloed takes the others away."""
    fewer = desk()
    others = {id_: module for id_, module in fewer.modules.items() if id_ != "pad"}
    fewer = fewer.changed(others, [cable for cable in fewer.cables if "pad" not in (cable.source, cable.target)])
    found = heard(fewer, [turn("bass", 1.0, 1_000), Entry(COMMIT, 0, 0.0, 3_008, extra=1)], others=[desk()])
    assert np.abs(found[2_000:] - level("bass", ("room", "bass"))).max() < 1e-6
    found = heard(fewer, [Entry(COMMIT, 0, 0.0, 3_008, extra=1), turn("pad-source", 1.0, 5_000, "gate")], others=[desk(pad={"solo": 1.0})])
    assert found[-1] == pytest.approx(level("pad"), abs=1e-6)


def test_the_number_of_strips_is_bounded():
    for count in (limits.STRIPS, limits.STRIPS + 1):
        modules = [Module("sine", "sine"), *(Module(f"s{i}", "strip") for i in range(count))]
        patch = Patch(modules, [c for i in range(count) for c in (Cable("sine", "out", f"s{i}", "audio"), Cable(f"s{i}", "out", OUT, ""))])
        if count > limits.STRIPS:
            with pytest.raises(PatchError, match="at most 64 channel strips"):
                compile_patch(patch, RATE, BLOCK)
        else:
            played = Offline([compile_patch(patch, RATE, BLOCK).words], [turn("s63", 1.0), turn("s63", -6.0206, 0, "fader")], RATE, BLOCK).run(40)
            assert np.abs(played[-300:]).max() == pytest.approx(0.25, abs=1e-4), "the last bit is one like the others"
