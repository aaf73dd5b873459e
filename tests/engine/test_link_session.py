"""`chronus link` with a real Ableton Link session, where its library is installed: in a network of its own that has nothing but a loopback.

`python tests/engine/test_link_session.py` inside such a network (`unshare -rn`) prints what was measured.
"""
import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
THEIRS, OURS, NEW, SET = 97.3, 120.0, 133.0, 88.0
SETTLED_MS, LOOKS = 3.0, 6               # so near, so many times in a row, each 50 ms; a busy host makes an engine wait for some ms now and then
OLDER_SECONDS = 1.0                      # of two sessions that find each other the older one stays; below half a second it is chance


class Session:
    """A peer, which knows the session's tempo and beat, and an engine that it is held against."""

    def __init__(self, engine, peer):
        self.engine, self.peer, self.began = engine, peer, time.monotonic()

    def look(self) -> tuple[float, float, float]:
        """The session's tempo, the engine's, and by how many milliseconds the engine's beat is behind."""
        from chronus.music.steering import error_in_beats
        told = json.loads(self.engine.client.ask("/time").args[0])
        state, ago = self.peer.captureAppSessionState(), round((time.time() - told["unix"]) * 1e6)
        beat = state.beatAtTime(self.peer.clock().micros() - ago, told["beats_per_bar"])
        return state.tempo(), told["bpm"], error_in_beats(told["beat"], beat, told["beats_per_bar"]) * 60e3 / told["bpm"]

    def settle(self, bpm: float, seconds: float = 60.0) -> dict:
        """Waits until both play a tempo, beat on beat; how long that took, and what was seen."""
        began, looks, good = time.monotonic(), [], []
        while len(good) < LOOKS:
            assert time.monotonic() - began < seconds, looks[-10:]
            looks.append(self.look())
            near = abs(looks[-1][0] - bpm) < 0.01 and abs(looks[-1][1] - bpm) < 0.5 and abs(looks[-1][2]) < SETTLED_MS
            good = [*good, looks[-1]] if near else []
            time.sleep(0.05)
        theirs = [look[0] for look in looks]
        return {"seconds": round(time.monotonic() - began - 0.05 * LOOKS, 1), "session_bpm": [round(min(theirs), 3), round(max(theirs), 3)],
                "engine_bpm": [round(min(look[1] for look in good), 3), round(max(look[1] for look in good), 3)],
                "away_ms": [round(min(look[2] for look in good), 2), round(max(look[2] for look in good), 2)]}


def share(peer, bpm: float) -> None:
    state = peer.captureAppSessionState()
    state.setTempo(bpm, peer.clock().micros())
    peer.commitAppSessionState(state)


def run() -> dict:
    """All that is measured, in this network."""
    import link
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from engine_process import CHRONUS, Engine, environment, until
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        flags = struct.unpack("16xh", fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack("16sh", b"lo", 0)))[0]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", flags | IFF_UP))
    folder = Path(tempfile.mkdtemp(prefix="chronus-link-"))
    engine, peer, found, ours = Engine(folder, "--midi", "off"), link.Link(THEIRS), {"interfaces": [name for _, name in socket.if_nameindex()]}, None
    try:
        peer.enabled, enabled = True, time.monotonic()
        engine.start()
        assert engine.client.ask("/tempo", OURS).ok
        until(lambda: time.monotonic() - enabled > OLDER_SECONDS, "a session that is there already")
        session = Session(engine, peer)
        words = [*CHRONUS, "link", "--osc", f"127.0.0.1:{engine.port}"]
        ours = subprocess.Popen(words, env=environment(folder, PYTHONPATH=os.pathsep.join(sys.path)), stdin=subprocess.DEVNULL)
        until(lambda: peer.numPeers() == 1, "two peers")
        found["joined"] = session.settle(THEIRS)
        share(peer, NEW)
        found["a peer sets a tempo"] = session.settle(NEW)
        assert engine.client.ask("/tempo", SET).ok
        until(lambda: abs(peer.captureAppSessionState().tempo() - SET) < 0.01, "the session plays what the engine was told")
        found["the engine sets a tempo"] = session.settle(SET)
        ours.send_signal(signal.SIGINT)
        assert ours.wait(10) == 0
        until(lambda: peer.numPeers() == 0, "one peer")
        found["left"] = {"session_bpm": round(peer.captureAppSessionState().tempo(), 3)}
        return found
    finally:
        peer.enabled = False
        if ours is not None and ours.poll() is None:
            ours.kill()
        engine.close()
        shutil.rmtree(folder)


def in_its_own_network(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(["unshare", "-rn", *words], capture_output=True, text=True, timeout=240)


def test_one_tempo_and_one_beat_and_nobody_is_hijacked():
    pytest.importorskip("link", reason="Ableton Link's library is not installed")
    if shutil.which("unshare") is None or in_its_own_network("true").returncode != 0:
        pytest.skip("this system gives no network of its own")
    done = in_its_own_network(sys.executable, __file__)
    assert done.returncode == 0, done.stderr[-4_000:]
    found = json.loads(done.stdout)
    assert found["interfaces"] == ["lo"]
    low, high = found["joined"]["session_bpm"]
    assert abs(low - THEIRS) < 0.001 and abs(high - THEIRS) < 0.001, "who joins changes nothing"
    assert abs(found["left"]["session_bpm"] - SET) < 0.001, "nor does who leaves"


if __name__ == "__main__":
    print(json.dumps(run()))
