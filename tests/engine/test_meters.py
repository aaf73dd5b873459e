"""The meters of an engine that plays: right within 0.1 dB, from whichever replica leads, and the sound has the same bits with them."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from engine_process import typed

from chronus import limits
from chronus.control.meters import Meters
from chronus.shared import layout as at
from chronus.shared.memory import Memory

SETTLED = 2 * 48_000 // 64               # blocks: seven times the mean's 0.3 s


def edit(engine, *rows) -> None:
    for address, *args in rows:
        reply = engine.client.ask(f"/patch/{address}", *args)
        assert reply.ok, reply


@pytest.fixture(scope="module")
def desk(engine):
    """Two sines on strips: `low` in the middle at 0.25, `high` on the left, 6 dB softer than 0.1."""
    edit(engine, ("create", "a", "sine"), ("set", "a", "freq", 110.0), ("set", "a", "gain", 0.25),
         ("create", "b", "sine"), ("set", "b", "freq", 997.0), ("set", "b", "gain", 0.1),
         ("create", "low", "strip"), ("create", "high", "strip"), ("set", "high", "fader", -6.0), ("set", "high", "pan", -1.0),
         ("connect", "a", "low"), ("connect", "b", "high"), ("connect", "low", "out"), ("connect", "high", "out"), ("commit",))
    engine.redundant()
    return engine


def meters(engine) -> dict:
    return json.loads(engine.client.ask("/meters").args[0])


def near(levels, *wanted) -> bool:
    return all(abs(found - db) <= 0.1 for found, db in zip(levels, wanted))


def test_strips_and_output_are_measured_in_peak_and_rms(desk):
    desk.advance(SETTLED)
    found = meters(desk)
    assert list(found["strips"]) == ["low", "high"]
    assert near(found["strips"]["low"]["peak"], -12.04, -12.04) and near(found["strips"]["low"]["rms"], -15.05, -15.05), found
    assert near(found["strips"]["high"]["peak"][:1], -22.99) and near(found["strips"]["high"]["rms"][:1], -26.0), found
    assert found["strips"]["high"]["peak"][1] < -110.0
    assert near(found["out"]["peak"][1:], -12.04) and near(found["out"]["rms"], -14.72, -15.05), found
    assert found["out"]["clipped"] == 0 and found["frame"] <= desk[at.PLAYED] * 64


def test_the_peak_of_what_was_played_falls_by_20_db_in_1700_ms(tmp_path):
    """A block of 0.5 a second ago, then silence."""
    memory = Memory.create(tmp_path, 48_000, 64, 4)
    memory[at.PLAYED] = 2_000
    meters = Meters(memory)
    sound = np.ndarray((limits.TAP_RING_BLOCKS, memory[at.H_TAP_STRIDE] // 4), np.float32, memory.map, memory[at.H_TAP])[:, at.TAP_SAMPLES // 4:]
    sound[2_000 - 750, 0] = 0.5
    found = meters.read(SimpleNamespace(patch=SimpleNamespace(modules={}), names={}))["out"]
    assert abs(found["peak"][0] - (-6.02 - 20.0 / 1.7)) < 0.1 and found["peak"][1] == found["rms"][0] == -120.0


def test_a_kill_of_the_leader_moves_no_needle(desk):
    old = desk.kill(f"replica {desk[at.LEADER]}")
    desk.advance(200)
    found = meters(desk)["strips"]["low"]
    assert near(found["peak"], -12.04, -12.04) and near(found["rms"], -15.05, -15.05), (old, found)
    desk.redundant()


def test_who_is_muted_and_who_is_left_out_is_told(desk):
    assert desk.ask("/mod/high/solo", 1).ok
    desk.advance(SETTLED)
    found = meters(desk)["strips"]
    assert (found["low"]["solo"], found["low"]["heard"], found["high"]["solo"], found["high"]["heard"]) == (False, False, True, True)
    assert found["low"]["rms"][0] < -40.0
    assert desk.ask("/mod/high/solo", 0).ok and desk.ask("/mod/high/mute", 1).ok
    desk.advance(100)
    found = meters(desk)["strips"]
    assert found["low"]["heard"] and found["high"]["mute"] and not found["high"]["heard"]
    assert desk.ask("/mod/high/mute", 0).ok


def test_what_was_played_under_solo_and_with_meters_renders_to_the_same_bits(desk):
    """Also where a newcomer has taken over from who played, in the middle of a solo."""
    with desk.take("solo"):
        for value in (1, 0, 1, 0):
            assert desk.ask("/mod/low/solo", value).ok
            desk.advance(30)
            meters(desk)
            if value:
                for role in ("replica 0", "replica 1"):
                    desk.replaced(role, desk.kill(role))
                    desk.redundant()
    desk.prove(desk.takes[-1])


def test_the_shell_shows_them(desk):
    address = f"127.0.0.1:{desk.port}"
    told = typed("meters", "--osc", address, folder=desk.folder)
    assert told.returncode == 0 and [line.split()[0] for line in told.stdout.splitlines()] == ["low", "high", "out"] and "peak" in told.stdout
    assert set(json.loads(typed("meters", "--osc", address, "--json", folder=desk.folder).stdout)) == {"frame", "strips", "out"}
