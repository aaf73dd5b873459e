"""F-13: a file that does not compile, compiles for ever, opens a file, forks: refused with the reason, in a process of its own."""

import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chronus.dsp import kernel
from chronus.dsp.declare import Table
from chronus.modules import registry
from chronus.modules.mixing import pan as modules_pan
from chronus.native.build import CacheError
from chronus.workshop.build import Build, build
from chronus.workshop.data import declaration_data, declaration_of
from chronus.workshop.harness import play
from chronus.workshop.template import text
from chronus.workshop.words import WorkshopError

HEAD = """\"\"\"Bends a sound in a pleasant way.\"\"\"
from chronus.dsp.declare import inlet, module, promise, ratio, state
from chronus.dsp.lanes import floor, maximum, minimum, to_phase


"""
DECLARED = """@module(kind="own", bypass="audio", promises=(promise("gain_at", at=1000.0, db=0.0, within=0.1, amount=0.0),))
def bend(audio=inlet(), amount=ratio(0.0), s=state()):
"""
FIRST = (HEAD + DECLARED).count("\n") + 1     # line of the formula's body


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """One kernel cache for all tests here."""
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("cache")
        patch.setenv("CHRONUS_CACHE", str(path))
        yield path


@pytest.fixture
def refused(tmp_path, cache):
    """Builds a formula's body, or a whole file, and returns why it was refused."""
    def check(body="", file=None, **bounds):
        path = tmp_path / "bend.py"
        path.write_text(file or HEAD + DECLARED + "    " + body.replace("\n", "\n    ") + "\n")
        with pytest.raises(WorkshopError) as caught:
            build(path, **bounds)
        assert str(caught.value).startswith("bend.py") and "Traceback" not in str(caught.value)
        return caught.value
    return check


@pytest.fixture(scope="module")
def soft_clip(tmp_path_factory, cache):
    """(file, declaration) of what `chronus modules new` writes, built."""
    path = tmp_path_factory.mktemp("modules") / "soft_clip.py"
    path.write_text(text("soft_clip"))
    steps = []
    found = build(path, lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps) and all(done < total for done, total in steps)
    return path, found


def test_a_good_module_comes_back_as_data_and_plays(soft_clip):
    _, declaration = soft_clip
    assert declaration.formula is None and sorted(declaration.objects) == [1, 2, 4, 8, 16] and len(declaration.digest) == 64
    assert [p.name for p in declaration.params] == ["drive", "mix"] and declaration.doc.startswith("Drives a sound")
    loud = play(declaration, 100, lanes=2, audio=1.0, drive=16.0).outlets[0]
    assert np.allclose(loud, 1.0)
    assert all(kernel.kernel_is_built(declaration, lanes) for lanes in (1, 2, 4, 8, 16))


def test_one_of_the_instrument_under_another_name_comes_back_the_same(tmp_path, cache):
    """Two lanes, or those of voices on one side; something given, and no state: pan."""
    source = Path(modules_pan.__file__).read_text().replace("def pan(", "def place(")
    (tmp_path / "place.py").write_text(source)
    found, pan = build(tmp_path / "place.py"), registry.builtin()["pan"]
    assert sorted(found.objects) == [1, 2, 4, 8, 16] and found.given == pan.given and found.params == pan.params and found.promises == pan.promises
    assert play(found, 500, audio=0.7, position=0.3).bits() == play(pan, 500, audio=0.7, position=0.3).bits()


def test_it_is_usable_where_modules_are_looked_up(soft_clip):
    _, declaration = soft_clip
    registry.install(declaration)
    try:
        assert registry.modules()["soft_clip"] is declaration and "soft_clip" not in registry.builtin()
        with pytest.raises(ValueError, match="call yours something else"):
            registry.install(replace(declaration, id="sine"))
    finally:
        registry.remove("soft_clip")
    assert "soft_clip" not in registry.modules()


def test_the_second_time_nothing_is_built(soft_clip):
    path, declaration = soft_clip
    work = Build(path)
    assert work.process is None and declaration_data(work.poll()) == declaration_data(declaration)


def test_a_file_that_was_saved_is_built_anew(soft_clip, tmp_path):
    path, before = soft_clip
    other = tmp_path / "soft_clip.py"
    other.write_text(path.read_text().replace("ratio(2.0,", "ratio(3.0,"))
    after = build(other)
    assert after.param("drive").default == 3.0 and after.digest != before.digest and set(after.objects.values()).isdisjoint(before.objects.values())


def test_a_kernel_that_is_gone_is_built_again_and_until_then_missed_in_words(soft_clip, cache, tmp_path):
    _, declaration = soft_clip
    gone = replace(declaration, objects={1: "soft_clip_1-" + "0" * 32 + ".o"})
    with pytest.raises(CacheError, match="save its module's file again"):
        kernel.kernel(gone, 1)
    with pytest.raises(CacheError, match="no kernel for 2 lanes"):
        kernel.kernel(gone, 2)
    with pytest.raises(CacheError, match="no object file"):
        kernel.kernel(replace(declaration, objects={1: "../../evil-" + "0" * 32 + ".o"}), 1)


def test_data_that_is_damaged_is_no_declaration(soft_clip):
    _, declaration = soft_clip
    whole = declaration_data(declaration)
    whole["times"] = [{"what": "tick", "name": "now"}]
    assert declaration_data(declaration_of(whole)) == whole
    for change in ({"id": "../x"}, {"objects": {"1": "/tmp/a.o"}}, {"inlets": [{"name": 3}]}, {"params": [{"low": "x"}]}, {"outlets": [1]},
                   {"objects": {}}, {"doc": None}, {"times": [{"what": "moon", "name": "now"}]}, {"bypass": "nowhere"}, {"inlets": [{"name": f"i{n}"} for n in range(33)]}):
        with pytest.raises(ValueError, match="no declaration|its texts"):
            declaration_of({**whole, **change})
    with pytest.raises(ValueError):
        declaration_of([])


def test_a_syntax_error_has_its_line(refused):
    error = refused("x = audio *\nreturn x, (s,)")
    assert error.line == FIRST and str(error).startswith(f"bend.py, line {FIRST}: this is no Python")


@pytest.mark.parametrize("line", ["import os", "import subprocess", "from os import fork"])
def test_what_could_fork_cannot_be_imported(refused, line):
    error = refused(file=HEAD + line + "\n" + DECLARED + "    return audio, (s,)\n")
    assert error.line == HEAD.count("\n") + 1 and "not for modules" in error.message


def test_opening_a_file_is_refused(refused):
    error = refused("x = open('/etc/passwd')\nreturn audio, (s,)")
    assert error.line == FIRST and "no files" in error.message


GUARDED = ("import os, sys; sys.path[:] = {path}; from chronus.workshop import guard; guard.limit_process()\n"
           "with guard.armed():\n    {action}\n")


@pytest.mark.parametrize("action", ["open('/etc/hostname')", "os.fork()", "os.system('true')", "__import__('socket').socket()", "os.listdir('/')",
                                    "os.kill(os.getppid(), 9)", "__import__('ctypes').CDLL(None)"])
def test_behind_the_check_there_is_a_guard(action):
    """What a file would do if the check had a hole: Python refuses it before it happens."""
    import subprocess
    import sys
    done = subprocess.run([sys.executable, "-c", GUARDED.format(path=sys.path, action=action)], capture_output=True, text=True, timeout=60)
    assert "Refused: a module may not ask the system for anything" in done.stderr, done.stderr


def test_a_file_that_computes_for_ever_ends_at_its_limit(refused):
    error = refused(file=HEAD + "X = 9 ** 9 ** 9\n" + DECLARED + "    return audio, (s,)\n", seconds=3.0)
    assert "was not done after 3 s" in error.message and "its declaration was made" in error.message


def test_processor_time_is_limited_too(refused):
    error = refused("t = 1\nfor i in range(10 ** 15):\n    t = t * 3 % (i + 7)\nreturn audio * t, (s,)", cpu_seconds=1)
    assert "1 s of computing, when its formula was tried" in error.message


def test_memory_is_limited(refused):
    assert "GiB of memory" in refused(file=HEAD + "X = (0,) * 10 ** 10\n" + DECLARED + "    return audio, (s,)\n").message


def test_what_compiles_for_ever_ends_at_its_limit(refused, tmp_path):
    body = "t = (1, 2)\n" + "".join(f"t = (t, t, {n})\n" for n in range(30)) + "return audio, (s,)"
    error = refused(body, seconds=3.0)
    assert re.search(r"not done after 3 s, when it was compiled for \d+ lanes", error.message)


def test_a_build_never_keeps_its_caller_waiting_and_leaves_nobody_behind(tmp_path, cache):
    path = tmp_path / "bend.py"
    path.write_text(HEAD + "X = 9 ** 9 ** 9\n" + DECLARED + "    return audio, (s,)\n")
    work = Build(path)
    pid = work.process.pid
    assert work.poll() is None and work.fileno() is not None
    work.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("number", ["SIGFPE", "SIGSEGV"])
def test_a_kernel_that_crashes_takes_only_its_own_process_along(tmp_path, cache, number):
    class Crashing(Build):
        BOOTSTRAP = Build.BOOTSTRAP.replace("main(job)", "import os, signal; from chronus.workshop import proofs; proofs.prove_hostile = "
                                            f"lambda module: os.kill(os.getpid(), signal.{number}); main(job)")
    path = tmp_path / "bend.py"
    path.write_text(HEAD + DECLARED + "    return audio, (s,)\n")
    work = Crashing(path)
    with pytest.raises(WorkshopError, match=f"it crashed \\({number}\\) when hostile input was played"):
        while work.poll() is None:
            os.sched_yield()


def test_what_emits_no_numbers_is_refused_with_what_was_plugged_in(refused):
    error = refused("return audio / (1.0 - amount), (s,)")
    assert re.search(r"outlet 'out' is not a finite number with audio = \S+, amount = 1$", error.message), error


def test_what_makes_a_sound_of_its_own_is_refused(refused):
    assert "sound of its own" in refused("return audio + 0.1, (s,)").message


def test_a_promise_that_is_not_kept_is_refused_with_its_line(refused):
    error = refused("return audio * 0.5, (s,)")
    assert "the promise 'gain_at' is not kept" in error.message and error.line == FIRST - 2


def test_a_promise_about_nothing_is_refused_with_its_line(refused):
    error = refused(file=(HEAD + DECLARED + "    return audio, (s,)\n").replace("amount=0.0)", "\n    amuont=0.0)"))
    assert str(error).startswith(f"bend.py, line {FIRST - 1}: 'amuont' is no parameter of bend") and "did you mean 'amount'?" in error.message


@pytest.mark.parametrize("body", ["return audio, ()", "return audio", "return (audio, audio), (s,)", "return audio, s"])
def test_a_return_of_another_shape_is_refused_with_its_line(refused, body):
    error = refused(body)
    assert error.line == FIRST and "`bend` returns its sound, then a tuple of its 1 next state" in error.message


def test_deciding_on_several_voices_at_once_is_refused_with_its_line(refused):
    error = refused("x = audio\nif audio > 0.0:\n    x = -audio\nreturn x, (s,)")
    assert error.line == FIRST + 1 and "select(mask, a, b)" in error.message


@pytest.mark.parametrize("body, call", [("x = audio % 0.5\nreturn x, (s,)", "no `%` of (float lanes, "), ("x = floor(audio, 2)\nreturn x, (s,)", "floor"),
                                        ("x = audio\nreturn x, (to_phase(x),)", "next state 's' mixes"), ("x = 1\nreturn audio, (x,)", "same"),
                                        ("x = audio > 0.0\nreturn x, (s,)", "is a mask")])
def test_what_python_can_and_a_kernel_cannot_is_refused_in_one_line(refused, body, call):
    error = refused(body)
    assert error.line in (FIRST, FIRST + 1) and call in error.message and "\n" not in error.message and len(error.message) < 250, error


def test_a_declaration_that_contradicts_itself_has_its_line(refused):
    whole = HEAD + DECLARED + "    return audio, (s,)\n"
    error = refused(file=whole.replace("ratio(0.0)", "ratio(5.0)"))
    assert "the default of 'amount'" in error.message and error.line in (FIRST - 2, FIRST - 1)
    assert "unexpected keyword argument 'kin'" in refused(file=whole.replace("kind", "kin")).message
    assert "which inlet is heard" in refused(file=whole.replace(' bypass="audio",', "")).message


def test_a_cache_that_cannot_be_had_is_a_reason_too(tmp_path, monkeypatch):
    (tmp_path / "bend.py").write_text(text("bend"))
    (tmp_path / "cache").write_text("no folder")
    monkeypatch.setenv("CHRONUS_CACHE", str(tmp_path / "cache"))
    with pytest.raises(WorkshopError, match="set CHRONUS_CACHE to a folder of yours"):
        Build(tmp_path / "bend.py")


def test_what_is_no_file_of_a_module_is_refused(tmp_path, cache):
    for name, content in (("sine.py", b""), ("Bad-Name.py", b""), ("bytes.py", b'"""\xff"""'), ("large.py", b"#" * 70_000)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(WorkshopError, match=name):
            build(tmp_path / name)
    os.mkfifo(tmp_path / "pipe.py")
    for name in ("pipe.py", "none.py"):
        with pytest.raises(WorkshopError, match=name):
            build(Path(tmp_path / name))


WAVES = """\"\"\"Two waves that beat against each other.\"\"\"
from chronus.dsp.declare import frame_seconds, hertz, module, phase, promise, ratio, table
from chronus.dsp.lanes import maximum, minimum, to_phase
from chronus.dsp.readers import wave, wave_level


@module(kind="own", promises=(promise("pitch", freq=100.0, within_cents=0.1),))
def beating(freq=hertz(110.0, low=1.0, high=1_000.0), gain=ratio(0.5), waves=table("DEFAULT", kind="wave"), frame=frame_seconds(), angle=phase()):
    step = minimum(maximum(freq * frame, 0.0), 0.4999)
    return wave(waves, 0.0, wave_level(step), angle) * gain, (angle + to_phase(step),)
"""


def test_a_module_of_ones_own_reads_a_table(tmp_path, cache):
    path = tmp_path / "beating.py"
    path.write_text(WAVES.replace("DEFAULT", "saw"))
    declaration = build(path)
    assert declaration_of(declaration_data(declaration)).tables == declaration.tables == (Table("waves", "wave", "saw"),)
    assert np.abs(play(declaration, 4_800, gain=1.0).outlets[0]).max() > 0.5
    path.write_text(WAVES.replace("DEFAULT", "saws"))
    with pytest.raises(WorkshopError, match="did you mean 'saw'"):
        build(path)
