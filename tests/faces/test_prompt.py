"""What the prompt tells of what happens: each piece of news once, one's own commit not at all."""

import pytest
from prompt_toolkit.history import FileHistory, InMemoryHistory

from chronus.doors.osc.codec import Message
from chronus.faces import prompt
from chronus.faces.client import Client, Reply
from chronus.faces.prompt import News, history


@pytest.fixture
def news(fake_engine):
    return News("127.0.0.1", fake_engine(lambda message: []).port)


def test_one_s_own_commit_is_no_news_and_another_s_is(news, capsys):
    news.own(Reply("/patch/commit", True, ("hash",), 640))
    news.own(Reply("/patch/commit", False, code="fault"))
    news.print(Message("/patch/committed", (640, "bell", "hash"), None))
    assert capsys.readouterr().out == ""
    news.print(Message("/patch/committed", (704, "bell", "hash"), None))
    assert capsys.readouterr().out == "· committed: bell plays now, hash\n"


def test_blocks_that_come_too_late_do_not_flood_the_prompt(news, capsys):
    for count in range(1, 100):
        news.print(Message("/xrun", (64 * count, count), None))
    assert capsys.readouterr().out.count("too late") == 1


def test_it_sleeps_and_says_what_helps(fake_engine, monkeypatch, capsys, tmp_path):
    """Ctrl-C wakes it up, and ends nothing else."""
    slept, typed = [], iter(["sleep 1.5", "sleep 3600", "sleep long", "slep 1", "quit"])
    monkeypatch.setenv("CHRONUS_STATE", str(tmp_path))

    def sleep(seconds):
        slept.append(seconds)
        if seconds > 3_000:
            raise KeyboardInterrupt

    monkeypatch.setattr("chronus.faces.jam.time.sleep", sleep)

    class Session:
        def __init__(self, *_, **__):
            pass

        def prompt(self):
            return next(typed)

    monkeypatch.setattr(prompt, "PromptSession", Session)
    monkeypatch.setattr(prompt, "_watch", lambda *_: None)
    monkeypatch.setattr(prompt.News, "tell", lambda self: None)
    with Client("127.0.0.1", fake_engine(lambda message: []).port) as client:
        assert prompt.converse(client, None) == 0
    said = capsys.readouterr().err
    assert slept == [1.5, 3600] and not list(typed) and "write `sleep SECONDS`" in said and "no command 'slep" in said and "`help`" in said


def test_the_history_is_in_the_state_folder_or_in_memory(monkeypatch, tmp_path):
    monkeypatch.setenv("CHRONUS_STATE", str(tmp_path / "state"))
    assert isinstance(history(), FileHistory) and (tmp_path / "state" / "prompt_history").exists()
    monkeypatch.setenv("CHRONUS_STATE", "/proc/nosuch")
    assert isinstance(history(), InMemoryHistory)
