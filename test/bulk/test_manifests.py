"""Manifests, those by coreutils' own ``md5sum`` among them."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import pickle
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from machine import has_gnu_md5sum

from tracking_client import ApiFileError, ApiFileNotFoundError, ApiTypeError, ApiValueError, File, md5sum
from tracking_client.bulk import Entry, ManifestKind, ManifestProblem, Source, read_manifest

A, B, C = "9e107d9d372bb6826bd81d3542a419d6", "e4d909c290d0fb1ca068ffaddf22cbd0", "d41d8cd98f00b204e9800998ecf8427e"
SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

ENA = "run_accession\tfastq_bytes\tfastq_md5\tfastq_ftp\tsample_title"
FTP = "ftp.sra.ebi.ac.uk/vol1/fastq/ERR000/ERR0000"


@pytest.fixture(autouse=True, scope="module")
def empty_folder(tmp_path_factory):
    """Nothing is found below the current folder, in which the paths of a stream start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("empty"))
        yield


def read(text: str | bytes, **options):
    return read_manifest(io.BytesIO(text if isinstance(text, bytes) else text.encode()), **options)


def pairs(text: str | bytes):
    """Return the kind of a manifest, and the md5sum, path and line number of each entry."""
    manifest = read(text)
    assert manifest.problems == ()
    return manifest.kind, triples(manifest)


def triples(manifest):
    return [(entry.md5sum, entry.path, entry.source.line) for entry in manifest]


# Lines


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (f"{A}  a.vcf", "a.vcf"),
        (f"{A} *a.vcf", "a.vcf"),
        (f"{A} a.vcf", "a.vcf"),
        (f"{A}\ta.vcf", "a.vcf"),
        (f"  {A}  a.vcf", "a.vcf"),
        (f"{A.upper()}  a.vcf", "a.vcf"),
        (f"MD5 (a.vcf) = {A}", "a.vcf"),
        (f"MD5(a.vcf)= {A.upper()}", "a.vcf"),
        (f"{A}  run 1/a b.vcf ", "run 1/a b.vcf "),
        (f"{A}   a.vcf", " a.vcf"),
        (f"{A}  *a.vcf", "*a.vcf"),
        (f"MD5 (a) = (b) = {B}) = {A}", f"a) = (b) = {B}"),
        (rf"\{A}  a\nb\\c\rd", "a\nb\\c\rd"),
        (rf"\MD5 (a\\nb) = {A}", "a\\nb"),
        (rf"{A}  run\nb", "run/nb"),
        (f"{A}  -", None),
        (f"MD5 (-) = {A}", None),
    ],
)
def test_line_with_a_name(line, path):
    kind = ManifestKind.MD5SUM if path else ManifestKind.LIST
    assert pairs(line) == (kind, [(A, path, 1)])
    assert pairs(f"{line}\n{B}  b\n")[1] == [(A, path, 1), (B, "b", 2)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n"])
def test_ends_of_lines_and_byte_order_mark(start, end):
    number = 1 + start.count("\n")
    text = f"{start}{A}  a.vcf\n\n{B} *ü.vcf".replace("\n", end)
    expected = [(A, "a.vcf", number), (B, "ü.vcf", number + 2)]
    for each in (text, text + end):
        assert pairs(each) == (ManifestKind.MD5SUM, expected)
    text = f"{start}{A}\n\n{B.upper()} ".replace("\n", end)
    assert pairs(text + end) == (ManifestKind.LIST, [(A, None, number), (B, None, number + 2)])
    text = f"{start}md5,name\n{A},a\n{B},b".replace("\n", end)
    assert pairs(text + end) == (ManifestKind.TABLE, [(A, "a", number + 1), (B, "b", number + 2)])


@pytest.mark.parametrize("name", ["isolate.vcf.md5", "isolate.vcf.MD5SUM"])
def test_md5sum_alone_beside_its_file_has_its_name(tmp_path, name):
    path = tmp_path / name
    path.write_text(f"{A}\n")
    entry = Entry(str(tmp_path / "isolate.vcf"), A, "isolate.vcf", source=Source(str(path), 1))
    assert list(read_manifest(path)) == [entry]
    path.write_text(f"{A}  other.vcf\n")
    assert read_manifest(path)[0].path == str(tmp_path / "other.vcf")
    path.write_text(f"{A}\n{B}\n")
    assert [entry.path for entry in read_manifest(path)] == [None, None]


NOT_MD5SUMS = {
    SHA256: "has 64 hexadecimal digits, like a SHA-256; an md5sum has 32",
    A[:-1]: "has 31 hexadecimal digits; an md5sum has 32",
    A + "0": "has 33 hexadecimal digits",
    "nan": "'nan' is not an md5sum",
    "n/a": "'n/a' is not an md5sum",
    f"{A};{B}": "is not an md5sum",
    A[:-1] + "g": "is not an md5sum",
    "٣" * 32: "is not an md5sum",  # digits, but not hexadecimal ones
}


@pytest.mark.parametrize("value", NOT_MD5SUMS)
@pytest.mark.parametrize(
    "form",
    [
        "{}\n{}\n",
        "{}  a.vcf\n{}\n",
        "md5,path\n{},a\n{},b\n",
        f"{ENA}\nERR1\t1\t{{}}\ta.fastq.gz\t\nERR2\t1\t{{}}\tb.fastq.gz\t\n",
    ],
    ids=["list", "md5sum", "table", "ena"],
)
def test_what_is_no_md5sum_is_reported_with_its_line(value, form):
    if "\t" in form and value in (f"{A};{B}", "nan", "n/a"):
        pytest.skip("a report of ENA may have several md5sums in a cell, and none for a file is another problem")
    if "," in form and value in ("nan", "n/a"):
        pytest.skip("in a column of md5sums it is a missing value")
    text = form.format(A, value)
    number = text.rstrip("\n").count("\n") + 1
    with pytest.raises(ApiValueError, match=f"<stream>': 1 problem; with strict=False.*\nline {number}: ") as caught:
        read(text)
    assert NOT_MD5SUMS[value] in str(caught.value)
    manifest = read(text, strict=False)
    assert [entry.md5sum for entry in manifest] == [A]
    assert caught.value.problems == manifest.problems
    ((line, message),) = manifest.problems
    assert (line, NOT_MD5SUMS[value] in message) == (number, True)


@pytest.mark.parametrize(
    "line", [f"SHA256 (a.vcf) = {SHA256}", f"{SHA256}  a.vcf", rf"\{A}  a\tb", f"{A},a.vcf,1", f"{A}\ta.vcf\t1"]
)
def test_line_of_another_program_is_reported(line):
    manifest = read(f"{A}  a.vcf\n{line}\n", strict=False)
    assert len(manifest) == 1
    assert [problem.line for problem in manifest.problems] == [2]


def test_error_lists_the_first_ten_lines():
    with pytest.raises(ApiValueError) as caught:
        read(A + "\nnan" * 100)
    lines = str(caught.value).splitlines()
    assert lines[0].endswith("100 problems; with strict=False, the other lines are used")
    assert lines[1:] == [f"line {number}: 'nan' is not an md5sum" for number in range(2, 12)] + ["and 90 more"]
    assert [problem.line for problem in caught.value.problems] == [*range(2, 102)]
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_column_names_below_the_first_line_are_reported():
    manifest = read(f"{A}\nmd5,path\n{B},b\n", strict=False)
    assert triples(manifest) == [(A, None, 1), (B, "b", 3)]
    assert [problem.line for problem in manifest.problems] == [2]


@pytest.mark.parametrize("end", ["", " ", "  ", "\t"])
def test_blanks_after_an_md5sum_are_no_name(end):
    assert pairs(f"{A}{end}\n{B}\n") == (ManifestKind.LIST, [(A, None, 1), (B, None, 2)])


def test_comments_are_noted():
    manifest = read(f"# run 7\n{A}  a.vcf\n")
    assert len(manifest) == 1
    assert manifest.notes == (ManifestProblem(1, "'# run 7' is a comment"),)


def test_repetitions_are_noted():
    manifest = read(f"{A}  a\n{A.upper()}  b\n{B}  a\n{B}  a\n")
    assert [entry.md5sum for entry in manifest] == [A, A, B, B]
    assert [*map(str, manifest.notes)] == [
        f"line 2: the md5sum {A} is also in line 1",
        "line 3: 'a' is also in line 1",
        f"line 4: the md5sum {B} is also in line 3",
    ]


# Tables


@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
@pytest.mark.parametrize("md5sum_name", ["md5", "MD5", "md5sum", "MD5 sum", "md5_checksum", "checksum", "file_md5"])
@pytest.mark.parametrize("path_name", ["path", "File", "filename", "file name", "URL"])
def test_table_with_named_columns(delimiter, md5sum_name, path_name):
    rows = [("isolate", path_name, md5sum_name), ("I 1", "run/a.fastq.gz", A.upper()), ("", "", ""), ("I 2", "b", B)]
    text = "\n".join(delimiter.join(row) for row in rows)
    manifest = read(text)
    assert pairs(text) == (ManifestKind.TABLE, [(A, "run/a.fastq.gz", 2), (B, "b", 4)])
    assert manifest[0].columns == {}
    assert manifest[0].name == "a.fastq.gz"


@pytest.mark.parametrize("text", [f"md5\n{A}\n", f"#md5\tpath\n{A}\t\n", f"md5sum,other\n{A},x\n"])
def test_table_without_paths(text):
    assert pairs(text) == (ManifestKind.TABLE, [(A, None, 2)])


def test_quoted_values_may_have_ends_of_lines_and_delimiters():
    text = f'md5,path,comment\n{A},"a,b.vcf","two\nlines"\n"{B}",c,"say ""x"""\nx,d,\n'
    manifest = read(text, strict=False)
    assert triples(manifest) == [(A, "a,b.vcf", 2), (B, "c", 4)]
    assert [entry.columns["comment"] for entry in manifest] == ["two\nlines", 'say "x"']
    assert [problem.line for problem in manifest.problems] == [5]
    text = f'md5\tpath\tcomment\n{A}\t"a.vcf"\t"E. coli\n{B}\tb"c\t\n'
    assert [entry.path for entry in read(text)] == ["a.vcf", 'b"c']


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"md5,path\n{A},a,b\n", "line 2: the row has 3 values for 2 columns"),
        (f"md5,path\n{A},a\nmd5,path\n", "line 3: the row repeats the names of the columns"),
        (f'md5,path\n{A},a\n{B},"b\n', "line 3: cannot read the values that begin there"),
        (f"md5,checksum\n{A},{B}\n", "line 2: the md5sums in the columns md5 and checksum differ"),
        (f"md5,checksum\n{A},{SHA256}\n", "line 2: the md5sums in the columns md5 and checksum differ"),
        ("md5,path\n,\n", "it names no file"),
    ],
)
def test_invalid_table(text, problem):
    with pytest.raises(ApiValueError, match=problem):
        read(text)


# File reports of ENA


def test_report_of_ena():
    rows = [
        f"ERR1\t5;6\t{A};{B}\t{FTP}1/ERR1_1.fastq.gz;{FTP}1/ERR1_2.fastq.gz\tM. tuberculosis",
        f'ERR2\t7\t{C.upper()}\t{FTP}2/ERR2.fastq.gz\t"x',
        "ERR3\t\t\t\t",
    ]
    manifest = read("\n".join([ENA, *rows, ""]))
    assert manifest.kind == ManifestKind.ENA
    names = ["ERR1_1.fastq.gz", "ERR1_2.fastq.gz", "ERR2.fastq.gz"]
    assert [(entry.md5sum, entry.name, entry.source.line) for entry in manifest] == [
        *zip([A, B, C], names, [2, 2, 3], strict=False)
    ]
    assert manifest[1].path == f"{FTP}1/ERR1_2.fastq.gz"
    assert manifest[1].columns["run_accession"] == "ERR1"
    assert "sample_title" in manifest.notes[0].message
    assert manifest.notes[1:] == (ManifestProblem(4, "the row names no file"),)


def test_report_of_ena_with_three_files_and_other_columns():
    header = "fastq_md5\tfastq_ftp\tsubmitted_md5\tsubmitted_ftp"
    ftp = ";".join(f"{FTP}1/ERR1{end}.fastq.gz" for end in ("", "_1", "_2"))
    manifest = read(f"{header}\n{A};{B};{C};\t{ftp};\t{'f' * 32}\tx.bam\n")
    assert [entry.name for entry in manifest] == ["ERR1.fastq.gz", "ERR1_1.fastq.gz", "ERR1_2.fastq.gz"]
    assert [note.message for note in manifest.notes] == [
        "the fastq files are read; others (submitted) only where a row has none"
    ]
    assert pairs(f"run_accession\tfastq_md5\nERR1\t{A};{B}\n") == (ManifestKind.ENA, [(A, None, 2), (B, None, 2)])
    assert pairs(f"submitted_md5\tsubmitted_ftp\n{A}\t{FTP}/x.vcf\n") == (ManifestKind.ENA, [(A, f"{FTP}/x.vcf", 2)])


@pytest.mark.parametrize(
    ("md5sums", "paths", "message"),
    [
        (f"{A};{B}", "a", "the row has 2 md5sums for 1 files"),
        ("", "a;b", "the row has 0 md5sums for 2 files"),
        (A, "", "the row has 1 md5sums for 0 files"),
        (f"{A};", "a;b", "the row has 1 md5sums for 2 files"),
        (f"{A};;{B}", "a;b;c", "'' is not an md5sum"),
        (f"{A};{B[1:]}", "a;b", "has 31 hexadecimal digits"),
    ],
)
def test_row_of_ena_whose_files_do_not_match_is_reported_whole(md5sums, paths, message):
    manifest = read(f"{ENA}\nERR1\t1\t{md5sums}\t{paths}\t\nERR2\t1\t{C}\tc\t\n", strict=False)
    assert [entry.md5sum for entry in manifest] == [C]
    assert [(problem.line, message in problem.message) for problem in manifest.problems] == [(2, True)]


# What is not a manifest


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"@read 1\nACGT\nIIII\n", "no line has an md5sum, (.|\n)*line 1: '@read 1' is not an md5sum"),
        (b"isolate,sequence\n1,a.vcf\n", "its columns are 'isolate', 'sequence'"),
        (b"isolate,path\n", "it names no file"),
        (f"{SHA256}  a.vcf\n".encode(), "line 1: .* like a SHA-256"),
        (b"# nothing\n\n", "it names no file"),
        (b" \n", "it names no file"),
        (b"", "it names no file"),
        (gzip.compress(A.encode(), mtime=0)[:-4], "damaged gzip"),
        (bz2.compress(A.encode()), "compressed"),
        (lzma.compress(A.encode()), "compressed"),
        (b"\x28\xb5\x2f\xfd" + A.encode(), "compressed"),
        (b"PK\3\4" + A.encode(), "not a spreadsheet"),
        (f"{A}  a".encode("utf-16")[:-1], "not in utf-16"),
        (bytes(1000) + b"\1\2", "no line has an md5sum"),
    ],
)
def test_what_is_not_a_manifest_is_rejected(content, message):
    for strict in (True, False):
        with pytest.raises(ApiValueError, match=message):
            read(content, strict=strict)


def test_source_that_cannot_be_read(tmp_path):
    with pytest.raises(ApiFileNotFoundError, match="missing"):
        read_manifest(tmp_path / "missing")
    (tmp_path / "nan.txt").write_text("nan")
    with pytest.raises(ApiValueError, match=r"nan\.txt': it names no file: no line has"):
        read_manifest(tmp_path / "nan.txt")
    for source in (7, None, b"a", [], ["a.vcf"], {"path": "a.vcf"}):
        with pytest.raises(ApiTypeError):
            read_manifest(source)
    with pytest.raises(ApiFileError):
        read_manifest(tmp_path)
    with pytest.raises(ApiFileError):
        read_manifest("/dev/zero")


# The real program


NEEDS_MD5SUM = pytest.mark.skipif(not has_gnu_md5sum(), reason="md5sum of GNU coreutils is not installed")

NAMES = st.lists(
    st.binary(min_size=1, max_size=20).map(lambda name: name.replace(b"\0", b"\\").replace(b"/", b"\n"))
    | st.text("\\nr\n\r *()=MD5 \tÿ", min_size=1, max_size=8).map(str.encode)
    | st.sampled_from([A.encode(), f"{A}  a".encode(), f"MD5 (a) = {A}".encode(), b"\xff\xfe", b"#", b"-", b" "]),
    min_size=1,
    max_size=5,
    unique=True,
).filter(lambda names: not {b".", b".."} & {*names})


@NEEDS_MD5SUM
@pytest.mark.parametrize("options", [[], ["--binary"], ["--tag"], ["--zero"], ["--zero", "--tag"]], ids="".join)
@given(names=NAMES)
def test_output_of_md5sum_is_read_whatever_the_names(options, names):
    with tempfile.TemporaryDirectory() as directory:
        for name in names:
            Path(directory, os.fsdecode(name)).write_bytes(name)
        command = ["md5sum", *options, "--", *(b"./" + name for name in names)]
        printed = subprocess.run(command, cwd=directory, stdout=subprocess.PIPE, check=True, timeout=60).stdout
        manifest = read(printed)
        expected = [(hashlib.md5(name).hexdigest(), b"./" + name) for name in names]
        assert [(entry.md5sum, os.fsencode(entry.path)) for entry in manifest] == expected
        assert (manifest.problems, manifest.notes) == ((), ())
        for entry in manifest:
            assert md5sum(os.path.join(directory, entry.path)) == entry.md5sum
        if "--zero" not in options:
            crlf = read(printed.replace(b"\n", b"\r\n"))
            assert list(crlf) == list(manifest)


@NEEDS_MD5SUM
@given(names=NAMES)
def test_names_without_a_directory_are_read(names):
    """Without ``./`` before it, a name may look like the beginning of a line. A file named ``-`` cannot be told."""
    names = [name for name in names if name != b"-"] or [b"a"]
    with tempfile.TemporaryDirectory() as directory:
        for name in names:
            Path(directory, os.fsdecode(name)).write_bytes(b"x")
        command = ["md5sum", "--", *names]
        printed = subprocess.run(command, cwd=directory, stdout=subprocess.PIPE, check=True, timeout=60).stdout
    assert [os.fsencode(entry.path) for entry in read(printed)] == names


@NEEDS_MD5SUM
def test_manifest_of_real_files_matches_them(tmp_path):
    for number in range(3):
        (tmp_path / f"isolate_{number}.fastq.gz").write_bytes(gzip.compress(b"@r\nACGT\n+\nIIII\n" * number + b"@"))
    with (tmp_path / "md5sums.txt").open("wb") as stream:
        names = sorted(path.name for path in tmp_path.glob("*.gz"))
        subprocess.run(["md5sum", *names], cwd=tmp_path, stdout=stream, check=True, timeout=60)
    files = [File.from_path(path) for path in sorted(tmp_path.glob("*.gz"))]
    assert [(entry.md5sum, entry.path, entry.name) for entry in read_manifest(tmp_path / "md5sums.txt")] == [
        (file.md5sum, str(tmp_path / file.filename), file.filename) for file in files
    ]


@given(st.binary() | st.text().map(str.encode) | st.text(f'\n\t,;"#{A}md5path -*\\').map(str.encode))
def test_any_bytes_are_a_manifest_or_rejected(content):
    for strict in (True, False):
        try:
            manifest = read(content, strict=strict)
        except ApiValueError:
            continue
        assert len(manifest) > 0
        for entry in manifest:
            if entry.md5sum is None:
                assert entry.path
                continue
            assert len(entry.md5sum) == 32
            assert set(entry.md5sum) <= set("0123456789abcdef")
            assert entry.source.line >= 1


@given(st.lists(st.sampled_from([f"{A}  a", B, "", " ", "nan", SHA256, "# x", f"MD5 (a) = {C}", "a b"])))
def test_every_line_is_an_entry_or_told(lines):
    text = "\n".join([A, *lines])
    manifest = read(text, strict=False)
    told = {entry.source.line for entry in manifest} | {each.line for each in (*manifest.problems, *manifest.notes)}
    assert told == {number for number, line in enumerate(text.split("\n"), 1) if line.strip()}
