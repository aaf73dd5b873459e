"""`chronus modules new` and `check`: a module in the folder, and what is said about it."""

import json

import pytest

from chronus.faces import cli


@pytest.fixture
def chronus(tmp_path, monkeypatch, capsys):
    """Runs the program with a folder of modules, and a kernel cache, of its own: exit code, output, complaints."""
    monkeypatch.setenv("CHRONUS_MODULES", str(tmp_path / "mine"))
    monkeypatch.setenv("CHRONUS_CACHE", str(tmp_path / "cache"))

    def run(*words):
        code = cli.main(["modules", *words])
        return code, *capsys.readouterr()

    return run


def test_from_nothing_to_a_module_that_is_listed(chronus, tmp_path):
    path = tmp_path / "mine" / "soft_clip.py"
    code, out, _ = chronus("new", "soft_clip")
    assert code == 0 and path.exists() and str(path) in out and "chronus modules check soft_clip" in out
    assert [line.strip() for line in out.splitlines() if line.strip().startswith("/patch/")] == \
        ["/patch/create my_soft_clip soft_clip", "/patch/connect FROM my_soft_clip", "/patch/connect my_soft_clip out", "/patch/commit"]
    assert "not built yet" in chronus()[1] and "not built yet" in chronus("soft_clip")[2]
    code, out, _ = chronus("check", "soft_clip")
    assert code == 0 and out.startswith("soft_clip: Drives a sound") and "gain_at" in out
    assert "soft_clip\town\tDrives a sound" in chronus()[1] and "drive" in chronus("soft_clip")[1]
    assert [row["ok"] for row in json.loads(chronus("check", "--json")[1])["modules"]] == [True]


def test_what_is_there_is_not_written_over(chronus, tmp_path):
    chronus("new", "bend")
    (tmp_path / "mine" / "bend.py").write_text("mine")
    code, _, said = chronus("new", "bend")
    assert code == 1 and "is there already" in said and (tmp_path / "mine" / "bend.py").read_text() == "mine"


@pytest.mark.parametrize("name", ["sine", "../bend", "Bend", "new"])
def test_names_that_cannot_be_are_refused(chronus, tmp_path, name):
    assert chronus("new", name)[0] == 1 and not (tmp_path / "mine").exists()


def test_a_refusal_says_file_and_line(chronus, tmp_path):
    chronus("new", "bend")
    path = tmp_path / "mine" / "bend.py"
    path.write_text(path.read_text().replace("audio * drive", "audio * drivr"))
    code, _, said = chronus("check", str(path))
    assert code == 1 and "bend.py, line 12: 'drivr' is not defined; did you mean 'drive'?" in said
    (row,) = json.loads(chronus("check", "bend", "--json")[1])["modules"]
    assert row["line"] == 12 and row["ok"] is False


def test_an_empty_folder_says_how_to_begin(chronus):
    code, _, said = chronus("check")
    assert code == 1 and "chronus modules new soft_clip" in said


def test_without_a_kernel_cache_a_module_is_not_built_and_the_rest_is_told(chronus, monkeypatch, capsys):
    chronus("new", "soft_clip")
    monkeypatch.setenv("CHRONUS_CACHE", "/proc/nosuch")
    code, out, _ = chronus()
    assert code == 0 and "soft_clip\town\tnot built yet" in out and "sine" in out
    for words in (["patch", "list"], ["patch", "show", "fm-bell"]):
        assert cli.main(words) == 0, capsys.readouterr()
    code, _, said = chronus("check", "soft_clip")
    assert code == 1 and "CHRONUS_CACHE" in said
