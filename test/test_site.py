"""The site that Sphinx makes of the pages: links, old addresses, and its look in a browser (``tox -e docs``)."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parent.parent
CLASSES = sorted(path.stem for path in (ROOT / "docs").glob("[A-Z]*.md"))
"""The classes whose pages have the form of a generated client. On the site, a page of the same name leads elsewhere."""

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(
        any(importlib.util.find_spec(name) is None for name in ("furo", "myst_parser", "sphinx", "sphinx_copybutton")),
        reason="Sphinx, MyST, Furo and sphinx-copybutton are not installed",
    ),
]


class Page(HTMLParser):
    """The anchors of a page, and where its links lead."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = {""}
        self.links: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        self.links += [values[name] for name in ("href", "src") if name in values]
        if values.get("http-equiv") == "refresh":
            self.links.append(values["content"].partition("url=")[2])


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The built site. A warning of Sphinx fails the build."""
    directory = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", str(directory)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return directory


def pages_of(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(site.rglob("*.html")) if "_static" not in path.parts}


def test_every_link_and_anchor_exists(site):
    pages = pages_of(site)
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            is_there = target.exists() and (target not in pages or unquote(parts.fragment) in pages[target].anchors)
            if not is_there:
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []


@pytest.mark.parametrize("name", CLASSES)
def test_old_page_names_each_of_its_anchors(name, site):
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    operations = re.findall(r"^# \*\*(\w+)\*\*$", text, re.MULTILINE)
    page = Page(site / f"{name}.html")
    assert set(operations) <= page.anchors
    assert {link.partition("#")[2] for link in page.links} == {
        f"tracking_client.{name}",
        *(f"tracking_client.{name}.{operation}" for operation in operations),
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("FileApi.html#files_md5sum_get", "reference/api.html#tracking_client.FileApi.files_md5sum_get"),
        ("FileApi.html", "reference/api.html#tracking_client.FileApi"),
        ("FileApi.html#example", "reference/api.html#tracking_client.FileApi"),
        ("File.html#properties", "reference/models.html#tracking_client.File"),
    ],
)
def test_old_address_leads_to_the_reference(old, new, site, browser):
    page = browser.new_page()
    page.goto(f"{site.as_uri()}/{old}")
    page.wait_for_url(f"{site.as_uri()}/{new}")
    page.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_no_page_or_table_is_wider_than_the_screen(width, scheme, site, browser):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    too_wide = []
    for path in pages_of(site):
        if path.stem not in CLASSES:
            page.goto(path.as_uri())
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                too_wide.append(str(path.relative_to(site)))
            scrolled = (
                "[...document.querySelectorAll('.table-wrapper')].filter(e => e.scrollWidth > e.clientWidth).length"
            )
            if width == 390 and page.evaluate(scrolled):
                too_wide.append(f"a table of {path.relative_to(site)}")
    page.close()
    assert too_wide == []
