"""What the prompt tells of what happens: each piece of news once, one's own commit not at all."""

import pytest

from chronus.doors.osc.codec import Message
from chronus.faces.client import Reply
from chronus.faces.prompt import News


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
