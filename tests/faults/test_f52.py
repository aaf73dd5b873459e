"""F-52: a second engine on the same port or session. It says who has it and exits 2; the first plays on."""

import socket

from engine_process import chronus, free_port

from chronus.shared import layout as at


def second(engine, port: int, session) -> tuple[int, str]:
    result = chronus("up", "--device", "null", "--osc", f"127.0.0.1:{port}", "--session", session, "--json", folder=engine.folder)
    assert not result.stdout
    return result.returncode, result.stderr


def test_the_same_session(engine):
    code, said = second(engine, free_port(), engine.session)
    assert code == 2 and str(engine.ready["pid"]) in said and str(engine.port) in said and "chronus down" in said


def test_the_same_session_by_another_path(engine):
    link = engine.folder / "by-another-path"
    link.symlink_to(engine.session)
    code, said = second(engine, free_port(), link)
    assert code == 2 and str(engine.ready["pid"]) in said


def test_the_same_port(engine):
    code, said = second(engine, engine.port, engine.folder / "another")
    assert code == 2 and str(engine.port) in said and "pid" in said and str(engine.session) in said and "--osc" in said


def test_a_port_of_some_other_program(engine):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        code, said = second(engine, port, engine.folder / "yet-another")
    assert code == 2 and str(port) in said and "pid" in said


def test_the_first_plays_on(engine):
    with engine.take("undisturbed"):
        second(engine, engine.port, engine.session)
        engine.play(8)
    assert engine[at.STOP] == 0 and engine.supervisors[-1].poll() is None


def test_a_session_that_an_engine_of_another_version_plays(engine):
    version = engine[at.H_VERSION]
    engine.memory[at.H_VERSION] = version + 1
    try:
        code, said = second(engine, free_port(), engine.session)
    finally:
        engine.memory[at.H_VERSION] = version
    assert code == 2 and "another version" in said and "Traceback" not in said
