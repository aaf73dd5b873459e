"""A supervisor whose machine has no process to give, whose zygote answers twice, whom nobody listens to, or who is dead when people ask it to end."""

import os
import select
import signal
import subprocess
import sys

import pytest
from engine_process import CHRONUS, chronus, environment, free_port, processes_of, until

from chronus import linux
from chronus.shared import layout as at
from chronus.shared.memory import Memory
from chronus.supervisor import main
from chronus.supervisor.main import FORKED, Supervisor
from chronus.supervisor.telling import Telling


@pytest.fixture
def supervisor(tmp_path):
    """One without processes."""
    supervisor = object.__new__(Supervisor)
    supervisor.memory, supervisor.door, supervisor.zygote, supervisor.handles, supervisor.asked = Memory.create(tmp_path, 48_000, 64, 16), None, None, {}, set()
    supervisor.restarts, supervisor.poll = {role: [] for role in ("zygote", *FORKED)}, select.poll()
    supervisor.rests = dict.fromkeys(supervisor.restarts, 0.0)
    return supervisor


class Zygote:
    """One that forks nobody, and answers what it is told to."""

    def __init__(self, *_, answers=()):
        self.socket, self.pid, self.handle, self.answers, self.asked = open(os.devnull), os.getpid(), linux.open_process(os.getpid()), [*answers], []

    def ask(self, role: str) -> bool:
        self.asked.append(role)
        return True

    def answer(self):
        return self.answers.pop(0) if self.answers else None


def test_a_machine_without_processes_is_asked_again(supervisor, monkeypatch):
    def none(*_):
        raise BlockingIOError(11, "Resource temporarily unavailable")
    monkeypatch.setattr(main, "Zygote", none)
    supervisor.new_zygote()
    supervisor.start("control")
    assert supervisor.zygote is None and not supervisor.asked
    monkeypatch.setattr(main, "Zygote", Zygote)
    supervisor.new_zygote()
    supervisor.start("control")
    supervisor.start("control")
    assert supervisor.zygote.asked == ["control"], "a zygote that lives is asked once"
    supervisor.zygote.answers.append(("control", 0, None))
    supervisor.take_answers()
    supervisor.start("control")
    assert supervisor.zygote.asked == ["control"] * 2, "it had none to give"


def test_of_two_processes_for_one_role_the_second_ends(supervisor):
    children = [subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) for _ in range(2)]
    supervisor.zygote = Zygote(answers=[("recorder", child.pid, linux.open_process(child.pid)) for child in children])
    try:
        supervisor.take_answers()
        assert children[1].wait(10.0) == -signal.SIGKILL and children[0].poll() is None and supervisor.memory.pid("recorder") == children[0].pid
    finally:
        for child in children:
            child.kill()
            child.wait(10.0)
        os.close(supervisor.handles["recorder"])


def test_what_nobody_reads_ends_and_holds_up_nobody():
    ours, theirs = os.pipe()
    telling = Telling(theirs)
    os.set_blocking(theirs, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(theirs, b"x" * 4096)
    os.set_blocking(theirs, True)
    assert telling.write(b"into a full pipe") == 16
    os.close(ours)
    assert telling.write(b"to nobody") == 9
    os.close(theirs)


def test_down_ends_an_engine_whose_supervisor_is_dead_and_another_begins(start):
    engine = start()
    engine.kill("supervisor")
    until(lambda: not engine.memory.alive("supervisor"), "the supervisor is dead")
    ended = chronus("down", "--osc", f"127.0.0.1:{engine.port}", folder=engine.folder)
    assert ended.returncode == 0, ended.stderr
    until(lambda: not processes_of(engine.folder), "all have ended")
    engine.let_go()
    engine.start()
    assert engine.ask("/version").ok


def test_who_takes_over_ends_nobody_for_a_host_that_is_not_ours_and_says_what_does_not_apply(start):
    engine = start()
    pids = [engine.memory.pid(role) for role in ("control", "recorder")]
    engine.kill("supervisor")
    until(lambda: not engine.memory.alive("supervisor"), "the supervisor is dead")
    refused = chronus("up", "--session", engine.session, "--osc", "10.255.0.1:5005", folder=engine.folder)
    assert refused.returncode == 1 and "cannot listen" in refused.stderr and all(map(linux.alive, pids))
    engine.memory[at.STOP_REQUEST] = 1                      # somebody had asked the dead one to end
    engine.options = ["--lead", 5]
    engine.start()
    assert "taken over as it is, without --lead" in engine.log.read_text() and engine.ready["event"] == "ready" and engine.ask("/version").ok


def test_an_engine_under_nohup_outlives_its_terminal(start):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        engine = start()
    finally:
        signal.signal(signal.SIGHUP, before)
    engine.kill("supervisor", signal.SIGHUP)
    engine.advance(50)
    assert engine.ask("/version").ok and engine.supervisors[-1].poll() is None


def test_a_first_start_that_is_ended_leaves_no_compiler(tmp_path):
    words = ["up", "--device", "null", "--osc", f"127.0.0.1:{free_port()}", "--session", str(tmp_path / "session")]
    starting = subprocess.Popen([*CHRONUS, *words], env=environment(tmp_path, CHRONUS_CACHE=str(tmp_path / "cache")), stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        assert b"compiling" in starting.stderr.readline()
        until(lambda: len(processes_of(tmp_path)) > 1, "it compiles apart")
    finally:
        starting.terminate()
        starting.wait(10.0)
        starting.stderr.close()
    until(lambda: not processes_of(tmp_path), "its compilers have ended, too")
