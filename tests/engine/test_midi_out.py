"""What plays in here goes out of a real engine, through a socket port: no note lost and none doubled, whoever dies. At which frames, `tests/doors/midi/test_performer.py` shows."""

import pytest
from engine_process import Engine, plug, plugged, until, wired

from chronus.shared import layout as at

NOTES = range(60, 68)
KEYS = [("/patch/create", "keys", "notes"), ("/patch/create", "env", "adsr"), ("/patch/connect", "keys/gate", "env/gate"), ("/patch/connect", "env", "out", 0.2),
        ("/patch/create", "bd", "kick"), ("/patch/connect", "bd", "out", 0.1), ("/patch/commit",), ("/tempo", 150),
        ("/seq/create", "a", "keys", "X.X.X.X.X.X.X.X."), ("/seq/notes", "a", *NOTES), ("/seq/create", "beat", "bd", "X...")]


class Synth:
    """Whoever listens at the other end of a cable."""

    def __init__(self, engine: Engine, path):
        self.cable, self.heard = plug(engine, path), bytearray()
        self.cable.setblocking(False)

    def messages(self) -> list[tuple]:
        try:
            while content := self.cable.recv(4_096):
                self.heard += content
        except BlockingIOError:
            pass
        whole = len(self.heard) // 3 * 3
        return [tuple(self.heard[i:i + 3]) for i in range(0, whole, 3)]

    def keys(self, status: int) -> list[int]:
        return [message[1] for message in self.messages() if message[0] == status]


@pytest.fixture(scope="module", name="wired")
def with_a_synth(tmp_path_factory):
    """An engine with an instrument, a drum and two sequencers, which play outside, too."""
    with wired(tmp_path_factory.mktemp("midi"), KEYS) as (engine, path):
        synth = Synth(engine, path)
        assert engine.client.ask("/midi/out", "keys", "midi.sock").ok and engine.client.ask("/midi/out", "bd", "midi.sock", 10).ok
        yield engine, synth, path


def in_turn(engine: Engine, keys: list[int]) -> bool:
    """Each note of the sequencer, one after the other; but for those that the door counted because the host let it stand too long."""
    return sum((b - a - 1) % len(NOTES) for a, b in zip(keys, keys[1:])) <= engine[at.MIDI_LEFT_OUT]


def hear(synth: Synth, count: int) -> list[int]:
    """Waits for so many more notes; all of them."""
    goal = len(synth.keys(0x90)) + count
    until(lambda: len(synth.keys(0x90)) >= goal, f"{count} more notes")
    return synth.keys(0x90)


def test_nothing_is_lost_or_doubled_when_replicas_control_and_the_device_die(wired):
    engine, synth, _ = wired
    assert engine.client.ask("/seq/start", "a", "now").ok
    for role in ("replica 0", "replica 1", "control", "device"):
        hear(synth, 2)
        engine.replaced(role, engine.kill(role))
    keys = hear(synth, 4)
    assert in_turn(engine, [NOTES[0] - 1, *keys]) and in_turn(engine, synth.keys(0x80)), keys
    until(lambda: engine.ask("/seq/stop", "a").ok, "control is back")
    until(lambda: len(synth.keys(0x80)) == len(synth.keys(0x90)), "the last one ends")


def test_a_gate_is_a_key_and_a_panic_ends_all(wired):
    engine, synth, _ = wired
    assert engine.client.ask("/seq/start", "beat", "now").ok
    until(lambda: len(synth.keys(0x89)) >= 2, "two strokes of the drum")
    assert set(synth.keys(0x99)) == {36} and engine.client.ask("/note/keys", 50, 1.0).ok
    until(lambda: synth.keys(0x90)[-1] == 50, "a note that is held")
    assert engine.client.ask("/panic").ok
    until(lambda: (0xB0, 123, 0) in synth.messages() and (0xB9, 123, 0) in synth.messages(), "all notes off")
    assert synth.messages()[synth.messages().index((0xB0, 123, 0)) - 1:][0][:2] in ((0x80, 50), (0x89, 36))


def test_another_door_goes_on(wired):
    """A killed one's cables are cut; who plugs in again hears what follows."""
    engine, _, path = wired
    assert engine.client.ask("/note/keys", 51, 1.0).ok
    row = at.MIDI_SOUNDING
    until(lambda: any(engine.memory.bytes[row + at.MIDI_KEYS:][:16]), "a key that is written down")
    engine.replaced("midi", engine.kill("midi"))
    until(lambda: engine[row + at.MIDI_CHANNEL] == 0, "the next one has let go of it")
    until(lambda: not any(path.name in name for name in plugged(engine)), "the status is the new door's")
    synth = Synth(engine, path)
    assert engine.client.ask("/seq/start", "a", "now").ok
    keys = hear(synth, 6)
    assert in_turn(engine, [NOTES[0] - 1, *keys]), keys
    assert engine.client.ask("/seq/stop", "a", "now").ok
    synth.cable.close()


def test_what_goes_out_is_kept_and_can_be_taken_back(wired):
    engine, *_ = wired
    assert 'port = "midi.sock"' in (engine.session / "midi.toml").read_text()
    assert engine.client.ask("/midi/out", "bd", "off").ok and engine.client.ask("/midi/out", "keys", "off").ok
    assert "outs" not in (engine.session / "midi.toml").read_text()


def test_a_mistake_says_what_to_do(wired):
    engine, *_ = wired
    for args, code, help_ in ((("keys",), "count", "PORT|off"), (("kesy", "x"), "unknown-name", "did you mean 'keys'"), (("env", "x", 17), "range", "1 to 16"),
                              (("keys", 5), "range", "chronus midi"), (("keys", "auto"), "range", "part of its name"), (("keys", "x", 1, "h2"), "range", "note"),
                              (("keys", "off"), "unknown-name", "nothing of 'keys'")):
        reply = engine.client.ask("/midi/out", *args)
        assert not reply.ok and reply.code == code and help_ in reply.message, reply
