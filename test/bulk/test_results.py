"""Results: their counts, the tables that they become, and reports in files."""

from __future__ import annotations

import csv
import json
import os
import pickle
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from clients import client_for
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import respond, scripted_server

from tracking_client import ApiFileError, ApiValueError, ConflictException, File
from tracking_client.bulk import COLUMNS, Entry, Result, Results, ResultStatus, Source, look_up, read_manifest

A, B = "a" * 32, "b" * 32
UUID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"

RESULTS = Results(
    [
        Result(A, Entry(md5sum=A), "tracked", A, tracked=File(A, "a.vcf", "vcf")),
        Result("b.vcf", Entry("b.vcf", source=Source("m.csv", 2)), "failed", error=ApiFileError("cannot read\nit")),
        Result("c", Entry("c", B, isolate_id="i", experiment_id="e"), "created", B, UUID, File(B, "c", "fastq")),
        Result("d", Entry("d", B), "conflict", B, UUID, File(B, "d", "vcf"), None, ConflictException(409), "elsewhere"),
        Result("e", Entry("e", B), "renamed", B, UUID, File(B, "e", "vcf"), File(B, "f", "vcf"), message="x"),
        Result("g", Entry("g", B), "created", B, UUID, File(B, "g", "vcf"), message="not verified"),
    ]
)

HOSTILE = ['a\tb,"c".vcf', "=1+1.vcf", "ä\u2028.vcf", " a .vcf", "'a'.vcf", "a;b.vcf", "#a.vcf", "NA.vcf", "a\\b.vcf"]


def results_of(names: list[str]) -> Results:
    """Return results with these names, of an isolate each."""
    return Results(
        Result(name, Entry(f"/run/{name}", A, name, isolate_id=f"i{number}"), "created", A, UUID, File(A, name, "vcf"))
        for number, name in enumerate(names)
    )


def test_results_are_a_sequence():
    assert len(RESULTS) == 6
    assert RESULTS[-1].entry.path == "g"
    assert isinstance(RESULTS[1:3], Results)
    assert RESULTS[1:3] == Results(list(RESULTS)[1:3]) != RESULTS
    assert Results() == Results([])
    assert RESULTS[1] in RESULTS
    assert pickle.loads(pickle.dumps(RESULTS[2:3])) == RESULTS[2:3]


def test_counts_are_those_of_the_statuses_that_occur():
    assert RESULTS.counts == {"tracked": 1, "created": 2, "renamed": 1, "conflict": 1, "failed": 1}
    assert Results().counts == {}


def test_repr_is_the_counts():
    assert repr(RESULTS) == "<Results: 1 tracked, 2 created, 1 renamed, 1 conflict, 1 failed; 1 not verified>"
    assert repr(Results(1234 * [RESULTS[0]])) == "<Results: 1,234 tracked>"
    assert repr(Results()) == "<Results: nothing>"


def test_results_of_a_status():
    assert RESULTS.failed == RESULTS.only("failed") == RESULTS[1:2]
    assert [result.item for result in RESULTS.only("created", ResultStatus.CONFLICT)] == ["c", "d", "g"]
    assert RESULTS.only() == RESULTS.only("untracked") == Results()
    for status in ("not tracked", "Failed", None):
        with pytest.raises(ApiValueError, match="Invalid status"):
            RESULTS.only("failed", status)


def test_rows_have_what_is_known():
    assert [list(row) for row in RESULTS.rows()] == 6 * [list(COLUMNS)]
    rows = [{name: value for name, value in row.items() if value is not None} for row in RESULTS.rows()]
    sent = {"md5sum": B, "sample": UUID, "type": "vcf"}
    assert rows == [
        {"status": "tracked", "md5sum": A, "name": "a.vcf", "type": "vcf"},
        {"status": "failed", "path": "b.vcf", "source": "m.csv:2", "message": "cannot read; it"},
        {**sent, "status": "created", "path": "c", "name": "c", "type": "fastq", "isolate": "i", "experiment": "e"},
        {**sent, "status": "conflict", "path": "d", "name": "d", "message": "elsewhere"},
        {**sent, "status": "renamed", "path": "e", "name": "e", "message": "x; filename: 'e' given, 'f' tracked"},
        {**sent, "status": "created", "path": "g", "name": "g", "message": "not verified"},
    ]


def test_error_without_a_message_is_its_class():
    (row,) = Results([Result("a", Entry("a"), "failed", error=ValueError())]).rows()
    assert row["message"] == "ValueError"


def test_data_frame():
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = RESULTS.to_dataframe()
    assert list(frame.columns) == list(COLUMNS)
    assert list(frame["status"]) == [result.status for result in RESULTS]
    assert pandas.isna(frame["isolate"][0])
    assert list(Results().to_dataframe().columns) == list(COLUMNS)


@pytest.mark.parametrize("ending", [".tsv", ".csv", ".CSV"])
def test_table_in_text_is_read_again(tmp_path, ending):
    results = results_of(HOSTILE)
    report = tmp_path / f"report{ending}"
    results.write(report)
    delimiter = "\t" if ending == ".tsv" else ","
    with open(report, newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter=delimiter))
    expected = [{name: value or "" for name, value in row.items()} for row in results.rows()]
    for row in expected:
        for name in row:
            row[name] = row[name].replace("\t", "\\t").replace("\u2028", "\\u2028")
    assert rows == expected
    assert len(report.read_bytes().split(b"\n")) == len(HOSTILE) + 2


def test_table_in_text_is_read_by_pandas(tmp_path):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    names = [name for name in HOSTILE if name.isprintable()]
    results_of(names).write(tmp_path / "report.tsv")
    frame = pandas.read_csv(tmp_path / "report.tsv", sep="\t", dtype=str, keep_default_na=False)
    assert list(frame["name"]) == names


@pytest.mark.parametrize("ending", [".tsv", ".csv"])
def test_report_is_a_manifest(tmp_path, ending):
    names = [name for name in HOSTILE if name.isprintable() and name == name.strip() and "\\" not in name]
    results = results_of(names)
    results.write(tmp_path / f"report{ending}")
    manifest = read_manifest(tmp_path / f"report{ending}")
    assert [(entry.name, entry.path, entry.md5sum, entry.sample_id, entry.isolate_id) for entry in manifest] == [
        (name, f"/run/{name}", A, UUID, f"i{number}") for number, name in enumerate(names)
    ]


def test_json_lines(tmp_path):
    RESULTS.write(tmp_path / "report.jsonl")
    results_of(HOSTILE).write(tmp_path / "hostile.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "report.jsonl").read_text().split("\n")[:-1]]
    assert rows == RESULTS.rows()
    rows = [json.loads(line) for line in (tmp_path / "hostile.jsonl").read_text().split("\n")[:-1]]
    assert [row["name"] for row in rows] == HOSTILE


@pytest.mark.parametrize("name", ["report.txt", "report", "report.xlsx", ".tsv", "report.tsv.gz"])
def test_other_ending_is_rejected(tmp_path, name):
    with pytest.raises(ApiValueError, match="must end with"):
        RESULTS.write(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_name_that_is_no_utf_8_is_escaped(tmp_path):
    for ending in ("tsv", "jsonl"):
        results_of(["a\udcfc.vcf"]).write(tmp_path / f"report.{ending}")
        assert "a\\udcfc.vcf" in (tmp_path / f"report.{ending}").read_text(encoding="utf-8")


def test_report_replaces_the_one_before_and_keeps_its_permissions(tmp_path):
    report = tmp_path / "report.tsv"
    report.write_text("before")
    report.chmod(0o640)
    RESULTS.write(report)
    assert report.read_text().startswith("status\t")
    assert stat.S_IMODE(report.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["report.tsv"]


def test_link_stays_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    os.symlink(tmp_path / "elsewhere" / "report.tsv", tmp_path / "report.tsv")
    for _ in range(2):  # at first it points to nothing
        RESULTS.write(tmp_path / "report.tsv")
        assert (tmp_path / "report.tsv").is_symlink()
        assert (tmp_path / "elsewhere" / "report.tsv").read_text().startswith("status\t")
    assert os.listdir(tmp_path / "elsewhere") == ["report.tsv"]


@pytest.mark.skipif(os.name == "nt", reason="no named pipes")
def test_pipe_is_written_directly(tmp_path):
    os.mkfifo(tmp_path / "report.tsv")
    read = []
    thread = threading.Thread(target=lambda: read.append((tmp_path / "report.tsv").read_text()))
    thread.start()
    RESULTS.write(tmp_path / "report.tsv")
    thread.join(30)
    assert read[0].count("\n") == 7
    assert stat.S_ISFIFO(os.stat(tmp_path / "report.tsv").st_mode)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_full_disk_is_an_error(tmp_path):
    os.symlink("/dev/full", tmp_path / "report.tsv")
    with pytest.raises(ApiFileError, match=r"report\.tsv"):
        RESULTS.write(tmp_path / "report.tsv")


LIMITED = """
import resource, sys
from tracking_client import ApiFileError
from tracking_client.bulk import Entry, Result, Results
results = Results(Result("a", Entry("a"), "failed") for number in range(1000))
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    results.write(sys.argv[1])
except ApiFileError as error:
    print(type(error).__name__)
"""


@pytest.mark.skipif(os.name == "nt", reason="no limit of the size of files")
def test_error_while_it_is_written_leaves_the_report_before_unchanged(tmp_path):
    (tmp_path / "report.tsv").write_text("before")
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "report.tsv")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "ApiFileError\n", done.stderr
    assert (tmp_path / "report.tsv").read_text() == "before"
    assert os.listdir(tmp_path) == ["report.tsv"]


READ_ONLY = """
import os, sys
from tracking_client import ApiFileError
from tracking_client.bulk import Results
if os.getuid() == 0:
    os.setuid(65534)
try:
    Results().write(sys.argv[1])
except ApiFileError as error:
    print(type(error).__name__)
"""


@pytest.mark.skipif(os.name == "nt", reason="permissions")
def test_folder_that_is_read_only_is_an_error(tmp_path):
    for folder in [tmp_path, *tmp_path.parents]:
        if folder.stat().st_uid == os.getuid() and len(folder.parts) > 2:
            folder.chmod(0o755)
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "report.tsv").write_text("before")
    folder.chmod(0o555)
    command = [sys.executable, "-c", READ_ONLY, str(folder / "report.tsv")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    folder.chmod(0o755)
    if "import tracking_client" in done.stderr or "ModuleNotFoundError" in done.stderr:
        pytest.skip("the package cannot be read without the privileges of root")
    assert done.stdout == "ApiFilePermissionError\n", done.stderr
    assert (folder / "report.tsv").read_text() == "before"
    assert os.listdir(folder) == ["report.tsv"]


@pytest.mark.parametrize("name", ["missing/report.tsv", "folder.tsv"])
def test_report_that_cannot_be_written_is_an_error(tmp_path, name):
    (tmp_path / "folder.tsv").mkdir()
    with pytest.raises(ApiFileError) as caught:
        RESULTS.write(tmp_path / name)
    assert name in str(caught.value)
    assert os.listdir(tmp_path) == ["folder.tsv"]


@pytest.mark.parametrize("link", [None, os.link, os.symlink])
@pytest.mark.parametrize("kind", ["manifest", "file"])
def test_input_is_never_overwritten(tmp_path, link, kind):
    (tmp_path / "a.vcf").write_text("a")
    (tmp_path / "m.tsv").write_text(f"path\tisolate\n{tmp_path}/a.vcf\ti\n")
    (tmp_path / "reads.tsv").write_text("b")
    with scripted_server(respond()) as server, client_for(server.host) as api_client:
        if kind == "manifest":
            results = look_up(api_client, read_manifest(tmp_path / "m.tsv"))
            source = tmp_path / "m.tsv"
        else:
            results = look_up(api_client, Entry(str(tmp_path / "reads.tsv"), file_type="vcf"))
            source = tmp_path / "reads.tsv"
    before, report = source.read_text(), source
    if link is not None:
        report = tmp_path / "report.tsv"
        link(source, report)
    with pytest.raises(ApiValueError, match="input"):
        results.write(report)
    assert source.read_text() == before


@pytest.mark.parametrize("select", [lambda all_: all_.failed, lambda all_: all_.only("created"), lambda all_: all_[:0]])
def test_input_is_never_overwritten_by_a_part_of_the_results(tmp_path, select):
    """Whether the part has an entry of that input or not."""
    source = tmp_path / "m.tsv"
    source.write_text("precious")
    results = Results([Result(A, Entry("a.vcf", A, source=Source(str(source), 2)), "tracked", A)])
    for part in (select(results), select(results).failed, select(results)[:0]):
        assert len(part) == 0
        with pytest.raises(ApiValueError, match="input"):
            part.write(source)
    assert source.read_text() == "precious"


@pytest.mark.parametrize("path", ["", None, 7, "a\0.tsv"])
def test_path_that_is_none_is_rejected(path):
    with pytest.raises((TypeError, ValueError)):
        RESULTS.write(path)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.tuples(TEXT, TEXT, TEXT)), st.sampled_from([".tsv", ".csv"]))
def test_any_table_is_read_again_by_csv(tmp_path_factory, rows, ending):
    """Each value is read as it was, but for control characters and line ends, which are escaped."""
    report = Path(tmp_path_factory.mktemp("reports")) / f"report{ending}"
    results = [
        Result(name, Entry(f"/{name}", isolate_id=isolate), "failed", message=message)
        for name, isolate, message in rows
    ]
    Results(results).write(report)
    with open(report, newline="", encoding="utf-8") as stream:
        header, *read = csv.reader(stream, delimiter="\t" if ending == ".tsv" else ",", strict=True)
    assert tuple(header) == COLUMNS
    assert len(read) == len(rows)
    for row, (name, isolate, message) in zip(read, rows, strict=True):
        values = dict(zip(header, row, strict=True))
        for column, given_text in (("path", f"/{name}"), ("isolate", isolate), ("message", message.strip())):
            if given_text.isprintable():
                assert values[column] == given_text
            assert not {*"\t\r\n\0"} & {*values[column]}
    report.unlink()
