"""F-50: garbage and floods. Every datagram ends in a command or a reason, others are served, memory stays flat, notes end."""

import random
import subprocess
import sys
import time

from engine_process import ROOT, environment, until

from chronus.faces.client import Client
from chronus.shared import layout as at

FLOOD_SECONDS = 0.5
GROWTH_KIB = 48 << 10                    # what a queue of its full length and the allocator may hold

FLOOD = """
import random, socket, sys, time
from chronus.doors.osc import codec
port, seconds, what = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
chance = random.Random(1)
valid = [codec.encode("/mod/sine/freq", (100.0 + i,)) for i in range(64)]
far = codec.ntp_tag(time.time() + 50_000_000)
garbage = [chance.randbytes(chance.randrange(1, 200)) for _ in range(64)] + [v[:-3] for v in valid] + [
    b"#bundle\\0" + bytes(8) + b"\\xff\\xff\\xff\\xff", b"#bundle\\0" + bytes(8) + b"\\x7f\\xff\\xff\\xfc", b"", b"\\0" * 8000, b"/*/freq\\0,f\\0\\0" + bytes(4),
    codec.encode_bundle(far, [valid[0]]), codec.encode_bundle(2, [valid[0]]), codec.encode("/nowhere", (1,)), codec.encode("/mod/sine/freq", (float("nan"),))]
nested = valid[0]
for _ in range(20):
    nested = codec.encode_bundle(1, [nested])
pool = valid if what == "valid" else garbage + [nested]
deadline = time.monotonic() + seconds
while time.monotonic() < deadline:
    for datagram in pool:
        door.sendto(datagram, ("127.0.0.1", port))
if what == "valid":
    for address, *args in (("/gate/adsr", 1), ("/gate/adsr", 0), ("/panic",)):
        door.sendto(codec.encode(address, args), ("127.0.0.1", port))
        time.sleep(0.05)
"""


def flood(engine, what: str) -> subprocess.Popen:
    """A process that sends as fast as it can, for FLOOD_SECONDS."""
    return subprocess.Popen([sys.executable, "-c", FLOOD, str(engine.port), str(FLOOD_SECONDS), what], env=environment(engine.folder), cwd=ROOT)


def resident_kib(pid: int) -> int:
    with open(f"/proc/{pid}/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def serve_politely(engine, flooding: subprocess.Popen) -> int:
    """Plays from another sender while the flood goes on; how many commands were answered."""
    served = 0
    with Client("127.0.0.1", engine.port, timeout=10.0) as polite:
        while flooding.poll() is None:
            assert polite.ask("/mod/filter/cutoff", random.uniform(200, 8000)).ok
            served += 1
            time.sleep(0.01)
    assert flooding.returncode == 0
    return served


def settled(engine) -> dict:
    """The door's figures once nothing waits."""
    return until(lambda: (door := engine.client.status()["osc"])["waiting"] == 0 and door, "an empty inbox", 60.0)


def test_garbage_ends_in_reasons_and_others_are_served(engine):
    with engine.take("garbage"):
        before = settled(engine)
        assert serve_politely(engine, flood(engine, "garbage")) >= 5
        after = settled(engine)
        assert after["refused"] > before["refused"]
        engine.play(4)
    assert engine.client.status()["restarts"]["control"] == 0


def test_a_flood_takes_its_own_turn_only_and_its_notes_end(engine):
    with engine.take("flood"):
        assert serve_politely(engine, flood(engine, "valid")) >= 5
        settled(engine)
        assert engine.ask("/sync", 1).ok
        assert engine.ask("/gate/adsr").code == "count"
        gates = [line for line in engine.journal() if line.command in ("/gate/adsr", "/panic")]
        assert gates[-1].command == "/panic", "the panic at the end of the flood was dropped"
        closed = [line for line in gates if line.command == "/gate/adsr"]
        assert closed and closed[-1].args == [0.0], "a note hangs"
    assert engine.client.status()["restarts"]["control"] == 0


def test_memory_stays_flat(engine):
    control = engine.memory.pid("control")
    for flooding in (flood(engine, "garbage"), flood(engine, "valid")):
        assert flooding.wait(60) == 0
    settled(engine)
    before = resident_kib(control)
    for flooding in (flood(engine, "garbage"), flood(engine, "valid")):
        assert flooding.wait(60) == 0
    settled(engine)
    assert engine.memory.pid("control") == control
    assert resident_kib(control) - before < GROWTH_KIB
    assert engine[at.BAD_ENTRIES] == 0


def test_a_hundred_senders_are_forgotten_in_turn(engine):
    clients = [Client("127.0.0.1", engine.port, timeout=10.0) for _ in range(100)]
    try:
        for number, client in enumerate(clients):
            assert client.ask("/sync", number).args == (number,)
        assert engine.client.status()["osc"]["clients"] <= 64
    finally:
        for client in clients:
            client.close()
