"""Tables whose values must not become samples: what is a problem, what is a note, and what is read."""

from __future__ import annotations

import csv
import io
import itertools
import re
import tempfile

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from spreadsheets import write_xlsx

from tracking_client import ApiTypeError, ApiValueError, ManifestError
from tracking_client.bulk import DEFAULT_MISSING, ManifestKind, read_manifest

A, B, C = "9e107d9d372bb6826bd81d3542a419d6", "e4d909c290d0fb1ca068ffaddf22cbd0", "0cc175b9c0f1b6a831c399e269772661"
UUID, OTHER_UUID = "3fa85f64-5717-4562-b3fc-2c963f66afa6", "3fa85f64-5717-4562-b3fc-2c963f66afa7"


@pytest.fixture(autouse=True, scope="module")
def current_folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("current"))
        yield


def read(text, **options):
    return read_manifest(io.StringIO(text), **options)


def problems(text, **options):
    """Return the problems of a table by line, and the isolates of the rows that can be used."""
    manifest = read(f"isolate,path\nok,ok.vcf\n{text}", strict=False, **options)
    with pytest.raises(ManifestError) as caught:
        read(f"isolate,path\nok,ok.vcf\n{text}", **options)
    assert caught.value.problems == manifest.problems
    return {problem.line: problem.message for problem in manifest.problems}, [entry.isolate_id for entry in manifest]


# Problems


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1,iso 1,a.vcf", "the row has 3 values for 2 columns.*row.names=FALSE"),
        ("Doe, J.,a.vcf", "the row has 3 values for 2 columns"),
        ("iso 1,a.vcf,", "the row has 3 values for 2 columns"),
        ('"iso\n1",a.vcf', "the isolate 'iso\\\\n1' has a control character or a line end"),
        ('iso 1,"a\nb.vcf"', "the path 'a\\\\nb.vcf' has a control character or a line end"),
        ("iso\x1b1,a.vcf", "a control character"),
        ("iso\x851,a.vcf", "a control character"),
        ("iso\u20281,a.vcf", "a line end"),
        ("17.0,a.vcf", "'17.0' is a number as"),
        ("17.00,a.vcf", "'17.00' is a number as"),
        ("1.7e1,a.vcf", "'1.7e1' is a number as"),
        ("1.5E-3,a.vcf", "'1.5E-3' is a number as"),
        ("1.23E+10,a.vcf", "'1.23E\\+10' is a number as"),
        ("1e+05,a.vcf", "'1e\\+05' is a number as"),
        ('"iso 1,a.vcf', "cannot read the values that begin there"),
        ('"iso" 1,a.vcf', "cannot read the values that begin there"),
        (f'{"x" * 200_000}""",{"x" * 200_000}', ""),
    ],
)
def test_row_that_cannot_be_right_is_a_problem(row, message):
    by_line, isolates = problems(f"{row}\n")
    assert [*by_line] == [3]
    assert re.search(message, by_line[3])
    assert isolates == ["ok"]


def test_rows_below_an_unclosed_quote_are_read():
    assert problems('"iso 1,a.vcf\niso 2,b.vcf\n"iso 3,c.vcf\n')[1] == ["ok", "iso 2"]


@pytest.mark.parametrize(
    "name",
    ["iso 1", "17", "017", "1E10", "12E45", "1e-5", "17.5", "17.0a", "NA12878", "a,b", "iso-1.0", "José", "٣", "0x1F"],
)
def test_usual_names_are_read(name):
    assert read(f'isolate,path\n"{name}",a.vcf\n')[0].isolate_id == name


@pytest.mark.parametrize("text", ["iso 1\r", " iso 1 ", "\tiso 1", "iso 1\xa0"])
def test_blanks_at_the_ends_of_a_name_are_removed(text):
    manifest = read_manifest([{"isolate": text, "path": "a.vcf"}, {"isolate": "iso 1", "path": "b.vcf"}])
    assert [entry.isolate_id for entry in manifest] == ["iso 1", "iso 1"]


@pytest.mark.parametrize(
    ("columns", "rows", "message"),
    [
        ("md5,isolate", [f"{A},i", f"{A.upper()},j"], f"the md5sum '{A}' is under two samples: lines 2, 3"),
        ("path,isolate", ["a.vcf,i", "./a.vcf,j"], "is under two samples: lines 2, 3"),
        ("path,sample", [f"a.vcf,{UUID}", f"a.vcf,{OTHER_UUID}"], "the path 'a.vcf' is under two samples: lines 2, 3"),
        ("path,isolate,experiment", ["a,i,e", "b,i,f"], "the isolate 'i' has two experiments: lines 2, 3"),
        ("path,isolate,experiment", ["a,i,e", "b,j,e"], "the experiment 'e' has two isolates: lines 2, 3"),
    ],
)
def test_md5sum_or_path_under_two_samples(columns, rows, message):
    """All lines concerned are problems, so that no order of rows decides."""
    third = ",".join(
        {"md5": B, "path": "ok", "isolate": "k", "experiment": "g", "sample": UUID}[name] for name in columns.split(",")
    )
    for ordered in itertools.permutations(rows):
        text = "\n".join([columns, *ordered, third])
        manifest = read(text, strict=False)
        assert [(problem.line, message in problem.message) for problem in manifest.problems] == [(2, True), (3, True)]
        assert [entry.source.line for entry in manifest] == [4]
        with pytest.raises(ManifestError):
            read(text)


def test_problems_of_many_lines_stay_short():
    text = "path,isolate\n" + "".join(f"a.vcf,iso {number}\n" for number in range(1000))
    with pytest.raises(ManifestError) as caught:
        read(text)
    assert len(caught.value.problems) == 1000
    assert caught.value.problems[999].message == "the path 'a.vcf' is under two samples: lines 2, 3, 4, 5, 6, ..."


def test_row_with_one_name_is_not_under_another_sample_than_that_with_both():
    manifest = read(f"md5,isolate,experiment\n{A},i,e\n{A},i,\n{A},,e\n")
    assert len(manifest) == 3


def test_other_digests_are_rejected_under_any_name():
    for name in ("md5", "checksum", "hash", "fastq_md5", "sha256"):
        with pytest.raises(ManifestError):
            read(f"{name},isolate\n{A + B},iso 1\n")


def test_columns_of_md5sums_that_agree_or_differ():
    assert read(f"md5,checksum,path\n{A},{A.upper()},a\n{A},,a\n,md5:{A},a\n")[2].md5sum == A
    with pytest.raises(ManifestError, match="line 2: the md5sums in the columns md5 and md5 differ"):
        read(f"md5,path,md5\n{A},a,{B}\n")
    with pytest.raises(ManifestError, match="line 3: the md5sums in the columns md5 and checksum differ"):
        read(f"md5,checksum,path\n{A},{A},a\n{B},{A},b\n")


def test_row_with_only_a_name_that_is_contradicted_is_a_problem(tmp_path):
    path = tmp_path / "study.csv"
    path.write_text("path,isolate,experiment\na.vcf,i,e\nb.vcf,,e\nc.vcf,j,e\n")
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    assert [problem.line for problem in caught.value.problems] == [2, 3, 4]


def test_samples_may_have_files_of_one_name(tmp_path):
    path = tmp_path / "study.csv"
    path.write_text(f"md5,name,isolate\n{A},reads.vcf,i\n{B},reads.vcf,j\n")
    assert [entry.isolate_id for entry in read_manifest(path)] == ["i", "j"]


@pytest.mark.parametrize(
    "names", ["isolate,isolate_id,path", "path,sample,Sample-ID", "type,file type,path", "isolate,path,isolate"]
)
def test_two_columns_of_one_meaning_are_rejected(names):
    with pytest.raises(ManifestError, match="there are two columns for the"):
        read(f"{names}\na,b,c\n")


def test_number_that_is_not_whole_is_no_name_in_a_spreadsheet(tmp_path):
    pytest.importorskip("python_calamine")
    rows = [[17.1, "a.vcf", 1.5], [1e15, "b.vcf", 1.5], [17, "c.vcf", 1.5]]
    write_xlsx(tmp_path / "a.xlsx", {"files": [["isolate", "path", "size"], *rows]})
    manifest = read_manifest(tmp_path / "a.xlsx", strict=False)
    assert [(entry.isolate_id, entry.columns["size"]) for entry in manifest] == [("17", 1.5)]
    assert [problem.line for problem in manifest.problems] == [2, 3]


@pytest.mark.parametrize("name", ["Doe, J.", 'H37, "Rv"', "Doe", "Doe,", ', "x"'])
def test_blank_before_a_quote_is_no_part_of_a_value(name):
    quoted = name.replace('"', '""')
    for text in (f'path, isolate, note\na.vcf, "{quoted}"\n', f'note,path,isolate\n"x\ny", a.vcf, "{quoted}"\n'):
        (entry,) = read(text)
        assert (entry.path, entry.isolate_id) == ("a.vcf", name)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('path\tisolate\nok.vcf\tok\na.vcf\t"A\n', [3]),
        ('isolate\tpath\nok\tok.vcf\n"A\ta.vcf\nA"\tb.vcf\n', [3, 4]),
        ('isolate\tpath\nok\tok.vcf\n"iso\n1"\ta.vcf\n', [3, 4]),
        ("path,isolate,note\nok.vcf,ok,\na.vcf,'Doe, J.'\n", [3]),
        ("path,note,isolate\nok.vcf,,ok\na.vcf,'Doe, J.'\n", [3]),
        ("note,isolate,experiment,path\n,ok,,ok.vcf\n'Doe, J., MD',a.vcf\n", [3]),
        ('path, isolate, note\nok.vcf,ok,\na.vcf, "Doe, J.\n', [3]),
    ],
)
def test_part_of_a_quoted_value_is_no_name(text, lines):
    manifest = read(text, strict=False)
    assert [entry.isolate_id for entry in manifest] == ["ok"]
    assert [problem.line for problem in manifest.problems] == lines


@pytest.mark.parametrize("name", ["'s-Hertogenbosch 1", "O'Neill", "dogs'", "'x'"])
def test_apostrophes_are_part_of_a_name(name):
    (entry,) = read(f"path,isolate,note\na.vcf,{name},O'Neill's\n")
    assert entry.isolate_id == name


def test_value_beyond_the_last_column_name_is_a_problem(tmp_path):
    pytest.importorskip("python_calamine")
    table = [["path", "isolate"], ["a.vcf", "Doe", "J."], ["b.vcf", "iso 2"], ["c.vcf", "iso 3", " "]]
    write_xlsx(tmp_path / "a.xlsx", {"files": table})
    text = io.StringIO("path,isolate,\na.vcf,Doe,J.\nb.vcf,iso 2,\nc.vcf,iso 3, \n")
    for source in (tmp_path / "a.xlsx", text):
        manifest = read_manifest(source, strict=False)
        assert [entry.isolate_id for entry in manifest] == ["iso 2", "iso 3"]
        ((line, message),) = manifest.problems
        assert (line, message.partition(";")[0]) == (2, "the row has 3 values for 2 columns")


def test_value_that_is_not_text_is_named_with_its_column():
    with pytest.raises(ManifestError, match=r"line 1: 17\.1 in the column isolate is not text") as caught:
        read_manifest([{"path": "a.vcf", "isolate": 17.1}])
    assert "pandas" not in str(caught.value)
    pandas = pytest.importorskip("pandas")
    with pytest.raises(ManifestError, match=r"17\.1.* in the column isolate is not text.*pandas with dtype=str"):
        read_manifest(pandas.DataFrame({"path": ["a.vcf"], "isolate": [17.1]}))


# Missing values

INSDC = ["missing", "Not Applicable", "not collected", "not provided", "restricted access", "missing: control sample"]


@pytest.mark.parametrize(
    "value",
    ["", " ", *DEFAULT_MISSING, "na", "Na", "none", "NONE", "Null", "K.A.", "N.A.", "#n/a", "<NA>", *INSDC],
)
def test_missing_values_are_no_names(value):
    manifest = read(f'isolate,experiment,md5,path,type\n"{value}","{value}","{value}",a.vcf,"{value}"\n')
    (entry,) = manifest
    assert (entry.isolate_id, entry.experiment_id, entry.md5sum, entry.file_type) == (None, None, None, None)
    assert {"the row names no sample", "the row has no md5sum"} <= {note.message for note in manifest.notes}
    with pytest.raises(ManifestError, match="it names no file"):
        read(f'isolate,path\niso 1,"{value}"\n')


def test_missing_values_can_be_replaced():
    assert [entry.isolate_id for entry in read("isolate,path\nNA,a\n?,b\n", missing=["?"])] == ["NA", None]
    assert read("isolate,path\nunknown,a\n", missing=["Unknown"])[0].isolate_id is None
    assert read("isolate,path\nNA,a\n,b\n", missing=[])[1].isolate_id is None
    for missing in ("NA", 7):
        with pytest.raises(ApiTypeError):
            read("isolate,path\nNA,a\n", missing=missing)


# Notes


def notes(text):
    manifest = read(text)
    return {note.line: note.message for note in manifest.notes if "root=" not in note.message}, manifest


def test_rows_that_were_taken_out_are_comments():
    found, manifest = notes("# a study\nisolate,path\n#i1,a.vcf\n #i2,b.vcf\niso 3,c.vcf\n")
    assert [entry.isolate_id for entry in manifest] == ["iso 3"]
    assert found == {1: "'# a study' is a comment", 3: "'#i1' is a comment", 4: "'#i2' is a comment"}


def test_row_that_was_taken_out_does_not_turn_ids_of_samples_into_isolates():
    (entry,) = read(f"sample,path\n#{UUID},a.vcf\n{OTHER_UUID},b.vcf\n")
    assert (entry.sample_id, entry.isolate_id) == (OTHER_UUID, None)


def without_comments(source):
    """Assert that rows 1 and 2 are problems, for what begins with ``#``."""
    manifest = read_manifest(source, strict=False)
    assert [entry.isolate_id for entry in manifest] == ["iso 3"]
    assert [("begins with '#'" in problem.message) for problem in manifest.problems] == [True, True]
    assert "is a comment" not in " ".join(note.message for note in manifest.notes)


ROWS = [["#12", "a.vcf"], ["#i2", "b.vcf"], ["iso 3", "c.vcf"]]


@pytest.mark.parametrize("names", [["isolate", "path"], ["path", "isolate"]])
def test_comments_are_only_in_text(names, tmp_path):
    rows = [{name: row[name == "path"] for name in names} for row in ROWS]
    without_comments(rows)
    table = [names, *([*row.values()] for row in rows)]
    without_comments(io.StringIO("\n".join(",".join(f'"{cell}"' for cell in row) for row in table)))
    pandas = pytest.importorskip("pandas")
    without_comments(pandas.DataFrame(rows))
    pytest.importorskip("python_calamine")
    write_xlsx(tmp_path / "a.xlsx", {"files": table})
    without_comments(tmp_path / "a.xlsx")


def test_row_of_a_program_may_be_taken_out_in_a_column_that_is_not_used():
    manifest = read_manifest(
        [{"run": run, "isolate": "iso 1", "path": f"{run}.vcf"} for run in ("#ERR1", "ERR2")], strict=False
    )
    assert [entry.path for entry in manifest] == ["ERR2.vcf"]
    assert len(manifest.problems) == 1


@pytest.mark.parametrize(("one", "other"), [("iso 1", "Iso 1"), ("iso 1", "iso  1"), ("iso 1", "iso1"), ("é", "É")])
def test_names_that_differ_only_in_case_or_blanks_are_noted(one, other):
    for column in ("isolate", "experiment"):
        found, manifest = notes(f"{column},path\n{one},a.vcf\n{other},b.vcf\n{other},c.vcf\n")
        assert [*found] == [3]
        assert f"differs only in case or blanks from {one!r} in line 2" in found[3]
        assert len(manifest) == 3


@pytest.mark.parametrize(("one", "other"), [("Jos\u00e9", "Jose\u0301"), ("Jose\u0301", "Jos\u00e9")])
def test_two_unicode_forms_of_a_name_are_noted(one, other):
    found, _ = notes(f"isolate,path\n{one},a.vcf\n{other},b.vcf\n")
    assert [*found] == [3]
    assert "differs only in the bytes of its accents" in found[3]
    found, _ = notes(f"isolate,path\n{one},a.vcf\n{other.upper()},b.vcf\n")
    assert "differs only in case or blanks" in found[3]


def test_row_with_a_value_too_few_is_noted():
    found, manifest = notes("path,isolate,experiment,\nb.vcf,E2\n\nc.vcf,iso 3,E3\nd.vcf,iso 4,\n")
    assert [entry.isolate_id for entry in manifest] == ["E2", "iso 3", "iso 4"]
    assert found == {2: "the row has 2 values for 3 columns"}
    manifest = read("isolate,experiment,path\nA,b.vcf\nB,,c.vcf\n", strict=False)
    assert [*map(str, manifest.problems)] == ["line 2: the row has too few values, and names no file"]


def test_files_of_one_name_in_a_sample_are_noted():
    assert notes("isolate,path\ni,x/a.vcf\ni,y/a.vcf\nj,z/a.vcf\n")[0] == {
        3: "the sample has another file named 'a.vcf' in line 2"
    }


# Columns


def test_columns_that_the_names_do_not_tell():
    text = f"run_accession,sample_alias,fastq_md5,fastq_ftp,experiment\nERR1,iso 1,{A},host/a.fastq.gz,e\n"
    (entry,) = read(text, columns={"isolate": "sample_alias", "experiment": None})
    assert (entry.isolate_id, entry.experiment_id, entry.md5sum) == ("iso 1", None, A)
    assert read(text, columns={"isolate": "Sample Alias"}).kind == ManifestKind.ENA
    (entry,) = read(f"digest;where\n{A};a.vcf\n", columns={"md5sum": "digest", "path": "where"})
    assert (entry.md5sum, entry.path) == (A, "a.vcf")
    with pytest.raises(ManifestError, match="there is no column 'x'; the columns are run_accession, sample_alias"):
        read(text, columns={"isolate": "x"})
    with pytest.raises(ApiValueError, match="must be one of md5sum, path"):
        read(text, columns={"strain": "sample_alias"})
    for columns in ("isolate", {"isolate": 7}):
        with pytest.raises(ApiTypeError):
            read(text, columns=columns)


@pytest.mark.parametrize("name", ["sample_name", "Sample Alias", "sample_title", "isolate_name", "Strain"])
def test_column_that_may_have_the_isolates_is_noted(name):
    found, (entry,) = notes(f"{name},path\niso 1,a.vcf\n")
    assert entry.isolate_id is None
    assert f"columns={{'isolate': {name!r}}}" in found[1]
    assert notes(f"{name},path,isolate\niso 1,a.vcf,i\n")[0] == {}
    text = f"{name},path\niso 1,a.vcf\n"
    for isolate in (name, None):
        assert "isolate" not in str(read(text, columns={"isolate": isolate}).notes)


def test_sample_is_the_id_or_else_the_isolate():
    manifest = read(f"sample,path\n{UUID},a.vcf\n,b.vcf\n")
    assert [(entry.sample_id, entry.isolate_id) for entry in manifest] == [(UUID, None), (None, None)]
    found, (entry,) = notes("sample,path\niso 2,b.vcf\n")
    assert (entry.isolate_id, entry.sample_id) == ("iso 2", None)
    assert found == {1: "the column sample has no ids of samples, and is taken for that of the isolates"}
    found, (entry,) = notes("sample,isolate,path\ns,i,a.vcf\n")
    assert (entry.isolate_id, entry.sample_id) == ("i", None)
    assert found == {1: "the column sample has no ids of samples, and is not used"}


@pytest.mark.parametrize("isolate", ["", "i"])
def test_name_among_ids_of_samples_is_a_problem(isolate):
    rows = [UUID, "iso 2", UUID[:-1], "", f"\ufeff{UUID}", f'"""{UUID}"""', "sample"]
    text = "".join(f"{row},{isolate and isolate + str(n)},{n}.vcf\n" for n, row in enumerate(rows, 2))
    manifest = read(f"sample,isolate,path\n{text}", strict=False)
    assert [entry.sample_id for entry in manifest] == [UUID, None, UUID, UUID]
    assert [problem.line for problem in manifest.problems] == [3, 4, 8]
    assert "'iso 2' is no id" in manifest.problems[0].message
    first, second = read(f"sample,path\n{UUID},a.vcf\niso 2,b.vcf\n", columns={"isolate": "sample"})
    assert [(entry.sample_id, entry.isolate_id) for entry in (first, second)] == [(None, UUID), (None, "iso 2")]


def test_name_is_the_path_if_there_is_no_other():
    (entry,) = read("path,filename\nrun/x,a.vcf\n")
    assert (entry.path, entry.name) == ("run/x", "a.vcf")
    (entry,) = read("name,filename,md5\na.vcf,run/x,\n")
    assert (entry.path, entry.name) == ("run/x", "a.vcf")
    (entry,) = read("name,isolate\nrun/a.vcf,i\n")
    assert (entry.path, entry.name) == ("run/a.vcf", "a.vcf")


@pytest.mark.parametrize("header", ["file", "# path", "isolate,path"])
def test_md5sums_are_not_taken_for_paths(header):
    row = f"{A}  a.vcf" if "," not in header else f"iso 1,{A}"
    with pytest.raises(ManifestError, match=r"line 2: the path .* is an md5sum"):
        read(f"{header}\n{row}\n")


def test_type_is_one_of_two_in_any_case():
    assert [entry.file_type for entry in read("path,type\na,FASTQ\nb,Vcf\nc,\nd,file\n")] == [
        "fastq",
        "vcf",
        None,
        None,
    ]


# Held against Python's csv

CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), max_size=6) | st.text(
    'a ,;\t"\n', max_size=8
)


@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_rows_of_csv_are_read(rows, delimiter, end, quoting):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(["path", "note", "country", "comment"])
    writer.writerows([f"{number}.vcf", *row] for number, row in enumerate(rows))
    # Between tabs, a line within a value that looks like a whole row is taken for one.
    assume(rows and (delimiter != "\t" or not any("\n" in cell and "\t" in cell for row in rows for cell in row)))
    manifest = read_manifest(io.StringIO(stream.getvalue()), missing=[])
    assert [[entry.columns[name] for name in ("note", "country", "comment")] for entry in manifest] == rows
    assert manifest.problems == ()


@given(st.binary(max_size=200) | st.text('isolate,path\n\r\t;"#NA', max_size=200).map(str.encode))
def test_any_table_is_read_or_rejected(content):
    try:
        manifest = read_manifest(io.BytesIO(b"isolate,path\n" + content))
    except ManifestError:
        return
    for entry in manifest:
        assert entry.path
        assert entry.isolate_id is None or entry.isolate_id.strip() == entry.isolate_id != ""


@given(st.data())
def test_table_of_another_program_than_csv_is_read_the_same(data):
    """Between tabs, a quote that is not around a whole value means nothing."""
    rows = data.draw(st.lists(st.lists(st.text('ab "', max_size=5), min_size=2, max_size=2), min_size=1, max_size=5))
    rows = [[cell.replace('"', "", 1) if cell.startswith('"') else cell for cell in row] for row in rows]
    rows = [[cell.lstrip('"') for cell in row] for row in rows]
    text = "path\tnote\tcomment\n" + "".join(f"{n}.vcf\t{row[0]}\t{row[1]}\n" for n, row in enumerate(rows))
    with tempfile.TemporaryDirectory() as folder:
        manifest = read(text, root=folder)
    assert [[entry.columns["note"], entry.columns["comment"]] for entry in manifest] == rows
