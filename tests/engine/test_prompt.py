"""The prompt as people see it: `chronus jam` in a terminal, what is typed and what is shown."""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import termios
import time

import pytest
from engine_process import CHRONUS, LEAD, READY_SECONDS, SECONDS, end_with_the_tests, environment, free_port

from chronus.faces.client import Client

ROWS, COLUMNS = 40, 120
WHERE_IS_THE_CURSOR, HERE = b"\x1b[6n", b"\x1b[1;1R"


class Terminal:
    """A jam in a terminal of its own: `keys` types, `see` waits until something is shown."""

    def __init__(self, folder, port: int):
        self.end, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        words = [*CHRONUS, "jam", "--device", "null", "--osc", f"127.0.0.1:{port}", "--lead", str(LEAD), "--session", str(folder / "session")]
        self.process = subprocess.Popen(words, env=environment(folder, TERM="xterm", XDG_STATE_HOME=str(folder)), stdin=other, stdout=other,
                                        stderr=other, start_new_session=True, preexec_fn=end_with_the_tests)
        os.close(other)
        self.port, self.shown = port, ""

    def keys(self, text: str) -> None:
        os.write(self.end, text.encode())

    def see(self, *texts: str, seconds: float = SECONDS) -> None:
        """Waits until all of `texts` were shown since the last time."""
        deadline = time.monotonic() + seconds
        while not all(text in self.shown for text in texts):
            assert time.monotonic() < deadline and self.read(), f"never shown: {texts}, but {self.shown!r}"
        self.shown = ""

    def read(self) -> bool:
        """Reads what is there, and answers like a terminal; False when the other end is closed."""
        if select.select([self.end], [], [], 0.1)[0]:
            try:
                data = os.read(self.end, 65_536)
            except OSError:
                return False
            self.shown += data.decode(errors="replace")
            if WHERE_IS_THE_CURSOR in data:
                os.write(self.end, HERE)
        return True

    def ended(self) -> int:
        """Reads to the end; the exit code."""
        while self.read():
            pass
        return self.process.wait(SECONDS)


@pytest.fixture
def terminal(tmp_path):
    jam = Terminal(tmp_path, free_port())
    yield jam
    jam.process.terminate()
    jam.ended()
    os.close(jam.end)


def test_a_patch_is_built_looked_at_and_changed_by_another(terminal, tmp_path):
    terminal.see("chronus>", seconds=READY_SECONDS)
    terminal.keys("patch create lfo sine\r")
    terminal.see("/done /patch/create")
    terminal.keys("patch connect lf")
    terminal.see("lfo/out")
    terminal.keys("o filter/cutoff 300\r")
    terminal.see("/done /patch/connect", "lfo/out filter/cutoff 300")
    terminal.keys("patch commit\r")
    terminal.see("/done /patch/commit")
    terminal.keys("patch show\r")
    terminal.see(" lfo · sine ", "×300─▶┤ cutoff")
    journal = (tmp_path / "session" / "journal.jsonl").read_text().splitlines()
    assert json.loads(journal[-1])["command"] == "/patch/commit"
    terminal.keys("/version\r")
    terminal.see("/version music-chronus")


def test_what_others_do_is_told_above_the_line(terminal):
    terminal.see("chronus>", seconds=READY_SECONDS)
    with Client("127.0.0.1", terminal.port, timeout=SECONDS) as other:
        assert other.ask("/patch/create", "lfo", "sine").ok and other.ask("/patch/commit").ok
        terminal.see("· committed: default plays now")
        assert other.ask("/patch/undo").ok
        terminal.see("· committed: default plays now")
    terminal.keys("quit\r")
    assert terminal.ended() == 0
