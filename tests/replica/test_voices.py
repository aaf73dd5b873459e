"""Voices: who plays a note, what is stolen, and that all voices of an instrument sound as each would alone."""

import numpy as np
import pytest

from chronus import limits
from chronus.patch import compiler
from chronus.patch.compiler import compile_patch, source_of
from chronus.patch.errors import PatchError
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.replica.offline import Offline
from chronus.replica.voices import LEGATO, MONO, NOBODY
from chronus.shared import program as pr
from chronus.shared.log import COMMIT, EXPRESS, NOTE, PANIC, SET, Entry, expressed, expression
from chronus.shared.program import key_of
from chronus.shared.score import FULL_VELOCITY, SERIAL_SHIFT
from chronus.workshop.faster import build_faster, missing

RATE, BLOCK = 48_000, 64


def instrument(voices: int = 4, envelope: dict | None = None, **params) -> Patch:
    """Notes, a sine, an envelope, its place, in as many voices."""
    found = [Module("keys", "notes", {"voices": float(voices), **params}), Module("osc", "sine", {"gain": 0.25, "freq": 0.0}),
             Module("env", "adsr", {"attack": 2.0, "sustain": 1.0, "release": 40.0, **(envelope or {})}), Module("place", "pan")]
    cables = [Cable("keys", "freq", "osc", "freq"), Cable("keys", "gate", "env", "gate"), Cable("osc", "out", "env", "audio"),
              Cable("env", "out", "place", "audio"), Cable("keys", "place", "place", "position"), Cable("place", "out", OUT, "")]
    return Patch(found, cables)


def on(note: float, frame: int, velocity: float = 1.0, serial: int = 0) -> Entry:
    return Entry(NOTE, key_of("keys"), note, frame, extra=(serial << SERIAL_SHIFT) + round(velocity * FULL_VELOCITY))


def off(note: float, frame: int, serial: int = 0) -> Entry:
    return Entry(NOTE, key_of("keys"), note, frame, extra=serial << SERIAL_SHIFT)


def machine(patch: Patch, entries, block: int = BLOCK) -> Offline:
    return Offline([compile_patch(patch, RATE, block).words], sorted(entries, key=lambda e: e.frame), RATE, block)


def heard(patch: Patch, entries, frames: int = 12_800, block: int = BLOCK) -> np.ndarray:
    return machine(patch, entries, block).run(frames // block)


def table(played: Offline) -> list[tuple[float, bool]]:
    """(note, held) of each voice."""
    words = played.programs[0]
    first, count = int(words[pr.P_MODULES // 8]) // 8, int(words[pr.P_MODULE_COUNT // 8])
    rows = words[first:first + count * (pr.MODULE_BYTES // 8)].reshape(count, -1)
    row = next(r for r in rows if r[pr.R_KEY // 8] == key_of("keys"))
    at, voices = pr.side_offset(0) + int(row[pr.R_VOICES // 8]) + pr.VOICES_AT, int(row[pr.R_VOICE_COUNT // 8])
    found = []
    for voice in range(voices):
        place = at + voice * pr.VOICE_BYTES
        found.append((float(played.machine.arena[place:place + 4].view(np.float32)[0]), bool(played.machine.arena[place + pr.V_IS_HELD])))
    return found


def after(patch: Patch, *events) -> list[tuple[float, bool]]:
    """The voices after (note, velocity or 0) events, 100 frames apart."""
    entries = [on(note, 100 * i, velocity) if velocity else off(note, 100 * i) for i, (note, velocity) in enumerate(events)]
    played = machine(patch, entries)
    played.run(len(events) * 100 // BLOCK + 2)
    return table(played)


CHORD = [on(60, 100), on(64, 333, 0.5), on(67, 1_001, 0.8), off(60, 4_000), off(64, 4_500), off(67, 6_000)]


@pytest.fixture
def all_begin_alike(monkeypatch):
    """Every voice begins at phase 0, as a single one does."""
    monkeypatch.setattr(compiler, "first_phases", lambda shape, plane: np.zeros(shape.lanes, np.int32))


def test_voices_begin_apart_so_that_unison_is_no_thump():
    """The first note of eight voices, hardly out of tune: as loud as eight sounds that know nothing of each other, and the first voice as one alone."""
    one, first = heard(instrument(1), [on(60, 0)]), heard(instrument(8), [on(60, 0)])
    many = heard(instrument(8, unison=8.0, detune=1.0), [on(60, 0)])
    assert np.array_equal(one, first)
    assert 6.0 < 10.0 * np.log10(np.square(many[:4_800].astype(np.float64)).mean() / np.square(one[:4_800].astype(np.float64)).mean()) < 12.0


@pytest.mark.parametrize("voices", (3, 4, 8, 16, 20, 64))
def test_a_chord_is_the_sum_of_its_notes(voices, all_begin_alike):
    alone = sum(heard(instrument(1), [e for e in CHORD if e.value == note]).astype(np.float64) for note in (60, 64, 67))
    together = heard(instrument(voices), CHORD)
    assert np.abs(together).max() > 0.2
    assert np.abs(together - alone).max() < 1e-6


def test_sixty_four_voices_all_sound_and_all_rest(all_begin_alike):
    notes = [on(20 + i, 64 + 10 * i) for i in range(64)]
    together = heard(instrument(64), [*notes, *(off(20 + i, 6_000) for i in range(64))])
    alone = sum(heard(instrument(1), [note, off(note.value, 6_000)]).astype(np.float64) for note in notes)
    assert np.abs(together - alone).max() < 1e-5 and np.abs(together[-1_000:]).max() == 0.0


@pytest.mark.parametrize("voices", (4, 16, 64))
def test_the_block_size_changes_no_bit(voices):
    first, *others = (heard(instrument(voices, unison=3.0, spread=0.7), CHORD, 12_288, block).tobytes() for block in (16, 64, 512))
    assert all(other == first for other in others)


@pytest.mark.parametrize("pan", (False, True), ids=("mono", "stereo"))
@pytest.mark.parametrize("fused", (False, True), ids=("one by one", "fused"))
@pytest.mark.parametrize("voices", (3, 9, 16, 40))
def test_what_sounds_in_every_voice_without_a_note_is_heard_as_often_as_there_are_voices(voices, fused, pan):
    """A drone, the same in all lanes: those beyond the voices, up to the next power of two or to 16, are not heard."""
    def drone(count: int) -> np.ndarray:
        last = "place" if pan else "held"
        made = Patch([Module("keys", "notes", {"voices": float(count)}), Module("held", "scale", {"out_low": 0.003, "out_high": 0.003}), Module("place", "pan"),
                      Module("wave", "sine"), Module("both", "multiply")],
                     [Cable("keys", "gate", "held", "audio"), Cable("held", "out", "place", "audio"), Cable(last, "out", "both", "by"),
                      Cable("wave", "out", "both", "audio"), Cable("both", "out", OUT, "")])
        program = compile_patch(made, RATE, BLOCK)
        if fused:
            assert build_faster(missing(source_of(program.words))) == []
        return Offline([program.words], [], RATE, BLOCK).run(20).astype(np.float64)
    one = drone(1)
    assert np.abs(one).max() > 0.001 and np.allclose(drone(voices), voices * one, rtol=1e-4, atol=1e-6)


def test_a_voice_that_was_let_go_first_is_taken_first():
    assert after(instrument(3), (60, 1), (62, 1), (64, 1), (62, 0), (60, 0), (70, 1)) == [(60.0, False), (70.0, True), (64.0, True)]


def test_the_same_note_takes_its_own_voice():
    assert after(instrument(3), (60, 1), (62, 1), (60, 0), (60, 1)) == [(60.0, True), (62.0, True), (0.0, False)]


def test_the_oldest_is_stolen():
    assert after(instrument(2), (60, 1), (62, 1), (64, 1)) == [(64.0, True), (62.0, True)]


def test_nobody_is_stolen_from_where_that_is_said():
    assert after(instrument(2, steal=float(NOBODY)), (60, 1), (62, 1), (64, 1)) == [(60.0, True), (62.0, True)]


def test_the_quietest_is_stolen():
    """By what is plugged into `level`; it comes round a loop, so a block late."""
    patch = instrument(2, steal=1.0)
    patch = Patch(list(patch.modules.values()), [*patch.cables, Cable("env", "out", "keys", "level")])
    entries = [on(60, 0, 1.0), on(62, 100, 0.2), on(64, 6_000)]
    played = machine(patch, entries)
    played.run(100)
    assert table(played) == [(60.0, True), (64.0, True)]


@pytest.mark.parametrize("apart", (0, 30, 200))
def test_of_two_new_notes_the_second_does_not_take_the_voice_of_the_first_because_that_is_still_quiet(apart):
    """Struck together or strummed: the level of a voice that has just begun is that of its last note, or of an attack that has hardly begun."""
    patch = instrument(3, steal=1.0)
    shape = Module("shape", "adsr", {"attack": 30.0, "sustain": 1.0})
    patch = Patch([*patch.modules.values(), shape], [*patch.cables, Cable("keys", "gate", "shape", "gate"), Cable("shape", "out", "keys", "level")])
    played = machine(patch, [on(60, 0, 1.0), on(62, 100, 0.2), on(64, 200, 0.5), on(70, 6_000), on(72, 6_000 + apart)])
    played.run(120)
    assert table(played) == [(60.0, True), (70.0, True), (72.0, True)]


def test_of_equally_quiet_voices_the_oldest_is_stolen():
    assert after(instrument(2, steal=1.0), (60, 1), (62, 1), (64, 1), (65, 1)) == [(64.0, True), (65.0, True)]


def test_stealing_makes_no_click():
    """Two voices, a new note every 10 ms: no step beyond what two sines themselves make."""
    entries = [on(60 + 5 * (i % 4), 480 * i) for i in range(25)]
    played = heard(instrument(2), entries)[:, 0].astype(np.float64)
    steepest = 2 * 0.25 * 2 * np.pi * 440.0 * 2.0 ** (6 / 12) / RATE
    assert np.abs(np.diff(played)).max() < steepest + 2 * 0.25 / 96


def test_a_note_that_has_a_serial_is_let_go_by_it_alone():
    entries = [on(60, 0, 1.0, serial=7), on(60, 100, 1.0, serial=8), off(60, 200, serial=7)]
    played = machine(instrument(2), entries)
    played.run(5)
    assert (60.0, True) in table(played)
    played = machine(instrument(2), [*entries, off(60, 250, serial=8)])
    played.run(5)
    assert (60.0, True) not in table(played)


@pytest.mark.parametrize("mode", (MONO, LEGATO))
def test_one_at_a_time_goes_back_to_the_note_that_is_still_held(mode):
    patch = instrument(4, mode=float(mode))
    assert after(patch, (60, 1), (64, 1), (67, 1), (64, 0), (67, 0))[0] == (60.0, True)
    assert after(patch, (60, 1), (64, 1), (67, 1), (64, 0), (67, 0), (60, 0))[0] == (60.0, False)


@pytest.mark.parametrize("mode", (MONO, LEGATO))
def test_a_note_that_is_gone_back_to_is_as_loud_as_it_was(mode):
    """A soft note, then a hard one that is let go."""
    played = heard(instrument(4, {"decay": 5.0}, mode=float(mode)), [on(60, 0, 0.2), on(67, 4_000, 1.0), off(67, 8_000)])
    soft, hard, again = (np.abs(played[first:first + 1_000]).max() for first in (2_500, 6_500, 11_500))
    assert soft > 0.01 and hard > 4.0 * soft and abs(again / soft - 1.0) < 0.01


def test_of_more_held_notes_than_there_is_room_for_the_first_is_forgotten():
    """Let go from the last one on, each goes back to the one before it; who held the first does not get it back."""
    patch, keys = instrument(1, mode=float(MONO)), range(30, 31 + pr.HELD_NOTES)
    struck = [(key, 1) for key in keys]
    assert after(patch, *struck, (keys[-1], 0)) == [(float(keys[-2]), True)]
    assert after(patch, *struck, *((key, 0) for key in keys[:1:-1])) == [(float(keys[1]), True)]
    assert after(patch, *struck, *((key, 0) for key in keys[:0:-1]))[0][1] is False


def test_legato_does_not_open_the_gate_anew_and_mono_does():
    """The envelope's long attack begins again, or goes on."""
    entries = [on(60, 0), on(62, 3_000)]
    levels = {}
    for mode in (MONO, LEGATO):
        patch = instrument(2, {"attack": 20.0, "decay": 20.0, "sustain": 0.2}, mode=float(mode))
        levels[mode] = np.abs(heard(patch, entries)[4_000:4_300, 0]).max()
    assert levels[MONO] > 3.0 * levels[LEGATO]


def test_unison_spreads_over_the_sides():
    narrow, wide = (heard(instrument(8, unison=2.0, spread=spread), [on(60, 0)]) for spread in (0.0, 1.0))
    assert np.array_equal(narrow[:, 0], narrow[:, 1])
    left, right = wide[4_000:, 0], wide[4_000:, 1]
    assert np.abs(left - right).max() > 0.05 and 0.5 < np.square(left).mean() / np.square(right).mean() < 2.0


def test_a_panic_lets_every_note_go():
    played = machine(instrument(4), [on(60, 0), on(64, 0), Entry(PANIC, 0, 0.0, 500)])
    played.run(20)
    assert not any(held for _, held in table(played))


def test_voices_go_on_through_a_commit():
    more = instrument(4)
    more = Patch([*more.modules.values(), Module("more", "gain")], [*more.cables, Cable("more", "out", OUT, "")])
    programs = [compile_patch(each, RATE, BLOCK).words for each in (instrument(4), more)]
    entries = sorted([*CHORD, Entry(COMMIT, 0, 0.0, 2_560, extra=1)], key=lambda e: e.frame)
    assert Offline(programs, entries, RATE, BLOCK).run(200).tobytes() == heard(instrument(4), CHORD).tobytes()


def test_what_follows_the_voices_hears_them_together():
    """A stereo effect that cannot be had for each voice, and a mixdown, hear the sum; a drive between hears each."""
    base = instrument(4)
    cables = [c for c in base.cables if c.target != OUT]
    for type_ in ("mixdown", "limiter"):
        patch = Patch([*base.modules.values(), Module("sum", type_)], [*cables, Cable("place", "out", "sum", "audio"), Cable("sum", "out", OUT, "")])
        played = heard(patch, CHORD)
        late = 43 if type_ == "limiter" else 0
        assert np.abs(played[late:] - heard(base, CHORD)[:len(played) - late]).max() < 1e-6


def test_a_knob_of_a_wide_module_moves_once():
    """It is ramped once and lent to every plane: the same sound as with one voice."""
    turns = [Entry(SET, key_of("osc", "gain"), 0.1, 3_000), Entry(SET, key_of("place", "position"), 0.5, 3_500)]
    for voices in (4, 64):
        together = heard(instrument(voices), [on(60, 0), *turns])
        assert np.abs(together - heard(instrument(1), [on(60, 0), *turns])).max() < 1e-6


def test_voices_of_two_instruments_do_not_mix_by_themselves():
    two = [Module("a", "notes", {"voices": 4.0}), Module("b", "notes", {"voices": 8.0}), Module("osc", "sine")]
    cables = [Cable("a", "freq", "osc", "freq"), Cable("b", "gate", "osc", "gain"), Cable("osc", "out", OUT, "")]
    with pytest.raises(PatchError, match="mixdown"):
        compile_patch(Patch(two, cables), RATE, BLOCK)


@pytest.mark.parametrize("first, second, is_possible", ((8, 16, False), (20, 64, False), (64, 20, False), (8, 8, True), (20, 1, True), (1, 20, True)))
def test_nor_where_one_plays_the_knobs_of_the_other(first, second, is_possible):
    """As many reach each its own, a single one all or the sum."""
    two = [Module("a", "notes", {"voices": float(first)}), Module("tone", "sine"), Module("b", "notes", {"voices": float(second)}), Module("osc", "sine")]
    patch = Patch(two, [Cable("a", "freq", "tone", "freq"), Cable("tone", "out", "b", "level"), Cable("b", "freq", "osc", "freq"), Cable("osc", "out", OUT, "")])
    if is_possible:
        compile_patch(patch, RATE, BLOCK)
    else:
        with pytest.raises(PatchError, match="two instruments meet in 'b'.*mixdown"):
            compile_patch(patch, RATE, BLOCK)


def test_there_is_room_for_sixteen_times_sixty_four_voices():
    found, cables = [], []
    for i in range(16):
        found += [Module(f"k{i}", "notes", {"voices": 64.0}), Module(f"o{i}", "sine")]
        cables += [Cable(f"k{i}", "freq", f"o{i}", "freq"), Cable(f"o{i}", "out", OUT, "")]
    words = compile_patch(Patch(found, cables), RATE, BLOCK).words
    assert words[pr.P_SIDE_BYTES // 8] < limits.SIDE_BYTES


@pytest.mark.parametrize("before, after_", ((1, 2), (2, 1), (1, 3), (2, 8), (8, 2), (8, 16), (20, 40), (40, 20)))
def test_notes_that_are_held_can_be_let_go_when_the_voices_become_more_or_fewer(before, after_):
    """And nothing sounds in voices that nobody plays."""
    programs = [compile_patch(instrument(voices), RATE, BLOCK).words for voices in (before, after_)]
    held = [on(60 + i, 64 + i) for i in range(before)]
    entries = [*held, Entry(COMMIT, 0, 0.0, 2_560, extra=1), *(off(60 + i, 6_400 + i) for i in range(before))]
    played = Offline(programs, entries, RATE, BLOCK).run(300)
    alone = heard(instrument(before), [*held], 19_200)
    assert np.abs(played[2_560:6_400]).max() < 1.1 * np.abs(alone[2_560:6_400]).max() and np.abs(played[-1_000:]).max() == 0.0


def test_an_instrument_that_becomes_stereo_keeps_its_voices():
    mono = instrument(20)
    mono = Patch([*[m for m in mono.modules.values() if m.id != "place"], Module("low", "filter", {"cutoff": 300.0})],
                 [*[c for c in mono.cables if "place" not in (c.source, c.target)], Cable("env", "out", "low", "audio"), Cable("low", "low", OUT, "")])
    stereo = Patch([*mono.modules.values(), Module("place", "pan")], [*[c for c in mono.cables if c.target not in ("low", OUT)], Cable("env", "out", "place", "audio"),
                                                                     Cable("place", "out", "low", "audio"), Cable("low", "low", OUT, "")])
    notes = [on(40 + i, 64 + i) for i in range(20)]
    programs = [compile_patch(each, RATE, BLOCK).words for each in (mono, stereo)]
    played = Offline(programs, [*notes, Entry(COMMIT, 0, 0.0, 9_600, extra=1)], RATE, BLOCK).run(300)[:, 0].astype(np.float64)
    steps = np.abs(np.diff(played))
    assert steps[9_600:12_000].max() < 1.2 * steps[6_000:9_600].max(), "a voice jumped to another one's state"


def express(which: str, note: float, amount: float, frame: int) -> Entry:
    return Entry(EXPRESS, key_of("keys"), note, frame, extra=expression(which, amount))


def test_one_note_is_bent_and_the_other_is_not():
    """A chord whose one note bends by a fifth is the sum of one that stays and one that is played a fifth higher, once it has got there."""
    steady, entries = instrument(4), [on(60, 0), on(64, 0)]
    bent = heard(steady, [*entries, express("bend", 64, 7.0, 0)]).astype(np.float64)
    assert np.abs(bent - heard(steady, [on(60, 0), on(71, 0)])).max() < 1e-5
    later = heard(steady, [*entries, express("bend", 64, 7.0, 6_400), express("bend", 60, 0.0, 6_500)])
    assert (later[:6_400] == heard(steady, entries)[:6_400]).all() and np.abs(later - heard(steady, entries)).max() > 0.1


def test_a_note_that_is_struck_again_is_not_bent():
    played = [on(60, 0), express("bend", 60, 5.0, 10), off(60, 3_000), on(60, 9_600)]
    fresh = heard(instrument(1), [on(60, 0), off(60, 3_000), on(60, 9_600)])
    assert np.abs(np.fft.rfft(heard(instrument(1), played)[10_240:, 0])).argmax() == np.abs(np.fft.rfft(fresh[10_240:, 0])).argmax()


@pytest.mark.parametrize("which", ("pressure", "timbre"))
def test_a_note_that_is_struck_again_is_not_pressed_and_not_moved_in_timbre(which):
    """Heard as a tone that is louder by it; a second finger's note takes the voice of the first."""
    base = instrument(1)
    patch = Patch(list(base.modules.values()), [*base.cables, Cable("keys", which, "osc", "gain", 0.5)])
    first, again = [on(60, 0), off(60, 3_000)], [on(62, 6_400)]
    pressed = heard(patch, [*first, express(which, 60, 1.0, 10), *again])
    alone = heard(patch, first + again)
    assert np.abs(pressed[1_000:3_000]).max() > 2.0 * np.abs(alone[1_000:3_000]).max()
    assert np.abs(pressed[7_000:]).max() < 1.01 * np.abs(alone[7_000:]).max()


@pytest.mark.parametrize("which, amount", (("bend", -96.0), ("bend", 96.0), ("bend", 0.25), ("pressure", 1.0), ("timbre", 0.0)))
def test_an_expression_is_what_it_was_made_of(which, amount):
    assert expressed(expression(which, amount)) == (which, amount)


def test_what_is_expressed_of_no_note_changes_nothing():
    entries = [on(60, 0), Entry(EXPRESS, key_of("keys"), 60.0, 100, extra=7 << 32), express("bend", 61, 9.0, 200)]
    assert (heard(instrument(2), entries) == heard(instrument(2), [on(60, 0)])).all()


def pitch_of(sound: np.ndarray) -> float:
    """In notes, of a single tone."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 17))
    return 69.0 + 12.0 * np.log2(spectrum.argmax() * RATE / (1 << 17) / 440.0)


@pytest.mark.parametrize("mode", (MONO, LEGATO))
@pytest.mark.parametrize("moved", (1_000, 6_000), ids=("before the other note", "beside it"))
def test_a_note_that_is_gone_back_to_is_bent_as_its_finger_is(mode, moved):
    """The finger that holds it may move while another note sounds, which is not bent."""
    entries = [on(60, 0), express("bend", 60, 5.0, moved), on(64, 4_000), off(64, 9_600)]
    played = heard(instrument(4, mode=float(mode), unison=2.0, detune=0.0), entries, 19_200)[:, 0]
    assert pitch_of(played[6_400:9_600]) == pytest.approx(64.0, abs=0.1) and pitch_of(played[12_800:]) == pytest.approx(65.0, abs=0.1)


def test_what_went_on_in_the_note_between_is_gone_with_it():
    """A bend of the second note, and of one that is struck anew, is not that of the first."""
    patch = instrument(1, mode=float(MONO))
    between = [on(60, 0), on(64, 3_000), express("bend", 64, 5.0, 4_000), off(64, 6_400)]
    assert pitch_of(heard(patch, between)[8_000:, 0]) == pytest.approx(60.0, abs=0.1)
    anew = [on(60, 0), express("bend", 60, 5.0, 100), off(60, 1_000), on(60, 2_000), on(64, 3_000), off(64, 6_400)]
    assert pitch_of(heard(patch, anew)[8_000:, 0]) == pytest.approx(60.0, abs=0.1)


@pytest.mark.parametrize("which", ("pressure", "timbre"))
def test_a_note_that_is_gone_back_to_is_pressed_and_moved_in_timbre_as_its_finger_is(which):
    base = instrument(1, mode=float(MONO))
    patch = Patch(list(base.modules.values()), [*base.cables, Cable("keys", which, "osc", "gain", 0.5)])
    entries = [on(60, 0), express(which, 60, 1.0, 10), on(64, 3_000), off(64, 6_400)]
    loud, plain, again = (np.abs(heard(patch, entries)[first:first + 2_000]).max() for first in (1_000, 4_000, 8_000))
    assert loud > 2.0 * plain and again == pytest.approx(loud, rel=0.01)


def test_of_more_moved_notes_than_are_held_the_others_keep_their_own():
    """One of three is let go while it does not sound."""
    moves = [event for i, key in enumerate((40, 50, 60)) for event in (on(key, 1_000 * i), express("bend", key, i + 1.0, 1_000 * i + 10))]
    played = heard(instrument(1, mode=float(MONO)), [*moves, off(40, 3_500), on(70, 4_000), off(70, 5_000), off(60, 9_600)], 19_200)[:, 0]
    assert pitch_of(played[6_400:9_600]) == pytest.approx(63.0, abs=0.1) and pitch_of(played[12_800:]) == pytest.approx(52.0, abs=0.1)
