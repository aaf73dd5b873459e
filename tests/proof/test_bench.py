"""What is stored of a run and what a later one is told: the machine's own part is taken out, and what is beyond it is named. And what a flood keeps."""

import os
import socket
import time
from pathlib import Path

import pytest

from chronus.doors.osc.codec import encode
from chronus.proof.bench import burst, flood, kernels, main, patches, stored

BEFORE = {"saw": {"1": 2.0, "16": 0.5}, "sine": {"1": 1.0}, "gain": {"1": 0.2}, "hall": {"16": 9.0}, "gone": {"1": 1.0}}


def now(**times: float) -> dict:
    """The figures before, of a machine that takes 1.7 times as long; some of them by so much more."""
    slowed = {name: {lanes: 1.7 * times.get(name, 1.0) * ns for lanes, ns in each.items()} for name, each in BEFORE.items()}
    del slowed["gone"]
    return slowed | {"fresh": {"1": 1.0}}


@pytest.mark.parametrize("times, slower", (({}, []), ({"saw": 1.14}, []), ({"saw": 1.16}, ["saw"]), ({"sine": 0.5, "hall": 1.3}, ["hall"])))
def test_what_is_slower_beyond_the_machine_is_named(times, slower):
    found = stored.compared(now(**times), BEFORE)
    assert found["slower"] == slower and found["machine"] == 1.7
    assert found["ratios"] == {"saw": 1.0, "sine": 1.0, "gain": 1.0, "hall": 1.0, "fresh": None} | times


def test_one_width_that_was_disturbed_is_not_the_module():
    times = {"1": 1.0, "2": 1.0, "16": 1.5}
    found = stored.compared({"saw": times, "sine": {"1": 1.0}}, {"saw": dict.fromkeys(times, 1.0), "sine": {"1": 1.0}})
    assert found["slower"] == []


def test_there_may_be_nothing_to_compare_with():
    assert stored.compared({"a": {"1": 1.0}}, {}) is None
    assert stored.compared({"a": {"1": 1.0}}, {"a": {"2": 1.0}}) is None


def test_what_seems_slower_is_measured_again():
    again = [now(saw=1.02, hall=1.5)]
    result = {"figures": now(saw=1.5, hall=1.5)}
    main.compare(result, "figures", BEFORE, lambda: {"figures": again.pop()})
    assert result["to_stored"]["slower"] == ["hall"] and not again
    result = {"figures": now()}
    main.compare(result, "figures", BEFORE, None)
    assert result["to_stored"]["slower"] == []


def test_figures_are_kept_for_each_processor(tmp_path):
    folder = tmp_path / "stored"
    assert stored.read("A (R) 3 GHz", folder) == {}
    path = stored.store("A (R) 3 GHz", {"modules": BEFORE, "patches": {"p": {"share": 0.1}}}, {"cores": 2}, folder)
    assert path.name == "a-r-3-ghz.json" and stored.read("A (R) 3 GHz", folder)["modules"] == BEFORE and stored.read("B", folder) == {}
    stored.store("A (R) 3 GHz", {"patches": {"p": {"share": 0.2}}}, {"cores": 2}, folder)
    assert stored.read("A (R) 3 GHz", folder) == {"modules": BEFORE, "patches": {"p": {"share": 0.2}}}
    path.write_text("{")
    with pytest.raises(RuntimeError, match="damaged"):
        stored.read("A (R) 3 GHz", folder)
    with pytest.raises(RuntimeError, match="--store"):
        stored.store("A", {}, {}, tmp_path / "nowhere" / "stored")


def test_modules_and_patches_are_measured():
    found = kernels.measure(("gain", "strip", "sine"), rounds=1)["ns_per_frame_and_lane"]
    assert set(found) == {"gain", "strip", "sine"} and set(found["strip"]) == {"2", "2, still"}
    assert set(found["sine"]) == {"1", "2", "16", "1, still", "2, still", "16, still"}
    assert all(0.01 < ns < 1_000.0 for each in found.values() for ns in each.values())
    found = patches.measure(("default", "drone"), rounds=1)["share_of_a_block"]
    assert set(found) == {"default", "drone"} and all(0.0 < each["share"] < 1.0 for each in found.values())


WELL = {"waits": [5.0] * 99 + [60.0], "rate": 101_000.0, "lost": 0, "grown": 18 << 20, "closed": True, "realtime": True}


def test_a_flood_that_kept_what_is_promised():
    found = flood.summary(**WELL)
    assert found["kept"] is True and found["ok"] and found["sent_per_second"] == 101_000
    assert (found["median_ms"], found["p99_ms"], found["max_ms"], found["unanswered"]) == (5.0, 5.0, 60.0, 0)


@pytest.mark.parametrize("but, ok", (({"waits": [5.0] * 98 + [51.0] * 2}, True), ({"waits": [5.0] * 99 + [None]}, False), ({"waits": [None]}, False),
                                     ({"rate": 99_999.0}, True), ({"lost": 1}, True), ({"grown": 33 << 20}, True), ({"closed": False}, False)))
def test_a_promise_is_not_kept_by_a_flood_that(but, ok):
    """Answered too late, not at all, sent too slowly to be one, cost a block or memory, left a note hanging; what was lost is `ok` no more."""
    found = flood.summary(**{**WELL, **but})
    assert found["kept"] is False and found["ok"] == ok


def test_nothing_is_promised_where_no_process_may_be_realtime():
    assert flood.summary(**{**WELL, "realtime": False})["kept"] is None


def test_a_flood_says_how_fast_it_was_and_ends_with_a_note():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        door.settimeout(5.0)
        began, (child, report) = time.monotonic(), flood.start_flood(door.getsockname()[1], seconds=0.1, pace=5_000)
        found = [door.recv(100)]
        while found[-1] != encode("/gate/adsr", (0,)):
            found.append(door.recv(100))
    sent, seconds = len(found) - 2, time.monotonic() - began
    assert found[-2] == encode("/gate/adsr", (1,)) and os.waitpid(child, 0)[1] == 0
    assert sent > 0 and sent / seconds <= burst.said_by_sender(report) <= sent / 0.1


def test_a_flood_whose_sender_failed_is_no_measurement():
    report, ours = os.pipe()
    os.close(ours)
    with pytest.raises(RuntimeError, match="the engine went away"):
        burst.said_by_sender(report)


@pytest.mark.parametrize("name", [*main.TITLES, main.BY_NAME])
def test_every_measurement_is_on_the_page_with_how_it_is_taken(name):
    page = (Path(__file__).parents[2] / "docs" / "measuring.md").read_text()
    command = "make bench-peers" if name == main.BY_NAME else f"chronus bench {name}"
    assert f"`{command}`" in page and f"\n**{name}.** " in page
