"""What a user's file may say, and the line and advice of what it may not; nothing of it is ever run here."""

import pytest

from chronus.workshop.check import check_source
from chronus.workshop.template import text
from chronus.workshop.words import WorkshopError, check_name

HEAD = '"""Bends a sound in a pleasant way."""\nfrom chronus.dsp.declare import inlet, module, ratio, state\n'
DECLARED = '@module(kind="own", bypass="audio")\n'


def formula(body: str, arguments: str = "audio=inlet(), cutoff=ratio(0.5), s=state()") -> str:
    """A file whose formula begins on line 4 and whose body on line 5."""
    return HEAD + DECLARED + f"def bend({arguments}):\n    " + body.replace("\n", "\n    ") + "\n"


def refusal(source: str) -> WorkshopError:
    with pytest.raises(WorkshopError) as caught:
        check_source(source, "bend")
    return caught.value


def test_what_is_written_for_a_beginner_passes():
    check_source(text("bend"), "bend")


def test_loops_conditions_and_helpers_pass():
    check_source(HEAD + "import math\nTURN = 2 * math.pi\nPEAKS = (0.1, 0.5)\ndef half(x):\n    return x * 0.5\n" + DECLARED +
                 "def bend(audio=inlet(), s=state()):\n    \"\"\"Why.\"\"\"\n    for i in range(2):\n        if i == 1 and TURN > 6:\n"
                 "            audio = half(audio) * PEAKS[i]\n    return audio, (s,)\n", "bend")


BODIES = [("x = open('/etc/passwd')", "'open' is not for modules"), ("return eval('1'), ()", "'eval' is not for modules"),
          ("return exec('1'), ()", "'exec'"), ("return compile('1', 'a', 'exec'), ()", "'compile'"), ("return __import__('os'), ()", "'__import__'"),
          ("return getattr(audio, 'x'), ()", "'getattr'"), ("return ().__class__, ()", "'.__class__'"), ("return audio.tobytes(), ()", "'.tobytes'"),
          ("return __builtins__, ()", "'__builtins__'"), ("while True:\n    audio = audio + 1\nreturn audio, ()", "no `while`"),
          ("import os\nreturn audio, ()", "an import inside a function"), ("f = lambda x: x\nreturn f(audio), ()", "no `lambda`"),
          ("global cutoff\nreturn audio, ()", "`state\\(\\)`"), ("try:\n    pass\nfinally:\n    pass\nreturn audio, ()", "no `try`"),
          ("return [a for a in range(3)], ()", "a formula is arithmetic"), ("for x in audio:\n    pass\nreturn audio, ()", "a loop counts"),
          ("return bend(audio), ()", "calls itself"), ("return audio * cutof, (s,)", "'cutof' is not defined; did you mean 'cutoff'"),
          ("return abs(audio), (s,)", "called 'absolute'"), ("return minimum(audio, 1.0), (s,)", "imported from chronus.dsp.lanes"),
          ("audio.x = 3\nreturn audio, ()", "'.x'"), ("return audio * 'loud', (s,)", "no number"), ("return audio * 1j, (s,)", "no number"),
          ("print(audio)\nreturn audio, ()", "no effect"), ("x = audio", "ends with `return`"), ("return", "no use")]


@pytest.mark.parametrize("body, said", BODIES, ids=[body.partition("\n")[0] for body, _ in BODIES])
def test_what_is_not_arithmetic_is_refused_with_its_line(body, said):
    error = refusal(formula(body))
    assert error.line == 5, error
    pytest.raises(WorkshopError, check_source, formula(body), "bend").match(said)


FILES = [('x = 1\n', 1, "begins with one line"), (HEAD + "import os\n", 3, "`import os` is not for modules"),
         (HEAD + "from os import fork\n", 3, "`from os import`"), (HEAD + "from . import x\n", 3, "`from . import`"),
         (HEAD + "from chronus.dsp.lanes import np\n", 3, "finds no 'np'"), (HEAD + "from chronus.dsp.lanes import minimun\n", 3, "mean 'minimum'"),
         (HEAD + "from chronus.native.words import load\n", 3, "`from chronus.native.words import`"),
         (HEAD + "while True:\n    pass\n", 3, "no `while`"), (HEAD + "inlet()\n", 3, "only imports and constants"),
         (HEAD + "class A:\n    pass\n", 3, "a class"), (HEAD + "x = [1, 2]\n", 3, "this is not for modules"),
         (HEAD + DECLARED + "def other(audio=inlet()):\n    return audio, ()\n", None, "no function `bend`"),
         (HEAD + "def bend(audio=inlet()):\n    return audio, ()\n", 3, "stands above `bend`"),
         (HEAD + "@staticmethod\ndef bend(audio=inlet()):\n    return audio, ()\n", 3, "the only thing above a function"),
         (formula("return audio, ()", "audio"), 4, "'audio' says what it is"), (formula("return audio, ()", "audio=inlet(), *more"), 4, "plain"),
         (formula("return audio, ()", "audio=inlett()"), 4, "mean 'inlet'"), (formula("return audio, ("), 5, "this is no Python"),
         ("\0", None, "this is no Python"), ('"""Bends a sound."""\nx = ' + "(" * 3000 + ")" * 3000, None, "this is no Python")]


@pytest.mark.parametrize("source, line, said", FILES, ids=[said for *_, said in FILES])
def test_a_file_that_is_no_module_is_refused_with_its_line(source, line, said):
    error = refusal(source)
    assert said in error.message and (line is None or error.line == line), error


def test_names():
    assert check_name("soft_clip2", {"sine"}) == "soft_clip2"
    for name in ("", "Bend", "9th", "a-b", "../x", "_x", "x_", "a" * 33, "class", "out", "new", "sine"):
        with pytest.raises(WorkshopError, match="name|call yours"):
            check_name(name, {"sine"})
