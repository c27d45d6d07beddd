"""How values are shown to people: as lines in a terminal, as a table in a notebook, and as a page to send to someone.

Every value is hostile text: a file may have any name.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from html import escape
from string import Template
from typing import Any

Row = Mapping[str, Any]

MAX_ROWS = 20
"""Rows that a terminal or a notebook shows."""

_MAX_CELL = 200
"""Characters of a value that a notebook shows."""

_LONG_CELL = 20
"""From more characters on, a value in a notebook is wrapped anywhere, so that the last column is not out of sight."""

_GROUPED = ("status", "stage")
"""The columns by which a page counts its rows: the first that the table has."""

_UNSEEN = frozenset(["Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"])
"""The categories of characters that cannot be seen, or change how others are shown."""


def visible(value: Any, unseen: Container[str] = _UNSEEN) -> str:
    """Return the text of a value, empty for None, with backslash escapes for characters of some categories."""
    text = "" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(
        each.encode("unicode_escape").decode() if unicodedata.category(each) in unseen else each for each in text
    )


def text_lines(caption: str, columns: Iterable[str], rows: Sequence[Row], count: int) -> str:
    """Return a caption and a line for each of the first rows, each cut to the width of the terminal.

    Args:
        caption: what is shown.
        columns: the columns, in their order.
        rows: the first rows, at most `MAX_ROWS`.
        count: the number of all rows.
    """
    width = shutil.get_terminal_size().columns
    shown = _used(columns, rows)
    cells = [[visible(row[column]) for column in shown] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(map(str.ljust, each, widths)).rstrip() for each in cells]
    return "\n".join(_cut(line, width) for line in [caption, *lines, *_more(rows, count)])


def html_table(caption: str, columns: Iterable[str], rows: Sequence[Row], count: int) -> str:
    """Return a caption and a table of the first rows as HTML, in the colours of what surrounds it.

    Args:
        caption: what is shown.
        columns: the columns, in their order. One without a value is left out.
        rows: the first rows, at most `MAX_ROWS`.
        count: the number of all rows.
    """
    shown = _used(columns, rows)
    head = "".join(f'<th style="text-align: left">{escape(visible(column))}</th>' for column in shown)
    body = "".join(f"<tr>{''.join(_cell(column, row[column]) for column in shown)}</tr>" for row in rows)
    more = "".join(f"<p>{line}</p>" for line in _more(rows, count))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if shown else ""
    return f"<div><p>{escape(visible(caption))}</p>{table}{more}</div>"


def html_fields(caption: str, fields: Mapping[str, Any]) -> str:
    """Return a caption and a table with a row for each field of one thing, as HTML."""
    rows = "".join(
        f'<tr><th style="text-align: left">{escape(name)}</th>{_cell(name, value)}</tr>'
        for name, value in fields.items()
    )
    return f"<div><p>{escape(caption)}</p><table><tbody>{rows}</tbody></table></div>"


def html_page(rows: Sequence[Row], columns: Sequence[str]) -> str:
    """Return a page with the number of rows by status or stage, and a table that can be sorted and filtered.

    It loads nothing, and runs no script but its own.

    Args:
        rows: the values of each row, by column.
        columns: the columns, in their order. One without a value is left out.
    """
    shown = _used(columns, rows)
    grouped = next((column for column in _GROUPED if column in shown), None)
    counts = Counter(visible(row[grouped]) for row in rows) if grouped else {}
    buttons = "".join(
        f'<button type="button" aria-pressed="false" data-group="{escape(group)}">{count:,} {escape(group)}</button>'
        for group, count in counts.items()
    )
    head = "".join(f'<th scope="col"><button type="button">{escape(visible(each))}</button></th>' for each in shown)
    body = "\n".join(_page_row(row, shown, grouped) for row in rows)
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    parts = {"digest": digest, "style": _STYLE, "script": _SCRIPT, "count": f"{len(rows):,}"}
    return _PAGE.substitute(parts, buttons=buttons, head=head, body=body)


def _used(columns: Iterable[str], rows: Iterable[Row]) -> list[str]:
    """Return the columns in which a row has a value."""
    used = {column for row in rows for column, value in row.items() if value not in (None, "")}
    return [column for column in columns if column in used]


def _more(rows: Sequence[Row], count: int) -> list[str]:
    return [f"... and {count - len(rows):,} more"] if count > len(rows) else []


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: max(length - 3, 0)]}..."


def _cell(column: str, value: Any) -> str:
    shown = _cut(visible(value), _MAX_CELL)
    text = f"<code>{escape(shown)}</code>" if column == "md5sum" and shown else escape(shown)
    wrap = "; min-width: 6em; overflow-wrap: anywhere" if column != "md5sum" and len(shown) > _LONG_CELL else ""
    return f'<td style="text-align: left{wrap}">{text}</td>'


def _page_row(row: Row, columns: Iterable[str], grouped: str | None) -> str:
    group = escape(visible(row[grouped])) if grouped else ""
    cells = "".join(f'<td class="{escape(column)}">{escape(visible(row[column]))}</td>' for column in columns)
    return f'<tr data-group="{group}">{cells}</tr>'


_STYLE = """
:root { color-scheme: light dark; }
body { background: Canvas; color: CanvasText; font: 1rem/1.4 system-ui, sans-serif; margin: 1.5rem; }
button, input { font: inherit; }
.tools { display: flex; flex-wrap: wrap; gap: .5rem; margin-bottom: 1rem; }
.tools button[aria-pressed=true] { background: Highlight; color: HighlightText; }
.tools input { flex: 1 1 12rem; min-width: 0; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid GrayText; padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; min-width: 5rem; }
th { background: Canvas; position: sticky; top: 0; }
th button { background: none; border: 0; color: inherit; cursor: pointer; font-weight: bold; padding: 0; }
th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
.md5sum { font-family: monospace; min-width: 33ch; }
tr[hidden] { display: none !important; }
@media (max-width: 48rem) {
  table, tbody, tr, td { display: block; }
  thead tr { display: flex; flex-wrap: wrap; }
  tbody tr { border-bottom: 1px solid GrayText; padding: .5rem 0; }
  td { border: 0; padding: 0; }
  td:empty { display: none; }
  td::before { content: attr(class) ": "; font-weight: bold; }
}
@media print {
  .tools { display: none; }
  th { position: static; }
  tr { break-inside: avoid; }
}
"""

_SCRIPT = """
"use strict";
const body = document.querySelector("tbody");
const rows = [...body.rows];
const heads = [...document.querySelectorAll("th")];
const buttons = [...document.querySelectorAll("[data-group][aria-pressed]")];
const search = document.querySelector("input");
const shown = document.querySelector("output");
const compare = new Intl.Collator(undefined, {numeric: true}).compare;

function filter() {
  const wanted = buttons.filter(each => each.ariaPressed === "true").map(each => each.dataset.group);
  const text = search.value.toLowerCase();
  for (const row of rows) {
    row.hidden = (wanted.length && !wanted.includes(row.dataset.group))
      || !row.textContent.toLowerCase().includes(text);
  }
  shown.value = rows.filter(row => !row.hidden).length.toLocaleString("en");
}

function sort(head, index) {
  const order = head.ariaSort === "ascending" ? "descending" : "ascending";
  const sign = order === "ascending" ? 1 : -1;
  for (const each of heads) each.removeAttribute("aria-sort");
  head.ariaSort = order;
  rows.sort((a, b) => sign * compare(a.cells[index].textContent, b.cells[index].textContent));
  body.append(...rows);
}

heads.forEach((head, index) => head.firstChild.addEventListener("click", () => sort(head, index)));
for (const button of buttons) {
  button.addEventListener("click", () => {
    button.ariaPressed = button.ariaPressed === "true" ? "false" : "true";
    filter();
  });
}
search.addEventListener("input", filter);
"""

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
script-src 'sha256-$digest'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tracking report</title>
<style>$style</style>
</head>
<body>
<h1>Tracking report</h1>
<p><output>$count</output> of $count shown</p>
<div class="tools">$buttons<input type="search" placeholder="Filter" aria-label="Filter"></div>
<table>
<thead><tr>$head</tr></thead>
<tbody>
$body
</tbody>
</table>
<script>$script</script>
</body>
</html>
""")
