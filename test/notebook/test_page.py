"""The page of results that is sent to someone."""

from __future__ import annotations

import re

import pytest
from test_tables import HOSTILE, Parsed, results_of, visible

from tracking_client.bulk import Results


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "overview.html"
    results_of([*HOSTILE, *(f"file {number}" for number in range(30))]).write(path)
    return path


def test_every_value_is_escaped(path):
    parsed = Parsed(path.read_text(encoding="utf-8"))
    column = parsed.rows[0].index("path")
    assert [row[column] for row in parsed.rows[1:9]] == [visible(name) for name in HOSTILE]
    assert len(parsed.rows) == 39
    assert not {"img", "a", "link", "iframe"} & parsed.tags
    assert not {"src", "href", "onerror"} & parsed.attributes
    assert "13 tracked" in parsed.text
    assert "25 failed" in parsed.text


def test_page_loads_nothing(path):
    text = path.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert not re.search(r"https?:|url\(|@import|//[a-z]", text)


def test_empty_page_is_well_formed(tmp_path):
    Results().write(tmp_path / "empty.html")
    assert "0 of 0 shown" in Parsed((tmp_path / "empty.html").read_text(encoding="utf-8")).text


def test_report_of_a_path_that_cannot_exist_is_written_again(tmp_path):
    path = tmp_path / "report.html"
    for _ in range(2):
        results_of(HOSTILE).write(path)


@pytest.fixture(params=["light", "dark"])
def page(path, browser, request):
    """Return the page in a real browser, and what it has requested and said."""
    page = browser.new_page(color_scheme=request.param)
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    for event in ("console", "pageerror", "dialog"):
        page.on(event, lambda value: seen.append(str(value)))
    page.goto(path.as_uri())
    yield page
    assert seen == [path.as_uri()]
    page.close()


def paths_on(page) -> list[str]:
    return page.locator("tbody tr:visible td.path").all_inner_texts()


def test_browser_shows_hostile_names_as_text(page):
    assert paths_on(page)[:8] == [visible(name) for name in HOSTILE]
    colours = page.evaluate("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
    assert colours[0] != colours[1]


def test_browser_filters_and_sorts(page):
    shown = page.locator("output")
    page.get_by_role("button", name="13 tracked").click()
    assert shown.inner_text() == "13"
    page.get_by_role("button", name="25 failed").click()
    assert shown.inner_text() == "38"
    page.get_by_role("button", name="13 tracked").click()
    page.get_by_role("searchbox").fill("FILE 1")
    expected = [f"file {number}" for number in (1, *range(10, 20)) if (number + len(HOSTILE)) % 3]
    assert paths_on(page) == expected
    assert shown.inner_text() == str(len(expected))
    head = page.get_by_role("button", name="path")
    head.click()
    assert paths_on(page) == expected  # by number, not by character
    head.click()
    assert paths_on(page) == expected[::-1]
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("path")


def test_browser_shows_a_list_on_a_narrow_screen(page):
    page.set_viewport_size({"width": 390, "height": 600})
    assert page.evaluate("document.documentElement.scrollWidth <= 390")


def test_browser_prints_the_table_without_its_tools(page):
    page.emulate_media(media="print")
    assert page.locator("tbody tr:visible").count() == 38
    assert not page.get_by_role("searchbox").is_visible()
