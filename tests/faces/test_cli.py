"""The command line: what it sends, what it prints, and its exit codes."""

import json
import socket

import pytest

from chronus.faces import cli


def answers(message):
    if message.address == "/ack":
        return []
    if message.address == "/status":
        return [("/status", [json.dumps({"rate": 48_000, "patch": {"name": "default"}})])]
    if message.address == "/bad":
        return [("/fail", ["/bad", "unknown-address", "no command /bad"])]
    return [("/done", [message.address, 128])]


@pytest.fixture
def chronus(fake_engine, capsys):
    """Runs the program against a fake engine: exit code, output, what the engine heard."""
    engine = fake_engine(answers)

    def run(*words):
        code = cli.main([*words, "--osc", f"127.0.0.1:{engine.port}"])
        return code, capsys.readouterr().out, [message for message in engine.heard if message.address != "/ack"]

    return run


def test_send_types_its_arguments_and_exits_0(chronus):
    code, out, heard = chronus("send", "/mod/sine/freq", "-1.5", "2", "true", "C#4")
    assert (code, out) == (0, "/done /mod/sine/freq 128\n")
    assert heard[0].args == (-1.5, 2, True, "C#4")


def test_send_leaves_names_as_they_are(chronus):
    assert chronus("send", "/patch/load", "007")[2][0].args == ("007",)


def test_send_exits_1_for_a_failure(chronus):
    assert chronus("send", "/bad")[:2] == (1, "/fail /bad unknown-address no command /bad\n")


def test_send_wants_an_address(chronus):
    code, out, heard = chronus("send", "bad")
    assert (code, out, heard) == (1, "", [])


def test_json_is_one_object(chronus):
    assert json.loads(chronus("send", "/bad", "--json")[1])["code"] == "unknown-address"
    assert json.loads(chronus("status", "--json")[1])["rate"] == 48_000


def test_json_is_one_object_where_no_engine_is(capsys):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    assert cli.main(["status", "--json", "--osc", f"127.0.0.1:{port}"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["code"] == "no-engine" and "chronus up" in said.err


def test_record_names(chronus):
    chronus("record", "start", "take-1")
    code, _, heard = chronus("record", "stop")
    assert code == 0 and [(message.address, message.args) for message in heard] == [("/record/start", ("take-1",)), ("/record/stop", ())]


def test_the_options_of_jam_reach_the_engine(monkeypatch):
    from chronus.faces import jam
    seen = []
    monkeypatch.setattr(jam, "run", lambda words: seen.append(words) or 3)
    assert cli.main(["jam", "--device", "null", "--lead", "2"]) == 3
    assert seen == [["--device=null", "--rate=48000", "--block=64", "--lead=2", "--midi=auto"]]


def test_mistakes_exit_1(capsys):
    assert cli.main(["nonsense"]) == 1 and cli.main(["status", "--osc", "x:y"]) == 1
    assert "HOST:PORT" in capsys.readouterr().err


def verbs(app, name="chronus"):
    """Every command, and those below it, by what is typed."""
    for word in app:
        if not word.startswith("-"):
            yield from verbs(app[word], f"{name} {word}")
    if app.default_command:
        yield name, app


@pytest.mark.parametrize("name, app", [pytest.param(*verb, id=verb[0]) for verb in verbs(cli.app)])
def test_every_option_is_explained(name, app):
    mute = [argument.name for argument in app.assemble_argument_collection(parse_docstring=True) if argument.show and not argument.parameter.help]
    assert not mute, f"{name} --help says nothing about {', '.join(mute)}"
