"""What a notebook and a terminal show: tables with few rows, whatever the names of the files."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from tracking_client import File, Sample
from tracking_client.bulk import Entry, Manifest, Overview, OverviewRow, Result, Results

HOSTILE = [
    "<script>alert(1)</script>.vcf",
    "\"><img src=x onerror=alert(1)>'.vcf",
    "</td></tr></table>&amp;.vcf",
    "$head ${body} @@.vcf",
    "\u202efcv.exe",
    "line\nend\0\x1b[31m",
    "surrogate\ud800.vcf",
    "javascript:alert(1)",
]
"""Names of files."""


class Parsed(HTMLParser):
    """The elements, attributes and cells of an HTML text, which must be well-formed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.rows: list[list[str]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "input"):
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if {"td", "th"} & {*self.open}:
            self.rows[-1][-1] += data
        elif not {"style", "script"} & {*self.open}:
            self.text += data


def results_of(names) -> Results:
    return Results(
        Result(name, Entry(path=name), "failed" if index % 3 else "tracked", md5sum=f"{index:032x}")
        for index, name in enumerate(names)
    )


def visible(name: str) -> str:
    for each in ("\u202e", "\n", "\0", "\x1b", "\ud800"):
        name = name.replace(each, each.encode("unicode_escape").decode())
    return name


class Printer:
    """The part of the printer of IPython that is used."""

    def text(self, text: str) -> None:
        self.lines = text.splitlines()


def lines_of(value, monkeypatch, columns="200") -> list[str]:
    """Return what IPython shows in a terminal."""
    monkeypatch.setenv("COLUMNS", columns)
    printer = Printer()
    value._repr_pretty_(printer, False)
    return printer.lines


@pytest.mark.parametrize("make", [results_of, lambda names: Manifest("list", [Entry(path=name) for name in names])])
def test_every_value_is_escaped(make):
    parsed = Parsed(make(HOSTILE)._repr_html_())
    assert parsed.tags <= {"div", "p", "table", "thead", "tbody", "tr", "th", "td", "code"}
    assert parsed.attributes == {"style"}
    column = parsed.rows[0].index("path")
    assert sorted(row[column] for row in parsed.rows[1:]) == sorted(visible(name) for name in HOSTILE)
    make(HOSTILE)._repr_html_().encode()


def test_long_results_are_cut_and_the_counts_are_told():
    parsed = Parsed(results_of(map(str, range(2000)))._repr_html_())
    assert parsed.text == "Results: 667 tracked, 1,333 failed... and 1,980 more"
    assert len(parsed.rows) == 21
    assert parsed.rows[:2] == [["status", "md5sum", "path"], ["failed", f"{1:032x}", "1"]]


def test_long_value_is_cut():
    parsed = Parsed(results_of(["x" * 10_000])._repr_html_())
    assert parsed.rows[1][2] == f"{'x' * 197}..."


def test_what_failed_is_shown_first():
    statuses = 30 * ["tracked"] + ["conflict", "untracked", "failed"]
    results = Results(Result(number, Entry(path=str(number)), each) for number, each in enumerate(statuses))
    parsed = Parsed(results._repr_html_())
    assert [row[1] for row in parsed.rows[1:5]] == ["30", "32", "0", "1"]
    rows = [OverviewRow(number, isolate_id=str(number), files=1) for number in range(30)]
    rows.append(OverviewRow(30, isolate_id="30", message="the sample does not exist"))
    parsed = Parsed(Overview(rows)._repr_html_())
    assert [row[0] for row in parsed.rows[1:3]] == ["30", "0"]


def test_result_is_a_table_of_what_is_known():
    parsed = Parsed(results_of(HOSTILE)[0]._repr_html_())
    assert parsed.text == "Result"
    assert parsed.rows == [["status", "tracked"], ["md5sum", "0" * 32], ["path", HOSTILE[0]]]
    parsed = Parsed(OverviewRow("a", isolate_id="<b>", files=0)._repr_html_())
    assert parsed.rows == [["isolate", "<b>"], ["files", "0"]]


def test_empty_results_are_a_line():
    assert Parsed(Results()._repr_html_()).text == "Results: nothing"
    assert repr(Results()) == "<Results: nothing>"


def test_md5sums_are_in_monospace():
    assert f"<code>{'0' * 32}</code>" in results_of("a")._repr_html_()
    assert f"<code>{'a' * 32}</code>" in File("a" * 32, "b", "vcf")._repr_html_()


def test_table_has_no_colours():
    text = results_of(HOSTILE)._repr_html_()
    assert "color" not in text
    assert "background" not in text


@pytest.mark.parametrize("name", HOSTILE)
def test_model_is_a_table_of_its_fields(name):
    parsed = Parsed(Sample(isolate_id=name)._repr_html_())
    assert parsed.text == "Sample"
    assert sorted(parsed.rows) == [["experiment_id", ""], ["id", ""], ["isolate_id", visible(name)]]


def test_terminal_shows_a_line_for_each_of_the_first(monkeypatch):
    lines = lines_of(results_of([*HOSTILE, *map(str, range(1992))]), monkeypatch)
    assert lines[0] == "<Results: 667 tracked, 1,333 failed>"
    assert lines[1] == f"tracked  {'0' * 32}  {HOSTILE[0]}"
    assert lines[-1] == "... and 1,980 more"
    assert len(lines) == 22
    assert "".join(lines).isprintable()


def test_line_of_a_terminal_is_cut_to_its_width(monkeypatch):
    lines = lines_of(results_of(["x" * 300]), monkeypatch, columns="60")
    assert [len(line) for line in lines[1:]] == [60]
    assert lines[1].endswith("...")
    assert lines_of(Manifest("list", [Entry(path="a")]), monkeypatch)[1:] == ["a"]


def test_kernel_shows_both(run_cell):
    (output,) = run_cell(
        "from tracking_client.bulk import Entry, Result, Results\n"
        "Results([Result('a', Entry(path='<b>\\ud800'), 'tracked')])"
    )
    assert "&lt;b&gt;" in output.data["text/html"]
    assert output.data["text/plain"].startswith("<Results: 1 tracked>\n")


def test_list_of_models_stays_a_list(run_cell):
    (output,) = run_cell("import tracking_client\n[tracking_client.File('a', 'b', 'vcf')]")
    assert output.data == {"text/plain": "[File(md5sum='a', filename='b', file_type='vcf')]"}
