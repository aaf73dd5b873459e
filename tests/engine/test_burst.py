"""A burst of 20,000 messages from another process: what was applied and what was refused by name are all of them."""

import json
import subprocess
import sys
from pathlib import Path

from engine_process import SECONDS, environment

MESSAGES = 20_000
SENDER = """
import json, socket, sys, time
from chronus.doors.osc import codec
port, messages = int(sys.argv[1]), int(sys.argv[2])
door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
door.connect(("127.0.0.1", port))
for datagram in [codec.encode("/mod/sine/freq", (20.0 + number / 4,)) for number in range(messages)]:
    door.send(datagram)
refused, asked, answered, deadline = 0, 0, set(), time.monotonic() + 60
door.settimeout(0.5)
while time.monotonic() < deadline:
    if asked not in answered:
        asked += 1
        door.send(codec.encode("/sync", (asked,)))
    try:
        while True:
            (message,) = codec.decode(door.recv(65535))
            if message.address == "/fail" and message.args[0] == "/mod/sine/freq":
                refused += message.args[3] if len(message.args) > 3 else 1
            if message.address == "/synced":
                answered.add(message.args[0])
                if message.args[0] == asked:
                    deadline = min(deadline, time.monotonic() + 1)
    except TimeoutError:
        pass
print(json.dumps({"port": door.getsockname()[1], "refused": refused, "questions_dropped": asked - len(answered)}))
"""


def dropped_by_the_kernel(port: int) -> int:
    """Datagrams that found the socket's buffer full, where the system allows no larger one."""
    rows = [row.split() for row in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return sum(int(row[-1]) for row in rows if row[1].endswith(f":{port:04X}"))


def test_every_message_of_a_burst_is_applied_or_refused_by_name(engine):
    with engine.take("burst"):
        assert engine.ask("/gate/adsr", 1).ok
        before = dropped_by_the_kernel(engine.port)
        result = subprocess.run([sys.executable, "-c", SENDER, str(engine.port), str(MESSAGES)], env=environment(engine.folder),
                                capture_output=True, text=True, timeout=60 + SECONDS)
        assert result.returncode == 0, result.stderr
        told = json.loads(result.stdout)
        # Questions whether it is done find the buffer full as well, and are none of the burst's.
        dropped = dropped_by_the_kernel(engine.port) - before - told["questions_dropped"]
        assert engine.ask("/sync", 1).ok
    applied = [line.args[0] for line in engine.journal() if line.command == "/mod/sine/freq" and line.actor == f"osc:127.0.0.1:{told['port']}"]
    assert applied == sorted(set(applied)), "out of order, or twice"
    assert len(applied) + told["refused"] + dropped == MESSAGES
    assert engine.client.status()["osc"]["lost_at_the_door"] == 0
