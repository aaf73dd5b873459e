"""The doctor finds what is wrong and says which file to edit."""

import json
import platform
import resource
import socket

from chronus.faces import doctor
from chronus.native import build


def test_every_finding_that_could_be_better_says_what_to_do():
    findings = doctor.examine(1)
    assert len({finding.what for finding in findings}) == len(findings) == 10
    assert all(finding.advice for finding in findings if finding.level != "good")


def test_a_low_limit_names_the_file_and_the_lines(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (65_536, 65_536))
    monkeypatch.setenv("CHRONUS_REALTIME", "0")
    for finding in (doctor.locked_memory(), doctor.realtime()):
        assert finding.level == "could be better" and doctor.LIMITS_FILE in finding.advice
        assert all(line in finding.advice for line in doctor.LIMITS_LINES)


def test_a_held_port_names_who_holds_it():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        assert "pid" in doctor.osc_port(taken.getsockname()[1]).found


def test_a_cache_that_others_can_write_is_bad(monkeypatch, tmp_path, capsys):
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels").chmod(0o777)
    monkeypatch.setenv("CHRONUS_CACHE", str(tmp_path))
    assert doctor.report(1, json=True) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["plays"] is False and "CHRONUS_CACHE" in str(report)


def test_a_processor_without_fma_is_told_what_it_costs(monkeypatch):
    assert doctor.processor().level == "good" or "fma" in doctor.processor().found
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(build, "processor", lambda: ("penryn", "+sse2,-fma"))
    assert doctor.processor().level == "could be better" and "2013" in doctor.processor().advice
