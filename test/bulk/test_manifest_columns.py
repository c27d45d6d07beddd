"""What the columns of a table mean, where their names do not tell, and where the rows contradict that."""

from __future__ import annotations

import io
import unicodedata

import pytest

from tracking_client import ApiTypeError, ApiValueError, ManifestError
from tracking_client.bulk import read_manifest

A, B = "9e107d9d372bb6826bd81d3542a419d6", "e4d909c290d0fb1ca068ffaddf22cbd0"


def read(text, **options):
    return read_manifest(io.StringIO(text), **options)


def messages(manifest):
    return [note.message for note in manifest.notes if "root=" not in note.message]


def test_several_files_of_a_row_are_named_by_the_user():
    text = f"isolate,forward,hash,reverse,r\niso 1,a_1.fastq,{A},a_2.fastq,{B}\n"
    manifest = read(text, columns={"path": ["forward", "reverse"], "md5sum": ("hash", "r")})
    assert [(entry.path, entry.md5sum) for entry in manifest] == [("a_1.fastq", A), ("a_2.fastq", B)]
    with pytest.raises(ManifestError, match="the column hash has md5sums, and is not used"):
        read(text, columns={"path": ["forward", "reverse"]})
    with pytest.raises(ManifestError, match="the columns of md5sums are 1, and those of paths 2"):
        read(text, columns={"path": ["forward", "reverse"], "md5sum": "hash"})
    manifest = read(text, columns={"path": ["forward", "reverse"], "md5sum": None})
    assert [entry.md5sum for entry in manifest] == [None, None]


@pytest.mark.parametrize("columns", [{"path": 7}, {"path": [7]}, {"path": [""]}, ["path"], {"paths": "a"}])
def test_columns_that_are_no_names_are_rejected(columns):
    with pytest.raises((ApiTypeError, ApiValueError)):
        read("path\na.vcf\n", columns=columns)


@pytest.mark.parametrize("name", ["md5 of the file", "etag", "MD5-Summe", "Hash (MD5)"])
def test_md5sum_in_a_column_without_a_meaning_is_a_problem(name):
    text = f"isolate,path,{name}\niso 1,a.vcf,{A}\n"
    with pytest.raises(ManifestError, match="has md5sums, and is not used: pass columns="):
        read(text)
    assert read(text, columns={"md5sum": name})[0].md5sum == A
    assert read(text, columns={"md5sum": None})[0].md5sum is None


@pytest.mark.parametrize(
    "name", ["md5_1", "R1_md5", "md5_R1", "fastq_1_md5sum", "md5 read 1", "MD5 (R1)", "md5_fastq1"]
)
def test_md5sum_of_the_first_of_two_files(name):
    (entry,) = read(f"isolate,R1,{name}\niso 1,a.fastq,{A}\n")
    assert (entry.path, entry.md5sum) == ("a.fastq", A)


def test_column_that_names_files_and_is_not_used_is_noted():
    assert "the column mate is not used" in messages(read("isolate,path,mate\niso 1,a.fastq,b.fastq\n"))
    manifest = read("isolate,path,mate\niso 1,,b.fastq\niso 1,a.fastq,\n", strict=False)
    assert [*map(str, manifest.problems)] == [
        "line 2: the row names no file, but in the column mate, which is not used"
    ]


def test_file_that_a_row_names_twice_is_a_problem():
    with pytest.raises(ManifestError, match=r"the row names the file 'a\.fastq' twice"):
        read("isolate,fastq_1,fastq_2\niso 1,a.fastq,a.fastq\n")


@pytest.mark.parametrize("path", ["D:\\plate2\\iso9\\reads.vcf", "\\\\host\\plate2\\reads.vcf"])
def test_path_of_windows_is_searched_for_only_with_its_md5sum(tmp_path, path):
    (tmp_path / "plate1").mkdir()
    (tmp_path / "plate1" / "reads.vcf").write_text("reads")
    found = f"{tmp_path}/plate1/reads.vcf"
    assert read(f"path\n{path}\n", root=tmp_path)[0].path == path.replace("\\", "/")
    assert read(f"path,md5\n{path},{A}\n", root=tmp_path)[0].path == found
    manifest = read("url\ns3://bucket/plate2/reads.vcf\n", root=tmp_path)
    assert manifest[0].path == found
    assert messages(manifest) == [f"{found!r} was found by its name, and no md5sum tells whether it is this file"]


@pytest.mark.parametrize(("written", "there"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_path_in_another_unicode_form_is_found(tmp_path, written, there):
    name = "M\u00fcller.vcf"
    (tmp_path / unicodedata.normalize(there, name)).write_text("reads")
    (entry,) = read(f"path\n./{unicodedata.normalize(written, name)}\n", root=tmp_path)
    assert entry.path == f"{tmp_path}/./{unicodedata.normalize(there, name)}"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_byte_order_mark_is_told(encoding):
    data = "isolate,path\niso 1,a.vcf\n".encode(encoding)
    with pytest.raises(ManifestError, match=f"pass encoding='{encoding}'"):
        read_manifest(io.BytesIO(data))
    assert read_manifest(io.BytesIO(data), encoding=encoding)[0].path == "a.vcf"


@pytest.mark.parametrize("name", ["2024-03-01 00:00:00", "2024-03-01T00:00:00.000", "1-Mar"])
def test_date_of_a_program_is_no_name(name):
    with pytest.raises(ManifestError, match="is a date as a spreadsheet or a program has changed it"):
        read(f"isolate,path\n{name},a.vcf\n")
    assert read("isolate,path\n2024-03-01,a.vcf\nSep-02,b.vcf\n")[1].isolate_id == "Sep-02"


def test_names_that_differ_only_in_leading_zeros_are_noted():
    found = messages(read("isolate,path\n007,a.vcf\n7,b.vcf\n"))
    assert "the isolate '7' differs only in leading zeros from '007' in line 2" in found


def test_row_of_a_report_that_had_failed_without_a_file_stays_a_problem():
    text = "status\tmd5sum\tpath\tmessage\nfailed\t\t\tthe row repeats the names\ncreated\t" + A + "\ta.vcf\t\n"
    manifest = read(text, strict=False)
    assert [*map(str, manifest.problems)] == ["line 2: it had failed before: the row repeats the names"]


def test_md5sums_of_two_files_in_a_row_are_named_by_the_user():
    text = f"isolate,fastq_1,fastq_2,one,two\niso 1,a_1.fastq,a_2.fastq,{A},{B}\n"
    manifest = read(text, columns={"md5sum": ["one", "two"]})
    assert [(entry.path, entry.md5sum) for entry in manifest] == [("a_1.fastq", A), ("a_2.fastq", B)]
    with pytest.raises(ManifestError, match="the columns of md5sums are 1, and those of paths 2"):
        read(text, columns={"md5sum": "one"})


def test_md5sum_of_the_second_file_in_a_column_without_a_meaning_is_a_problem():
    header = "isolate,fastq_1,fastq_2,md5_1,md5 of R2"
    with pytest.raises(ManifestError, match="the column md5 of R2 has md5sums, and is not used"):
        read(f"{header}\niso 1,a_1.fastq,a_2.fastq,{A},{B}\n")
    with pytest.raises(ManifestError, match="the column fastq_md5 has md5sums, and is not used"):
        read(f"isolate,fastq_1,fastq_2,fastq_md5\niso 1,a_1.fastq,a_2.fastq,{A};{B}\n")


def test_number_that_is_like_an_md5sum_is_none():
    text = f"isolate,path,session_id,uuid\niso 1,a.vcf,{A},{B}\n"
    assert read(text)[0].columns == {"session_id": A, "uuid": B}


@pytest.mark.parametrize("rows", [["S,a.fastq,l.fastq", "U,,m.fastq"], ["U,,m.fastq", "S,a.fastq,l.fastq"]])
def test_row_whose_file_is_in_another_column_is_a_problem_in_any_order(rows):
    with pytest.raises(ManifestError, match="the row names no file, but in the column extra"):
        read("\n".join(["isolate,path,extra", *rows]))


def test_second_files_beside_those_of_an_archive_are_noted():
    """As in the tables of the Genome in a Bottle consortium."""
    header = "FASTQ\tFASTQ_MD5\tPAIRED_FASTQ\tPAIRED_FASTQ_MD5"
    text = f"{header}\nftp://h/a_R1.fastq.gz\t{A}\tftp://h/a_R2.fastq.gz\t{B}\n"
    assert messages(read(text)) == ["the column PAIRED_FASTQ is not used"]
    columns = {"path": ["FASTQ", "PAIRED_FASTQ"], "md5sum": ["FASTQ_MD5", "PAIRED_FASTQ_MD5"]}
    assert [entry.md5sum for entry in read(text, columns=columns)] == [A, B]


def test_other_places_of_the_files_of_an_archive_are_not_noted():
    header = "fastq_md5\tfastq_ftp\tfastq_aspera"
    assert messages(read(f"{header}\n{A}\tftp.h/a.fastq.gz\tfasp.h:/a.fastq.gz\n")) == []


@pytest.mark.parametrize("separator", [";", ",", " ", " | ", " + ", "&"])
def test_several_files_in_one_path_are_a_problem(separator):
    text = f"run_accession\tfastq_ftp\tmd5\nERR1\thost/v/a_1.fastq.gz{separator}host/v/a_2.fastq.gz\t{A}\n"
    with pytest.raises(ManifestError, match="is several files: give each a row, or a column"):
        read(text, columns={"path": "fastq_ftp"})
    assert read("path\nmy a+b c.fastq\n")[0].path == "my a+b c.fastq"


def test_status_of_a_row_without_a_message_is_its_own():
    manifest = read("isolate,status,path\nI,failed,\nJ,passed,a.vcf\n")
    assert (len(manifest), messages(manifest)) == (1, ["the row names no file"])


def test_name_beside_an_md5sum_without_a_path_is_that_of_the_file():
    manifest = read(f"md5sum,path,name\n{A},,a.vcf\n")
    assert (manifest[0].path, manifest[0].name) == (None, "a.vcf")


def test_what_all_rows_lack_is_noted_once():
    text = "isolate,path,md5\n" + "".join(f",{n}.vcf,\n" for n in range(30)) + "i,,\n"
    assert messages(read(text)) == ["no row has an md5sum", "no row names a sample", "the row names no file"]


@pytest.mark.parametrize(("written", "there"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_bare_name_in_another_unicode_form_is_found(tmp_path, written, there):
    (tmp_path / "run").mkdir()
    on_disk = tmp_path / "run" / unicodedata.normalize(there, "M\u00fcller.vcf")
    on_disk.write_text("reads")
    text = f"path\n{unicodedata.normalize(written, on_disk.name)}\n"
    assert read(text, root=tmp_path)[0].path == str(on_disk)
