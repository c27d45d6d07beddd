"""The site of the pages, built by Sphinx: ``tox -e docs``.

The pages read well in the repository, too. Three things differ on the site: README.md is its start, the reference is
made from the docstrings, and the pages of the classes, which have the form of a generated client, lead there.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

DOCS = Path(__file__).parent

project = "tracking_client"
author = "The tracking_client authors"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
templates_path = ["_templates"]
html_theme = "furo"
html_title = "tracking_client"
html_show_copyright = False
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["narrow.css"]
html_js_files = ["tables.js"]

# The anchors of headings, as a repository browser makes them.
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

# A name in single backticks, as the docstrings have it, is code.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
# A call is shown without the types: `files_md5sum_get(md5sum, **options)`. The docstrings have them.
autodoc_preserve_defaults = True
napoleon_use_ivar = True

copybutton_exclude = ".linenos, .gp, .go"

CLASSES = {
    "reference/api": ["EventApi", "FileApi", "QcResultApi", "SampleApi", "SampleStatusApi"],
    "reference/models": ["Error", "Event", "File", "QcResult", "Sample", "Status", "ValidatedEvent"],
}
"""The classes that have a page of their own in the repository, by the page of the site that describes them."""

PAGES_OF_CLASSES = {name: page for page, names in CLASSES.items() for name in names}

exclude_patterns = ["_static", "_templates", *(f"{name}.md" for name in PAGES_OF_CLASSES)]

FROM_ROOT = {"index": "README.md", "changelog": "CHANGELOG.md", "contributing": "CONTRIBUTING.md"}
"""The pages whose text is a file beside this folder."""


def target_on_site(target: str, docname: str) -> str:
    """Return where a relative link of a page leads on the site.

    Args:
        target: The link, as in the repository.
        docname: The page that has it.
    """
    path, mark, anchor = target.partition("#")
    folder = "" if docname in FROM_ROOT else posixpath.join("docs", posixpath.dirname(docname))
    file = posixpath.normpath(posixpath.join(folder, path))
    name = posixpath.basename(file).removesuffix(".md")
    if name in PAGES_OF_CLASSES:
        file, mark, anchor = f"docs/{PAGES_OF_CLASSES[name]}.rst", "", ""
    file = {root: f"docs/{page}.md" for page, root in FROM_ROOT.items()}.get(file, file)
    return posixpath.relpath(file, posixpath.dirname(f"docs/{docname}")) + mark + anchor


def read_page(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the text of a file of the root in its page, and let the links lead to pages of the site."""
    text = source[0]
    if docname in FROM_ROOT:
        file = DOCS.parent / FROM_ROOT[docname]
        app.env.note_dependency(str(file))
        text = f"{file.read_text(encoding='utf-8')}\n{text}"
    if app.env.doc2path(docname).suffix == ".md":
        text = re.sub(r"\]\((?!\w+:|#)([^)]+)\)", lambda link: f"]({target_on_site(link[1], docname)})", text)
    source[0] = text


def skip_variants(app: Sphinx, what: str, name: str, member: Any, skip: bool, options: Any) -> bool | None:
    """Leave out the ``_with_http_info`` variants: each would be said twice."""
    return True if name.endswith("_with_http_info") else None


def redirects(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield a page for each class that leads to the reference, and for each of its anchors to the method."""
    for name, page in PAGES_OF_CLASSES.items():
        operations = re.findall(r"^# \*\*(\w+)\*\*$", (DOCS / f"{name}.md").read_text(encoding="utf-8"), re.MULTILINE)
        context = {
            "title": name,
            "reference": f"{page}.html",
            "anchor": f"tracking_client.{name}",
            "operations": operations,
        }
        yield name, context, "redirect.html"


def setup(app: Sphinx) -> None:
    app.connect("source-read", read_page)
    app.connect("autodoc-skip-member", skip_variants)
    app.connect("html-collect-pages", redirects)
