"""The race against other engines can be lost: a render that is not the work is found out, starting is not counted, and our own patches are the work."""

import sys

import numpy as np
import pytest

from chronus.patch.compiler import compile_patch
from chronus.proof.peers import csound, faust, main, ours, puredata, pyo, race, scsynth, signalflow, works
from chronus.proof.peers.checks import complaint, read
from chronus.proof.peers.peer import ARRAY, SOUND, Peer
from chronus.proof.peers.works import BLOCK, CHANNELS, RATE, TITLES, Voice, voices
from chronus.recorder.wav import header
from chronus.shared.log import rows_of

SECONDS = 3
TIME = np.arange(SECONDS * RATE) / RATE
OPEN = np.minimum(1.0, 100.0 * (TIME % 1.0)) * (TIME % 1.0 < works.HELD) * (0.6 + 0.4 * np.exp(-(TIME % 1.0) / 0.05))


def struck(found: list[Voice], cutoffs: np.ndarray | None = works.CUTOFF + works.OPENING * OPEN) -> np.ndarray:
    """Two naive saws for each voice, panned, and shaped; `cutoffs` are those of their filter through time, None: there is none."""
    sides = np.zeros((2, len(TIME)))
    for voice in found:
        first, second = voice.freq * TIME + 0.5, voice.freq * works.DETUNE * TIME + 0.5
        tone = voice.level * (first - np.floor(first) + second - np.floor(second) - 1.0)
        sides += np.sqrt([[0.5 - 0.5 * voice.pan], [0.5 + 0.5 * voice.pan]]) * tone
    return (OPEN * (sides if cutoffs is None else swept(sides, cutoffs))).T


def swept(sides: np.ndarray, cutoffs: np.ndarray) -> np.ndarray:
    """Through low-passes that stand still, 500 Hz apart, from one to the next as the cutoff moves."""
    spectra, total = np.fft.rfft(sides), np.zeros_like(sides)
    for cutoff in range(1_000, 5_001, 500):
        share = np.maximum(0.0, 1.0 - np.abs(cutoffs - cutoff) / 500.0)
        total += share * np.fft.irfft(spectra * low_pass(cutoff, len(TIME)), len(TIME))
    return total


def low_pass(cutoff: float, frames: int) -> np.ndarray:
    """What a resonant low-pass does to each frequency of a spectrum."""
    s = 1j * np.tan(np.pi * np.minimum(np.fft.rfftfreq(frames, 1 / RATE), 0.499 * RATE) / RATE) / np.tan(np.pi * cutoff / RATE)
    return 1 / (1 + s / works.Q + s * s)


def chained(chorus: bool = True, echo_ms: float = works.ECHO_MS, room: float = works.REVERB) -> np.ndarray:
    """The chain of W3: a saw of sines, a chorus, echoes, and a room of noise that dies away within 0.8 s."""
    (voice,), noise = voices("W3"), np.random.default_rng(1)
    sides, decay = [], np.exp(-TIME / 0.12)
    for hertz in works.CHORUS_HZ:
        late = 1e-3 * (works.CHORUS_MS + works.SWING_MS * np.sin(2 * np.pi * hertz * TIME)) if chorus else 0.0
        sound = saw(voice.freq, TIME) + saw(voice.freq, TIME - late)
        step = round(1e-3 * echo_ms * RATE)
        for begin in range(step, len(sound), step) if step else ():
            sound[begin:begin + step] += works.FEEDBACK * sound[begin - step:begin][:len(sound) - begin]
        wet = np.fft.irfft(np.fft.rfft(sound, 2 * len(TIME)) * np.fft.rfft(0.05 * noise.standard_normal(len(TIME)) * decay, 2 * len(TIME)))[:len(TIME)]
        sides.append(voice.level * ((1.0 - room) * sound + room * wet))
    return np.stack(sides, axis=1)


def saw(freq: float, moments: np.ndarray) -> np.ndarray:
    """A band-limited saw that begins at 0."""
    return (moments >= 0.0) * sum(np.sin(2 * np.pi * freq * n * moments) / n for n in range(1, 14)) * 2 / np.pi


def summed(found: list[Voice]) -> np.ndarray:
    """Sines of whole hertz: a second of them, from its spectrum, again and again."""
    lines = np.zeros(RATE // 2 + 1, complex)
    for voice in found:
        lines[int(voice.freq)] -= 0.5j * RATE * voice.level
    return np.tile(np.fft.irfft(lines, RATE), SECONDS)[:, None]


def filtered(found: list[Voice]) -> np.ndarray:
    """Noise through the sum of the filters, in the frequency domain."""
    noise = np.fft.rfft(np.random.default_rng(1).uniform(-1.0, 1.0, len(TIME)))
    return np.fft.irfft(noise * sum(voice.level * low_pass(voice.freq, len(TIME)) for voice in found), len(TIME))[:, None]


@pytest.fixture(scope="module")
def right() -> dict[str, np.ndarray]:
    return {"W1": struck(voices("W1")), "W1b": struck(voices("W1b")), "W2": summed(voices("W2")), "W5": filtered(voices("W5")), "W3": chained()}


def test_what_is_right_passes(right):
    assert {work: complaint(work, sound, SECONDS) for work, sound in right.items()} == dict.fromkeys(right, "")


@pytest.mark.parametrize(("work", "spoil", "found"), [
    ("W1", lambda sound: sound * 0.0, "silent"),
    ("W1", lambda sound: np.where(sound == sound.max(), 1.5, sound), "clips"),
    ("W1", lambda sound: sound * np.where(TIME == 2.0, np.nan, 1.0)[:, None], "not all of it is finite"),
    ("W1", lambda sound: sound[:-RATE], "s long"),
    ("W1", lambda sound: sound * 0.01, "dBFS"),
    ("W1", lambda sound: sound[:, :1], "channels"),
    ("W1", lambda sound: sound[:, :1] * [1.0, 1.0], "left and right are the same"),
    ("W1", lambda sound: struck([Voice(voice.freq * 1.001, voice.level, voice.pan) for voice in voices("W1")]), "over the hertz below"),
    ("W1", lambda sound: struck(voices("W1")[:20] + voices("W1")[21:]), f"voice at {voices('W1')[20].freq:.0f} Hz"),
    ("W1", lambda sound: struck(voices("W1"), None), "beside the pitches when the filter rests"),
    ("W1", lambda sound: struck(voices("W1"), np.full(len(TIME), 3_500.0)), "the filter does not move"),
    ("W1b", lambda sound: struck(voices("W1b"), None), "beside the pitches when the filter rests"),
    ("W3", lambda sound: chained(room=0.0), "there is no room"),
    ("W3", lambda sound: chained(echo_ms=0.0), "there is no echo"),
    ("W3", lambda sound: chained(echo_ms=200.0), "there is no echo"),
    ("W3", lambda sound: chained(chorus=False), "there is no chorus"),
    ("W2", lambda sound: summed([Voice(voice.freq, voice.level * (1.1 if i == 77 else 1.0)) for i, voice in enumerate(voices("W2"))]), "from its amplitude"),
    ("W2", lambda sound: summed(voices("W2")[:-1]), "from its amplitude"),
    ("W2", lambda sound: sound + 0.001 * np.sin(2 * np.pi * 199.0 * TIME)[:, None], "what is no sine"),
    ("W5", lambda sound: 0.13 * np.diff(sound, axis=0, prepend=0.0) / np.diff(sound, axis=0).std(), "what the filters should let through"),
    ("W5", lambda sound: np.random.default_rng(1).uniform(-0.25, 0.25, sound.shape), "what the filters should let through")])
def test_what_is_wrong_is_found(right, work, spoil, found):
    assert found in complaint(work, spoil(right[work]), SECONDS)


def test_every_voice_has_a_hertz_of_its_own():
    for work in ("W1", "W1b", "W2", "W4", "W3x16"):
        freqs = [voice.freq for voice in voices(work)]
        assert len(set(freqs)) == works.VOICES[work] and all(freq == int(freq) for freq in freqs)
    notes = [voice.freq for voice in voices("W1b")]
    assert min(np.diff(notes)) >= 5 and max(notes) < 2 * min(notes) and max(notes) * (works.DETUNE - 1.0) < 2.5


def test_files_are_read_as_they_were_written(tmp_path):
    sound = np.random.default_rng(1).uniform(-1, 1, (100, 2)).astype(np.float32)
    (tmp_path / "out.wav").write_bytes(header(RATE, len(sound)) + sound.tobytes())
    np.save(tmp_path / ARRAY, sound)
    assert np.array_equal(read(tmp_path / "out.wav"), sound) and np.array_equal(read(tmp_path / ARRAY), sound)
    (tmp_path / "no.wav").write_bytes(b"RIFF1234WAVEfmt ")
    with pytest.raises(ValueError):
        read(tmp_path / "no.wav")


def test_starting_is_not_counted_and_a_wrong_render_takes_no_part(monkeypatch, tmp_path, right):
    def run(command, folder):
        seconds = float(command[1]) if len(command) > 1 else SECONDS
        np.save(folder / ARRAY, np.resize(right["W2"], (round(seconds * RATE), right["W2"].shape[1])) * (1.0 if len(command) > 1 else 0.5))
        return 7.0 + 0.25 * float(command[1]) if len(command) > 1 else 1.0

    monkeypatch.setattr(race, "run", run)
    good = Peer("good", {}, lambda place: "1", lambda place, work, way, seconds, folder: ["good", str(seconds)])
    wrong = Peer("wrong", {}, lambda place: "1", lambda place, work, way, seconds, folder: ["wrong"])
    contestants = [race.Contestant(good, "W2", ""), race.Contestant(wrong, "W2", "")]
    race.race(contestants, tmp_path, SECONDS, 3)
    assert contestants[0].seconds == [0.25 * SECONDS] * 3 and race.times_real_time(contestants[0], SECONDS) == 4.0
    assert contestants[0].more == 4.0 * (7.0 + 0.25 * SECONDS), "so long that it takes what the shorter took, start and all"
    assert "dB" in contestants[1].wrong and not contestants[1].seconds


def test_a_process_is_timed_on_one_core_and_its_failure_is_told(tmp_path):
    spent = race.run([sys.executable, "-c", "import os; assert len(os.sched_getaffinity(0)) == 1; sum(range(10**6))"], tmp_path)
    assert 0.0 < spent < 60.0
    with pytest.raises(race.Wrong, match="no such luck"):
        race.run([sys.executable, "-c", "raise SystemExit('no such luck')"], tmp_path)
    with pytest.raises(race.Wrong, match="does not start"):
        race.run(["/no/such/engine"], tmp_path)


def test_ratios_stand_beside_what_is_promised():
    contestants = [race.Contestant(ours.PEER, "W1", "", [1.0]), race.Contestant(scsynth.PEER, "W1", "", [8.0]), race.Contestant(pyo.PEER, "W1", "", [0.0]),
                   race.Contestant(ours.PEER, "W1", "pristine_saw", [2.0]), race.Contestant(puredata.PEER, "W1", "", [10.0, 8.0, 90.0])]
    found = main.rows(contestants, contestants[0], 20.0)
    assert [*found] == ["Music Chronus", "Music Chronus pristine_saw", "scsynth", "Pure Data", "pyo"]
    assert found["scsynth"] | {"seconds": 0} == {"times_real_time": 2.5, "ours_by_theirs": 8.0, "against": "", "promised": 7.0, "kept": True, "seconds": 0}
    assert found["Pure Data"] | {"seconds": 0} == {"times_real_time": 2.0, "ours_by_theirs": 10.0, "against": "", "promised": None, "kept": None,
                                                   "seconds": 0}
    pristine = {"times_real_time": 10.0, "ours_by_theirs": 5.0, "against": "Pure Data", "promised": 4.0, "kept": True, "seconds": [2.0]}
    assert found["Music Chronus pristine_saw"] == pristine
    assert found["pyo"]["times_real_time"] is None and found["pyo"]["ours_by_theirs"] is None


@pytest.mark.parametrize("work", [work for work in TITLES if all(name in ours.modules() for name in ours.NEEDS[work])])
def test_our_own_patches_are_the_work(work, tmp_path):
    compile_patch(ours.patch(work, ""), RATE, BLOCK)
    with open(tmp_path / SOUND, "wb") as file:
        ours.write(work, "", SECONDS, rows_of(ours.entries(work, "", SECONDS)), file)
    assert complaint(work, read(tmp_path / SOUND), SECONDS) == ""


def test_every_engine_has_a_script_for_each_work():
    for work in TITLES:
        count = works.VOICES[work]
        assert csound.page(work, 3.0).count("\ni ") >= count and len(scsynth.score(work, 3.0, ours.Path("/tmp"))) > 100
        assert faust.text(work).count("group") >= count / faust.TOGETHER and pyo.script(work, 3.0).endswith("server.start()\n")
        assert puredata.main(work, 3.0).count("#X obj") > count
        if work in signalflow.PEER.ways:
            compile(signalflow.script(work, 3.0), "work.py", "exec")
        compile(pyo.script(work, 3.0), "work.py", "exec")
    assert len(scsynth.sines("Klang").content()) > 3_000 and CHANNELS["W3"] == 2
