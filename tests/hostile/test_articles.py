"""Pages that are no articles, or too much of one: cases 80 to 88. The alert comes in any case."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from doubles.hostile_answers import KNOWN, row
from doubles.hostile_pages import INSTEAD, SUMMARY, TEXT, html
from doubles.hostile_stack import HostileStack, headline
from doubles.rawserver import Handler

from monitor.sandbox import ChildSandbox

pytestmark = [pytest.mark.network, pytest.mark.asyncio(loop_scope="session")]
NEWS = headline(100)


async def publish(stack: HostileStack, answer: bytes | Handler, path: str = "/story") -> None:
    await stack.baseline()
    stack.serve(answer, path)
    await _poll(stack, path)


async def _poll(stack: HostileStack, path: str = "/story") -> None:
    stack.serve_rows(row(NEWS, f"<description>{SUMMARY}</description>", path), row(KNOWN))
    await stack.poll()


def texts(stack: HostileStack) -> list[str]:
    ids = [member.article_id for each in stack.rows() for member in each.alert.members]
    with stack.store.begin() as tx:
        return [article.text for article in tx.articles(ids)]


@pytest.mark.parametrize("name", INSTEAD)
async def test_what_is_no_article_is_named_in_the_alert(stack: HostileStack, name: str) -> None:
    answer, reason = INSTEAD[name]
    await publish(stack, answer)
    (alert,) = stack.rows()
    assert alert.alert.headline == NEWS
    assert any(part in (alert.alert.note or "") for part in reason.split("|")), alert.alert.note
    assert texts(stack) == [SUMMARY]


async def test_81_a_meta_refresh_hides_no_alert(stack: HostileStack) -> None:
    stack.serve(html(f"<article>{TEXT}</article>"), "/real")
    await publish(stack, html("", head="<meta http-equiv=refresh content='0; url=/real'>"))
    (alert,) = stack.rows()
    assert alert.alert.headline == NEWS
    assert len(stack.server.asked("/real")) <= 1


@pytest.mark.parametrize("target", ["http://10.0.0.1/", "file:///etc/passwd", "/story", "javascript:alert(1)"])
async def test_81_a_meta_refresh_leads_nowhere_else(stack: HostileStack, target: str) -> None:
    await publish(stack, html("", head=f"<meta http-equiv=refresh content='0; url={target}'>"))
    assert stack.alerts() == [NEWS]
    assert texts(stack) == [SUMMARY]
    assert len(stack.server.asked("/story")) <= 2


async def test_83_of_many_pages_one_is_read(stack: HostileStack) -> None:
    stack.serve(html(f"<article>{TEXT}</article>"), "/story/2")
    more = "<link rel=next href='/story/2'>"
    await publish(stack, html(f"<article>{TEXT}</article><a rel=next href='/story/2'>Next page</a>", head=more))
    assert stack.alerts() == [NEWS]
    assert "opened to traffic" in texts(stack)[0]
    assert stack.server.asked("/story/2") == []


async def test_87_a_page_that_differs_by_visitor_is_no_change(stack: HostileStack) -> None:
    visits = itertools.count()

    async def answer(writer: asyncio.StreamWriter) -> None:
        n = next(visits)
        writer.write(html(f"<article>{TEXT}<p>Visitor {n}: {headline(n)}</p></article>"))
        await writer.drain()

    await publish(stack, answer)
    revision = stack.rows()[0].revision
    for _ in range(3):
        await _poll(stack)
    (alert,) = stack.rows()
    assert alert.revision == revision
    assert len(stack.server.asked("/story")) == 1


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        ("cp1251", "windows-1251"),
        ("cp1251", "utf-8"),
        ("koi8_u", "koi8-u"),
        ("utf-8", "windows-1251"),
        ("utf-16", "utf-8"),
    ],
)
async def test_88_a_page_with_a_wrong_charset(stack: HostileStack, codec: str, label: str) -> None:
    text = "Міст через річку відкрили для руху в четвер уранці, повідомили в міській раді, а роботи тривали два роки."
    body = f"<article><p>{text}</p><p>{text[::-1]}</p><p>{text.upper()}</p></article>"
    page = html(body, head=f"<meta charset='{label}'>", codec=codec, header=f"Content-Type: text/html; charset={label}")
    await publish(stack, page)
    assert stack.alerts() == [NEWS]
    assert text in texts(stack)[0]


async def test_88_line_breaks_by_the_hundred_thousand(stack: HostileStack) -> None:
    await publish(stack, html(f"<article>{TEXT}{'<br>' * 100_000}{TEXT}</article>"))
    assert stack.alerts() == [NEWS]


async def test_a_page_that_killed_its_reader_takes_no_other_with_it(children: ChildSandbox) -> None:
    async with HostileStack(children) as stack:
        await publish(stack, INSTEAD["88-a-parser-s-death"][0])
        stack.serve(html(f"<article>{TEXT}</article>"), "/next")
        stack.serve_rows(row(headline(101), "", "/next"), row(NEWS), row(KNOWN))
        await stack.poll()
        assert set(stack.alerts()) == {NEWS, headline(101)}
        assert any("opened to traffic" in text for text in texts(stack))
