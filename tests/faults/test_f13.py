"""F-13: a file that does not compile, opens a file, forks, or compiles for ever, put before an engine that plays: refused, unheard."""

import bad_modules as bad
from bad_modules import heard_of
from engine_process import until

from chronus.shared import layout as at

HEAD = '"""Bends a sound in a pleasant way."""\nfrom chronus.dsp.declare import inlet, module, promise, ratio\n'
DECLARED = '\n\n@module(kind="own", bypass="audio", promises=(promise("gain_at", at=1000.0, db=0.0, within=0.1),))\n'
FILES = {
    "no_python": (HEAD + DECLARED + "def no_python(audio=inlet()):\n    return audio *, ()\n", "this is no Python", 7),
    "no_module": (HEAD + DECLARED + "def no_module(audio=inlet()):\n    return audio * nowhere, ()\n", "nowhere", 7),
    "reads_files": (HEAD + "from pathlib import Path\n" + DECLARED + "def reads_files(audio=inlet()):\n    return audio, ()\n", "pathlib", 3),
    "opens": (HEAD + DECLARED + "def opens(audio=inlet()):\n    return audio * open(\"/etc/passwd\").fileno(), ()\n", "", 7),
    "forks": (HEAD + "import os\nos.fork()\n" + DECLARED + "def forks(audio=inlet()):\n    return audio, ()\n", "os", 3),
}
ENDLESS = HEAD + DECLARED + ("def endless(audio=inlet()):\n    t = 1\n    for i in range(10 ** 15):\n        t = t * 3 % (i + 7)\n"
                             "    return audio * t, ()\n")


@bad.once_more
def test_each_is_refused_with_the_reason_and_the_audio_untouched(start, tmp_path):
    engine = start(lead=bad.LEAD)
    folder = engine.folder / "state" / "modules"
    folder.mkdir(parents=True)
    assert engine.ask("/notify", 1).ok and engine.ask("/gate/adsr", 1.0).ok
    pids, lost = engine.client.status()["processes"], engine[at.UNDERRUNS]
    with engine.take("refused"):
        for name, (content, word, line) in FILES.items():
            (folder / f"{name}.py").write_text(content)
            refused, reason = heard_of(engine, "/module/refused")
            assert refused == name and f"{name}.py, line {line}" in reason and word in reason, reason
            answer = engine.ask("/patch/create", "x", name)
            assert not answer.ok and answer.code == "state" and reason[:200] in answer.message, answer
    bad.nothing_lost(engine, lost)
    assert engine.client.status()["processes"] == pids and engine[at.DISAGREEMENTS] == 0
    assert bad.heard(engine, engine.takes[-1]).any()


@bad.once_more
def test_one_that_compiles_for_ever_keeps_nobody_waiting(start, tmp_path):
    """How long it may take is tested in tests/workshop; here, that the engine plays on, says so, and leaves nothing behind when it ends."""
    engine = start(lead=bad.LEAD)
    folder = engine.folder / "state" / "modules"
    folder.mkdir(parents=True)
    assert engine.ask("/gate/adsr", 1.0).ok
    lost = engine[at.UNDERRUNS]
    with engine.take("compiling"):
        (folder / "endless.py").write_text(ENDLESS)
        until(lambda: "being compiled" in engine.ask("/patch/create", "x", "endless").message, "its build")
        engine.advance(3_000)
        answer = engine.ask("/patch/create", "x", "endless")
        assert not answer.ok and answer.code == "state" and "being compiled" in answer.message
        assert engine.ask("/mod/sine/freq", 330.0).ok
    bad.nothing_lost(engine, lost)
    assert engine[at.DISAGREEMENTS] == 0
    engine.down()
