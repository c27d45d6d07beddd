"""The option ``--report``, and tables that other programs read back."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import signal
import subprocess

import pytest
from processes import COMMAND, rows, run, statuses, told, wait_until
from scripted_server import scripted_server, stall

from tracking_client.bulk import COLUMNS

NAMES = [
    'a "quoted" b.vcf', '"all".vcf', "it's.vcf", "tab\there.vcf", "line\nend.vcf", "#5,a;b.vcf", "=1+1.vcf",
    "+cmd|' calc'!A0.vcf", "@x.vcf", "-17A.vcf", "back\\slash.vcf", " blank.vcf", "é\u202e.vcf", "NA.vcf",
]  # fmt: skip

pytestmark = pytest.mark.once


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_text(name)
    return folder


def escaped(name: str) -> str:
    """Return a name as a table has it: only control characters are escaped."""
    return name.replace("\t", "\\t").replace("\n", "\\n")


def test_tables_are_read_back_by_csv(tracking_service, folder):
    paths = [folder / name for name in NAMES]
    expected = [escaped(str(path)) for path in paths]
    tsv = run("known", *paths, folder / "none\r.vcf")
    assert [row["path"] for row in rows(tsv.stdout)][:-1] == expected
    comma = run("known", *paths, "--format", "csv")
    assert [row["path"] for row in csv.DictReader(io.StringIO(comma.stdout, newline=""))] == expected
    assert all(line.startswith('"') and line.endswith('"') for line in comma.stdout.splitlines())
    assert [json.loads(line)["path"] for line in run("known", *paths, "--format", "jsonl").stdout.splitlines()] == [
        str(path) for path in paths
    ]


def test_tables_are_read_back_by_pandas(tracking_service, folder):
    pandas = pytest.importorskip("pandas")
    paths = [folder / name for name in NAMES]
    frame = pandas.read_csv(io.StringIO(run("known", *paths).stdout), sep="\t")
    assert [*frame["path"]] == [escaped(str(path)) for path in paths]
    frame = pandas.read_csv(io.StringIO(run("known", *paths, "--format", "csv").stdout))
    assert [*frame["path"]] == [escaped(str(path)) for path in paths]


def read_delim(text: str) -> list[list[str]]:
    """Return the cells of a table by the rules of R's ``read.delim``: a quote begins a quoted cell only at its start.

    Its separator is the tab, its quote is ``"``, doubled within quotes, and no character begins a comment.
    """
    table = []
    for line in text.split("\n")[:-1]:
        cells, rest = [], line
        while True:
            cell, quoted = "", rest.startswith('"')
            rest = rest[1:] if quoted else rest
            while rest and (quoted or rest[0] != "\t"):
                if quoted and rest.startswith('""'):
                    cell, rest = cell + '"', rest[2:]
                elif quoted and rest[0] == '"':
                    quoted, rest = False, rest[1:]
                else:
                    cell, rest = cell + rest[0], rest[1:]
            cells.append(cell)
            if not rest:
                break
            rest = rest[1:]
            if not rest:
                cells.append("")
                break
        table.append(cells)
    return table


def test_tables_are_read_back_by_the_rules_of_r(tracking_service, folder):
    paths = [folder / name for name in NAMES]
    header, *lines = read_delim(run("known", *paths).stdout)
    assert {len(line) for line in lines} == {len(header)}
    assert [line[header.index("path")] for line in lines] == [escaped(str(path)) for path in paths]


def test_report_has_all_rows_whatever_is_printed(tracking_service, folder, tmp_path):
    for ending, read in (
        ("tsv", rows),
        ("csv", lambda text: list(csv.DictReader(io.StringIO(text, newline="")))),
        ("jsonl", lambda text: [json.loads(line) for line in text.splitlines()]),
    ):
        report = tmp_path / f"report.{ending}"
        report.write_text("an older one")
        done = run("known", folder, folder / "none.vcf", "--only", "failed", "--columns", "path", "--report", report)
        assert (done.returncode, len(done.stdout.splitlines())) == (65, 2)
        table = read(report.read_text(encoding="utf-8"))
        assert [row["status"] for row in table] == ["untracked"] * len(NAMES) + ["failed"]
        assert all(row["message"] == "" or row["message"] is None or "none" in row["message"] for row in table)


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
@pytest.mark.parametrize("which", ["table.tsv", "list.jsonl", "run/a.tsv"])
def test_report_in_place_of_an_input_is_rejected(tracking_service, folder, tmp_path, link, which):
    (folder / "a.tsv").write_text("reads")
    (tmp_path / "table.tsv").write_text("path\tisolate\nrun/a.tsv\ti1\n")
    (tmp_path / "list.jsonl").write_text("run/a.tsv\n")
    report = which
    if link is not None:
        report = "linked.tsv"
        link(tmp_path / which, tmp_path / report)
    before = (tmp_path / which).read_text()
    for arguments in (
        ["register", "--manifest", "table.tsv", "--type", "vcf", "--create", "--dry-run"],
        ["register", "--manifest", "table.tsv", "--type", "vcf", "--create"],
        ["known", "--files-from", "list.jsonl", "--type", "vcf"],
    ):
        if ("table.tsv" in arguments, which) in ((True, "list.jsonl"), (False, "table.tsv")):
            continue
        done = run(*arguments, "--report", report, cwd=tmp_path)
        assert (done.returncode, done.stdout, tracking_service.requests) == (2, "", [])
        assert report in told(done)[-1]
        assert (tmp_path / which).read_text() == before


def test_report_in_place_of_standard_input_is_rejected(tracking_service, tmp_path):
    table = tmp_path / "table.tsv"
    table.write_text(f"md5sum\n{'0' * 32}\n")
    command = [*COMMAND, "known", "--manifest", "-", "--report", str(table)]
    with table.open() as stream:
        done = subprocess.run(command, stdin=stream, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert table.read_text() == f"md5sum\n{'0' * 32}\n"


def test_report_of_an_earlier_run_is_told_where_a_manifest_is_invalid(tracking_service, tmp_path):
    report = tmp_path / "report.tsv"
    arguments = ["known", "--manifest", "-", "--report", report]
    assert len(told(run(*arguments, input="nothing\n"))) == 1
    report.write_text("earlier")
    done = run(*arguments, input="nothing\n")
    assert (done.returncode, report.read_text()) == (65, "earlier")
    assert "was not written" in told(done)[0]


@pytest.mark.parametrize("name", ["no/report.tsv", "report.txt", "report"])
def test_report_that_cannot_be_written_is_found_before_anything_is_sent(tracking_service, folder, tmp_path, name):
    done = run("known", folder, "--report", tmp_path / name)
    assert (done.returncode, done.stdout, tracking_service.requests) == (2, "", [])
    assert name in told(done)[0]
    if name == "no/report.tsv":
        assert os.strerror(errno.ENOENT) in told(done)[0]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_full_disk_of_a_report_is_named(tracking_service, folder, tmp_path):
    (tmp_path / "report.tsv").symlink_to("/dev/full")
    done = run("known", folder, "--report", tmp_path / "report.tsv")
    assert (done.returncode, len(statuses(done))) == (1, len(NAMES))
    assert "report.tsv" in told(done)[-1]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_interrupted_command_leaves_a_whole_report(tmp_path, number):
    report = tmp_path / "report.tsv"
    report.write_text("an older one\n")
    sums = [f"{each:032x}" for each in range(200)]
    with scripted_server(stall) as server:
        command = [*COMMAND, "--host", server.host, "known", "--report", str(report), "--md5", *sums]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_until(lambda: server.requests)
        process.send_signal(number)
        process.communicate(timeout=60)
    expected = "an older one\n" if number == signal.SIGKILL else "\t".join(COLUMNS) + "\n"
    assert report.read_text() == expected
    assert os.listdir(tmp_path) == ["report.tsv"]
