"""What programs and people leave in manifests, and what is given as a manifest and is none."""

from __future__ import annotations

import gzip
import io
import os
import re
import subprocess
import sys
import zipfile

import pytest
from spreadsheets import write_xlsx

from tracking_client import ManifestError
from tracking_client.bulk import read_manifest

A, B = "9e107d9d372bb6826bd81d3542a419d6", "e4d909c290d0fb1ca068ffaddf22cbd0"


@pytest.fixture(autouse=True, scope="module")
def current_folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("current"))
        yield


def read(text, **options):
    return read_manifest(io.StringIO(text), **options)


def messages(manifest):
    return [note.message for note in manifest.notes if "root=" not in note.message]


# Cells


@pytest.mark.parametrize(
    "row",
    [
        'a.vcf, "iso 1"',
        'a.vcf,"""iso 1"""',
        'a.vcf,="iso 1"',
        'a.vcf,"=""iso 1"""',
        "a.vcf,\ufeffiso 1",
        "a.vcf,iso 1\u200b",
    ],
)
def test_what_is_around_a_name_is_no_part_of_it(row):
    (entry,) = read(f'path, "isolate"\n{row}\n')
    assert (entry.path, entry.isolate_id) == ("a.vcf", "iso 1")


@pytest.mark.parametrize("name", ['H37 "Rv"', 'lab "B"', '"A" and "B"', 'x="1"', 'a"b"c'])
def test_quotes_within_a_name_are_part_of_it(name):
    quoted = name.replace('"', '""')
    sources = ([{"isolate": name, "path": "a.vcf"}], io.StringIO(f'isolate,path\n"{quoted}",a.vcf\n'))
    assert [read_manifest(source)[0].isolate_id for source in sources] == [name, name]


def test_files_joined_with_their_byte_order_marks():
    (first, second) = read("\ufeffisolate,path\niso 1,a.vcf\n\ufeffiso 1,b.vcf\n")
    assert first.isolate_id == second.isolate_id == "iso 1"


@pytest.mark.parametrize(
    "cell",
    [
        *("#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#######"),
        *("#NV", "#WERT!", "#BEZUG!", "#ZAHL!", "#ÜBERLAUF!", "#N/D", "#NOM?", "#¡REF!", "#Н/Д"),
    ],
)
def test_error_of_a_spreadsheet_is_no_name(cell):
    for text in (f"isolate,path\n{cell},a.vcf\niso 2,b.vcf\n", f"path,isolate\na.vcf,{cell}\nb.vcf,iso 2\n"):
        manifest = read(text, strict=False)
        assert [entry.isolate_id for entry in manifest] == ["iso 2"]
        assert [(each.line, "is an error of a spreadsheet" in each.message) for each in manifest.problems] == [
            (2, True)
        ]


def test_error_in_a_cell_of_a_spreadsheet_is_no_missing_value(tmp_path):
    pytest.importorskip("python_calamine")
    rows = [["a.vcf", "#REF!", "E1", ""], ["b.vcf", "#N/A", "E2", "#NAME?"], ["c.vcf", "iso 3", "#DIV/0!", ""]]
    table = [["path", "isolate", "experiment", "note"], *rows]
    write_xlsx(tmp_path / "a.xlsx", {"about": [["#REF!"]], "files": table})
    manifest = read_manifest(tmp_path / "a.xlsx", sheet="files", strict=False)
    assert [(entry.experiment_id, entry.columns["note"]) for entry in manifest] == [("E2", "#NAME?")]
    assert [(each.line, "is an error of a spreadsheet" in each.message) for each in manifest.problems] == [
        (2, True),
        (4, True),
    ]


def test_error_in_a_cell_with_its_place(tmp_path):
    """Excel leaves out cells and rows without a value, and says where the others are."""
    pytest.importorskip("python_calamine")
    write_xlsx(tmp_path / "a.xlsx", {"files": [["path"]]})
    with zipfile.ZipFile(tmp_path / "a.xlsx") as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if "sheet1" in name:
                names = '<row r="3"><c r="A3" t="str"><v>path</v></c><c r="AB3" t="str"><v>isolate</v></c></row>'
                row = '<row r="5"><c r="A5" t="str"><v>a.vcf</v></c><c r="AB5" t="e"><v>#REF!</v></c></row>'
                text = text[: text.index("<row>")] + names + row + text[text.rindex("</row>") + len("</row>") :]
            new.writestr(name, text)
    with pytest.raises(ManifestError, match="line 5: '#REF!' is an error of a spreadsheet"):
        read_manifest(tmp_path / "b.xlsx")


@pytest.mark.parametrize("cell", ["1,23E+10", "17,0"])
def test_number_with_a_decimal_comma_is_no_name(cell):
    with pytest.raises(ManifestError, match=f"line 2: the isolate '{re.escape(cell)}' is a number as"):
        read(f"isolate;path\n{cell};a.vcf\n")


def test_message_shows_what_is_written():
    with pytest.raises(ManifestError, match="line 2: 'nhB9nTcrtoJr2B01QqQZ1g==' is not an md5sum"):
        read("path,md5\na.vcf,nhB9nTcrtoJr2B01QqQZ1g==\n")


@pytest.mark.parametrize(
    "names",
    ["isolate,path", "\ufeffisolate,path", "Isolate,PATH", "path,isolate", '"isolate","path"', "isolate,path,",
     "file,md5", ",isolate,path", "Isolate ID, File"],
)  # fmt: skip
def test_column_names_between_the_rows_are_no_row(names):
    """As ``cat *.csv`` leaves them."""
    manifest = read(f"isolate,path,note\niso 1,a.vcf,\n{names}\niso 2,b.vcf,\n", strict=False)
    assert [entry.isolate_id for entry in manifest] == ["iso 1", "iso 2"]
    assert [each.line for each in manifest.problems] == [3]


def test_value_that_is_like_a_column_name_is_read():
    assert read("path,type\n\u00e9.vcf,vcf\n")[0].path == "\u00e9.vcf"
    manifest = read("isolate,path,note\nSample,a.vcf,\niso 2,file,x\niso 3,,path\n")
    assert [(entry.isolate_id, entry.path) for entry in manifest] == [("Sample", "a.vcf"), ("iso 2", "file")]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("note,path,isolate\nx,a.fastq,iso\r1\ny,b.fastq,iso\r2\nz,c.fastq,ok\n", [2, 3]),
        ("isolate,experiment,path\niso 1\r,exp1,a.fastq\r\niso 2\r,exp2,b.fastq\nok,,c.fastq\n", [2, 3]),
        ("path\tisolate\tnote\na.fastq\tiso\tx\ry\nb.fastq\tok\tx\n", [2]),
        ('path,isolate\na.fastq,"iso\r1"\nb.fastq,ok\r', [2]),
    ],
)
def test_carriage_return_in_a_line_is_a_problem(text, lines):
    manifest = read(text, strict=False)
    assert [entry.isolate_id for entry in manifest] == ["ok"]
    assert [problem.line for problem in manifest.problems] == lines


def test_carriage_return_in_the_column_names_is_an_error():
    with pytest.raises(ManifestError, match="it names no file"):
        read("# a study\npath,isolate\ra.fastq,iso 1\nb.fastq,iso 2\n")


def test_cells_of_old_macintosh_have_line_feeds():
    first, second = read('path,note,isolate\ra.vcf,"x\ny",iso 1\rb.vcf,,iso 2\r')
    assert (first.columns["note"], first.isolate_id, second.isolate_id) == ("x\ny", "iso 1", "iso 2")


# Columns


@pytest.mark.parametrize(
    ("names", "unused"),
    [("isolate,fastq,vcf", ["vcf"]), ("sample,fastq_1,fastq_2,vcf", ["vcf"]), ("path,url,md5", ["url"])],
)
def test_columns_of_files_that_are_not_used_are_noted(names, unused):
    cells = {"isolate": "iso 1", "sample": "iso 1", "fastq_1": "a_1.fastq", "fastq_2": "a_2.fastq", "md5": A}
    row = ",".join(cells.get(name, f"a.{name}") for name in names.split(","))
    notes = messages(read(f"{names}\n{row}\n"))
    assert {note for note in notes if "not used" in note} == {f"the column {name} is not used" for name in unused}


@pytest.mark.parametrize("names", ["file,name", "file,path"])
def test_two_names_are_not_taken_for_one(names):
    (entry,) = read(f"{names}\nrun/a.vcf,b.vcf\n")
    assert "run/a.vcf" in (entry.path, entry.columns.get("file"))
    assert "," not in entry.path


def test_column_names_of_r_have_dots():
    (entry,) = read(f"Isolate.ID,File.Path,md5.sum\niso 1,run/a.vcf,{A}\n")
    assert (entry.md5sum, entry.path, entry.isolate_id) == (A, "run/a.vcf", "iso 1")


@pytest.mark.parametrize("comment", ["# file", "# name, file", "#path\tisolate", "# isolate, isolate", "% vcf"])
def test_comment_above_the_column_names_is_not_taken_for_them(comment):
    for delimiter in "\t,;":
        manifest = read(f"{comment}\n\nisolate{delimiter}path\niso 1{delimiter}a.vcf\n", columns={"isolate": "isolate"})
        assert [(entry.isolate_id, entry.path) for entry in manifest] == [("iso 1", "a.vcf")]
        assert [note.line for note in manifest.notes if "is a comment" in note.message] == [1]
    manifest = read("# a study\n#isolate,path\n# of 2026\niso 1,a.vcf\n")
    assert [(entry.isolate_id, entry.path) for entry in manifest] == [("iso 1", "a.vcf")]


def test_hashdeep():
    text = (
        "%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n## Invoked from: /data\n## $ hashdeep -c md5 -r .\n## \n"
        f"5,{A},/data/a.vcf\n6,{B},/data/b.vcf\n"
    )
    manifest = read(text)
    assert [(entry.md5sum, entry.path) for entry in manifest] == [(A, "/data/a.vcf"), (B, "/data/b.vcf")]


def test_line_break_in_a_column_name():
    (entry,) = read('"Isolate\nID",path,comment\niso 1,a.vcf,x\n')
    assert (entry.isolate_id, entry.path, entry.source.line) == ("iso 1", "a.vcf", 3)


def test_index_of_a_data_frame_is_a_column_if_it_has_a_name():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"isolate": ["iso 1", "iso 2"], "path": ["a.vcf", "b.vcf"]})
    manifest = read_manifest(frame.set_index("isolate"))
    assert [entry.isolate_id for entry in manifest] == ["iso 1", "iso 2"]
    manifest = read_manifest(frame.groupby(["isolate", "path"]).size().to_frame("n"))
    assert [(entry.isolate_id, entry.path) for entry in manifest] == [("iso 1", "a.vcf"), ("iso 2", "b.vcf")]
    assert list(read_manifest(frame[1:])[0].columns) == []
    assert read_manifest(frame.set_index("isolate", drop=False))[1].isolate_id == "iso 2"


def test_unknown_columns_are_listed():
    for text in ("Isolat,Datei,Land\niso 1,a.vcf,DE\n", "# a study\n\nIsolat;Datei;Land\niso 1;a.vcf;DE\n"):
        with pytest.raises(ManifestError, match=r"its columns are 'Isolat', 'Datei', 'Land'; .*columns=\{") as caught:
            read(text)
        assert caught.value.problems == ()
    with pytest.raises(ManifestError, match=r"its columns are 'Isolat', 'Datei'; .*columns=\{"):
        read_manifest([{"Isolat": "iso 1", "Datei": "a.vcf"}])
    with pytest.raises(ManifestError, match="no line has an md5sum"):
        read("Isolat\niso 1\n")
    assert len(read(f"a, b\n{A}\n", strict=False)) == 1


def test_sheets_are_listed_if_the_first_one_names_no_file(tmp_path):
    pytest.importorskip("python_calamine")
    for rows in ([["a study", "of 2026"]], [["a study"]], [["isolate", "path"]]):
        write_xlsx(tmp_path / "a.xlsx", {"about": rows, "files": [["path"], ["a.vcf"]]})
        with pytest.raises(ManifestError, match="only the sheet 'about' is read, of 'about', 'files'; see sheet="):
            read_manifest(tmp_path / "a.xlsx")


def test_name_in_another_encoding_says_encoding():
    content = "isolate,path\nJosé,a.vcf\n".encode("cp1252")
    with pytest.raises(ManifestError, match=r'line 2: the isolate .* encoding="cp1252"'):
        read_manifest(io.BytesIO(content))
    assert read_manifest(io.BytesIO(content), encoding="cp1252")[0].isolate_id == "José"


# What is no manifest

READS = b"@read 1\nACGTN\n+\nIIIII\n"
LONG_READ = b"@read 1 ch=7\n" + b"ACGT" * 100_000 + b"\n+\n" + b"I" * 400_000 + b"\n"
VARIANTS = b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


class Endless(io.RawIOBase):
    """A stream that never ends: its start, and then the same byte for ever."""

    def __init__(self, start):
        self._rest = start
        self.count = 0

    def read(self, size=-1):
        assert 0 < size < 10**7, "reads to its end"
        self.count += size
        data, self._rest = self._rest[:size], self._rest[size:]
        return data.ljust(size, b"A")


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("content", "kind"),
    [(READS, "FASTQ"), (READS.replace(b"\n", b"\r\n"), "FASTQ"), (LONG_READ, "FASTQ"), (VARIANTS, "VCF")],
    ids=["fastq", "crlf", "long read", "vcf"],
)
def test_reads_and_variants_are_told_before_all_is_read(content, kind, compress, tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(compress(content))
    for source in (path, io.BytesIO(compress(content)), Endless(compress(content))):
        with pytest.raises(ManifestError, match=rf"it is a {kind} file.*pass its path itself to look_up"):
            read_manifest(source)


def test_reads_that_are_text():
    with pytest.raises(ManifestError, match="FASTQ"):
        read(READS.decode())


def test_large_file_of_reads_is_not_read(tmp_path):
    path = tmp_path / "reads.fastq"
    path.write_bytes(READS)
    os.truncate(path, 10**11)
    with pytest.raises(ManifestError, match="FASTQ"):
        read_manifest(path)


@pytest.mark.parametrize("text", [f"{A}\n" * 5000, f"{A}\n@{B}\n+\n", f"# {A}\n{A}\n", f"{A}  @a\n+\n", f"@md5\n{A}\n"])
def test_manifests_are_not_taken_for_reads(text):
    assert {entry.md5sum for entry in read(text, strict=False)} == {A}


def test_other_compression_is_told_before_all_is_read():
    with pytest.raises(ManifestError, match="compressed, and not with gzip"):
        read_manifest(Endless(b"BZh91AY"))


# Where the files are


@pytest.mark.parametrize("shell", ["cat {} | {} /dev/stdin", "{1} /dev/stdin < {0}", "{1} <(cat {0})"])
def test_paths_of_a_pipe_start_in_the_current_folder(shell, tmp_path):
    (tmp_path / "m.md5").write_text(f"{A}  run/a.vcf\n")
    script = "import sys; from tracking_client.bulk import read_manifest as r; print(*(e.path for e in r(sys.argv[1])))"
    command = shell.format(tmp_path / "m.md5", f'{sys.executable} -c "{script}"')
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stderr, done.stdout) == ("", "run/a.vcf\n")


def test_folder_is_not_searched_without_a_need(tmp_path, monkeypatch):
    def walk(*arguments):
        pytest.fail("searches the folder")

    (tmp_path / "a.vcf").write_text("a")
    (tmp_path / "m.md5").write_text(f"{A}  {tmp_path}/a.vcf\n{B}  run/b.vcf\n")
    monkeypatch.setattr(os, "walk", walk)
    assert [entry.path for entry in read_manifest(tmp_path / "m.md5")] == [f"{tmp_path}/a.vcf", f"{tmp_path}/run/b.vcf"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="everything can be read by root")
def test_folder_that_cannot_be_read_is_passed_by(tmp_path):
    for name in ("closed", "open"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.vcf").write_text("a")
    (tmp_path / "closed").chmod(0)
    try:
        manifest = read(f"{A}  open.vcf\n{B}  closed.vcf\n", root=tmp_path)
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert [entry.path for entry in manifest] == [f"{tmp_path}/open/open.vcf", f"{tmp_path}/closed.vcf"]


def test_file_directly_below_the_root_takes_precedence(tmp_path):
    for folder in ("", "x", "y"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "a.vcf").write_text("a")
    assert [entry.path for entry in read(f"{A}  a.vcf\n", root=tmp_path)] == [f"{tmp_path}/a.vcf"]
