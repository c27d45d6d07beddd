"""Manifests in the forms that programs write, from the sources that they come from."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tracking_client import ApiFileError, ApiTypeError, ApiValueError, ManifestError
from tracking_client.bulk import COLUMN_NAMES, Entry, look_up, read_manifest

FOLDER = Path(__file__).parent / "manifests"

A, B, C = "9e107d9d372bb6826bd81d3542a419d6", "e4d909c290d0fb1ca068ffaddf22cbd0", "0cc175b9c0f1b6a831c399e269772661"

# The md5sums, paths and isolates that each file names. Paths begin at its folder, except for those elsewhere.
TWO = [(A, "a.fastq.gz", None), (B, "b.fastq.gz", None)]
RUN = [(A, "run 1/a.fastq.gz", "iso 1"), (B, "run 1/b.fastq.gz", "iso 2")]
ENA = "ftp.sra.ebi.ac.uk/vol1/fastq/ERR000"
FORMS = {
    "1000genomes_sequence.index": [
        (A, "data/NA1/sequence_read/ERR1_1.filt.fastq.gz", None),
        (B, "data/NA1/sequence_read/ERR1_2.filt.fastq.gz", None),
    ],
    "bam.tsv": [(A, f"{ENA}/ERR1.bam", None)],
    "bsd_md5.txt": [(A, "a.fastq.gz", None), (B, "b (2).fastq.gz", None)],
    "bsd_md5_r.txt": TWO,
    "capitals.csv": [(None, "a.fastq.gz", "iso 1")],
    "ena_file_report.tsv": [
        (A, f"{ENA}/ERR1_1.fastq.gz", None),
        (B, f"{ENA}/ERR1_2.fastq.gz", None),
        (C, "ftp.sra.ebi.ac.uk/vol1/run/ERR2/c.vcf.gz", None),
    ],
    "ena_upload_client.tsv": TWO,
    "excel.xlsx": [
        (A, "run 1/a.fastq.gz", "17"),
        (B, "run 1/b.fastq.gz", "iso 2"),
        (C, "run 1/c.fastq.gz", "17.5"),
    ],
    "excel_semicolons.csv": [(A, "run 1/a.fastq.gz", "iso 1"), (B, "run 1/b.fastq.gz", "Doe, J.")],
    "excel_sep.csv": [(None, "run 1/a.fastq.gz", "iso 1"), (None, "run 1/b.fastq.gz", "semi;colon")],
    "excel_unicode_text.txt": [(None, "run 1/a.fastq.gz", "José 1"), (None, "run 1/b.fastq.gz", "iso 2")],
    "gdc_manifest.txt": [(A, "a.vcf.gz", None), (B, "b.vcf.gz", None)],
    "get_filehash.csv": [(A, "C:/data/run 1/a.fastq.gz", None), (B, "C:/data/run 1/b.fastq.gz", None)],
    "igsr_sequence.index": [(A, f"ftp://{ENA}/ERR1_1.fastq.gz", None), (B, f"ftp://{ENA}/ERR1_2.fastq.gz", None)],
    "md5_name.csv": [(A, "a.fastq.gz", None), (B, "b,c.fastq.gz", None)],
    "md5sum.txt": TWO,
    "md5sum_tag.txt": TWO,
    "md5sum_zero.txt": TWO,
    "md5summer.md5": [(A, "run 1/a.fastq.gz", None), (B, "run 1/b.fastq.gz", None)],
    "mixed_line_ends.csv": [(None, "a.vcf", "iso 1"), (None, "b.vcf", "iso 1"), (None, "c.vcf", "iso 2")],
    "mixed_line_ends.md5": [*TWO, (C, "c.vcf", None)],
    "name_md5.tsv": TWO,
    "nf-core.csv": [
        (None, "run/a_R1.fastq.gz", "iso 1"),
        (None, "run/a_R2.fastq.gz", "iso 1"),
        (None, "run/b.fastq.gz", "iso 2"),
    ],
    "openssl.txt": TWO,
    "openssl_r.txt": TWO,
    "pandas_index.csv": [(A, "a.fastq.gz", "iso 1"), (B, "b.fastq.gz", None)],
    "tb_profiler.csv": [
        (None, "run/a_1.fastq.gz", None),
        (None, "run/a_2.fastq.gz", None),
        (None, "run/b_1.fastq.gz", None),
        (None, "run/b_2.fastq.gz", None),
    ],
    "r.tsv": [(A, "a.fastq.gz", "iso 1"), (None, "b.fastq.gz", None)],
    "rclone_md5sum.txt": [(A, "run/a.fastq.gz", None), (B, "run/b.fastq.gz", None)],
    "report.tsv": [(A, "a.fastq.gz", "iso 1"), (None, "b.fastq.gz", "iso 2")],
    "standard_input.txt": [(A, None, None), (B, None, None), (C, None, None)],
    "synapse_query.csv": TWO,
    "zenodo.tsv": TWO,
    "zenodo.txt": TWO,
}
REJECTED = {
    "excel_changed.xlsx": [2, 3],
    "get_filehash_sha256.csv": [2],
    "pandas_float.csv": [2, 3],
    "r_row_names.tsv": [2, 3],
}


def triples(manifest):
    return [(entry.md5sum, entry.path, entry.isolate_id) for entry in manifest]


@pytest.fixture(autouse=True, scope="module")
def current_folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("current"))
        yield


def test_every_form_is_tested():
    assert {path.name for path in FOLDER.iterdir()} == {*FORMS, *REJECTED}


@pytest.mark.parametrize("name", FORMS)
def test_form_is_read(name):
    if name.endswith("xlsx"):
        pytest.importorskip("python_calamine")
    manifest = read_manifest(FOLDER / name)
    prefix = f"{FOLDER}/"
    assert [(md5sum, path and path.removeprefix(prefix), isolate) for md5sum, path, isolate in triples(manifest)] == (
        FORMS[name]
    )
    assert manifest.problems == ()
    names = ["reads.fastq.gz", "b.fastq.gz"] if name == "report.tsv" else None
    assert [entry.name for entry in manifest] == (names or [entry.path and Path(entry.path).name for entry in manifest])


@pytest.mark.parametrize("name", REJECTED)
def test_form_with_wrong_values_is_rejected(name):
    if name.endswith("xlsx"):
        pytest.importorskip("python_calamine")
    with pytest.raises(ManifestError) as caught:
        read_manifest(FOLDER / name)
    assert [problem.line for problem in caught.value.problems] == REJECTED[name]


def test_own_report_has_its_fields():
    first, second = read_manifest(FOLDER / "report.tsv")
    assert (first.name, first.file_type, first.experiment_id) == ("reads.fastq.gz", "fastq", "exp 1")
    assert first.sample_id == "3fa85f64-5717-4562-b3fc-2c963f66afa6"
    assert (second.sample_id, second.file_type) == (None, None)
    assert str(second.source) == f"{FOLDER / 'report.tsv'}:3"


def test_names_of_columns_are_public():
    for field, names in COLUMN_NAMES.items():
        for name in names:
            other = {"md5sum": "path", "path": "md5sum"}.get(field, "path")
            row = {name: "3fa85f64-5717-4562-b3fc-2c963f66afa6" if field == "sample" else "vcf", other: "a.vcf"}
            row |= {key: A for key in row if key in COLUMN_NAMES["md5sum"]}
            (entry,) = read_manifest([row])
            assert None not in (entry.path, *([entry.md5sum] if field == "md5sum" else []))


# Sources


def test_sheet_of_a_spreadsheet():
    pytest.importorskip("python_calamine")
    assert len(read_manifest(FOLDER / "excel.xlsx", sheet="files")) == 3
    with pytest.raises(ManifestError, match="names no column"):
        read_manifest(FOLDER / "excel.xlsx", sheet=1)
    for sheet in ("missing", 2, -1):
        with pytest.raises(ApiValueError, match="the sheets are files, notes"):
            read_manifest(FOLDER / "excel.xlsx", sheet=sheet)
    with pytest.raises(ManifestError, match="not a spreadsheet"):
        read_manifest(io.BytesIO(b"PK\x03\x04"))


def test_missing_library_for_spreadsheets_is_told_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(ApiTypeError, match=r"pip install python-calamine"):
        read_manifest(FOLDER / "excel.xlsx")


@pytest.mark.parametrize("name", ["md5sum.txt", "r.tsv"])
def test_compressed_text_and_streams(name, tmp_path):
    data = (FOLDER / name).read_bytes()
    expected = [(md5sum, path and str(tmp_path / path), isolate) for md5sum, path, isolate in FORMS[name]]
    (tmp_path / "m.gz").write_bytes(gzip.compress(data))
    assert triples(read_manifest(tmp_path / "m.gz")) == expected
    for source in (io.BytesIO(data), io.StringIO(data.decode()), io.StringIO("\ufeff" + data.decode())):
        assert triples(read_manifest(source)) == FORMS[name]
    with open(FOLDER / name, encoding="utf-8") as stream:
        assert read_manifest(stream)[0].source.name == str(FOLDER / name)


def test_encodings():
    text = "isolate,path\nJosé,a.vcf\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert read_manifest(io.BytesIO(text.encode(encoding)))[0].isolate_id == "José"
    for encoding in ("cp1252", "utf-16-le", "utf-8"):
        assert read_manifest(io.BytesIO(text.encode(encoding)), encoding=encoding)[0].isolate_id == "José"
    latin = io.BytesIO(text.encode("latin-1"))
    with pytest.raises(ManifestError, match=r"line 2: the isolate .* bytes that are not UTF-8"):
        read_manifest(latin)
    with pytest.raises(ManifestError, match="not in utf-8"):
        read_manifest(io.BytesIO(text.encode("latin-1")), encoding="utf-8")
    with pytest.raises(ApiValueError, match="encoding"):
        read_manifest(io.BytesIO(text.encode()), encoding="no-such-encoding")


def test_named_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=[(FOLDER / "md5sum.txt").read_bytes()])
    writer.start()
    manifest = read_manifest(tmp_path / "pipe")
    writer.join()
    assert [entry.md5sum for entry in manifest] == [A, B]


@pytest.mark.parametrize("shell", ["cat {} | {} /dev/stdin", "{1} /dev/stdin < {0}", "{1} <(cat {0})"])
def test_standard_input_and_process_substitution(shell):
    script = (
        "import sys; from tracking_client.bulk import read_manifest as r; print(*(e.md5sum for e in r(sys.argv[1])))"
    )
    command = shell.format(FOLDER / "md5sum.txt", f'{sys.executable} -c "{script}"')
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stderr, done.stdout) == ("", f"{A} {B}\n")


def test_list_of_dicts():
    rows = [{"path": Path("a.vcf"), "isolate": "iso 1", "md5": A}, {"path": "b.vcf", "isolate": 2}]
    manifest = read_manifest(rows)
    assert triples(manifest) == [(A, "a.vcf", "iso 1"), (None, "b.vcf", "2")]
    assert (manifest.kind, manifest[0].source.line, manifest[0].columns) == ("table", 1, {})
    with pytest.raises(ManifestError, match=r"line 1: 17\.0 in the column isolate is not text"):
        read_manifest([{"path": "a.vcf", "isolate": 17.0}])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_data_frame(library):
    frames = pytest.importorskip(library)
    frame = frames.DataFrame({"path": ["a.vcf", "b.vcf"], "isolate": ["iso 1", None], "md5": [A, B], "age": [1.5, 2]})
    manifest = read_manifest(frame)
    assert triples(manifest) == [(A, "a.vcf", "iso 1"), (B, "b.vcf", None)]
    assert manifest[1].columns["age"] == 2
    assert triples(read_manifest(frames.DataFrame({"path": ["a.vcf"], "isolate": [17]}))) == [(None, "a.vcf", "17")]
    with pytest.raises(ManifestError, match="dtype=str"):
        read_manifest(frames.DataFrame({"path": ["a.vcf", "b.vcf"], "isolate": [17.0, None]}))


def test_table_of_pandas_is_read_with_its_missing_values():
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_csv(FOLDER / "r.tsv", sep="\t", dtype=str)
    assert triples(read_manifest(frame)) == FORMS["r.tsv"]
    frame = frame.convert_dtypes()
    assert triples(read_manifest(frame)) == FORMS["r.tsv"]


def test_data_frame_of_a_manifest():
    pandas = pytest.importorskip("pandas")
    frame = read_manifest(FOLDER / "gdc_manifest.txt").to_dataframe()
    columns = ["md5sum", "path", "name", "type", "sample", "isolate", "experiment", "source"]
    assert list(frame.columns) == [*columns, "id", "size", "state"]
    assert list(frame["md5sum"]) == [A, B]
    assert isinstance(frame, pandas.DataFrame)
    again = read_manifest(frame)
    assert [entry.md5sum for entry in again] == [A, B]


def test_pandas_is_not_imported_and_its_lack_is_told():
    script = f"""
import sys
sys.modules["pandas"] = None
from tracking_client.bulk import read_manifest
manifest = read_manifest({str(FOLDER / "md5sum.txt")!r})
try:
    manifest.to_dataframe()
except TypeError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stderr, done.stdout) == ("", "to_dataframe() needs pandas: pip install pandas\n")


# Where the files are


def test_relative_paths_begin_at_the_root(tmp_path):
    (tmp_path / "m.md5").write_text(f"{A}  ./run/a.vcf\n{B}  /data/b.vcf\n")
    assert [entry.path for entry in read_manifest(tmp_path / "m.md5")] == [f"{tmp_path}/./run/a.vcf", "/data/b.vcf"]
    assert read_manifest(tmp_path / "m.md5", root=tmp_path / "..")[0].path == f"{tmp_path}/.././run/a.vcf"
    assert read_manifest(io.StringIO(f"{A}  ./run/a.vcf\n"))[0].path == "./run/a.vcf"
    for root in (tmp_path / "missing", tmp_path / "m.md5"):
        with pytest.raises(ApiFileError):
            read_manifest(tmp_path / "m.md5", root=root)


def test_url_or_bare_name_is_found_below_the_root(tmp_path):
    for name in ("x/ERR1_1.fastq.gz", "ERR1_2.fastq.gz", "x/c.vcf.gz", "y/c.vcf.gz", "x/a.vcf", ".snapshot/1/a.vcf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    paths = [entry.path for entry in read_manifest(FOLDER / "ena_file_report.tsv", root=tmp_path)]
    # Two files have the last name.
    assert paths == [f"{tmp_path}/x/ERR1_1.fastq.gz", f"{tmp_path}/ERR1_2.fastq.gz", FORMS["ena_file_report.tsv"][2][1]]
    text = f"{A}  a.vcf\n{B}  c.vcf.gz\n{C}  https://host/files/ERR1_2.fastq.gz?download=1\n"
    assert [entry.path for entry in read_manifest(io.StringIO(text), root=tmp_path)] == [
        f"{tmp_path}/x/a.vcf",
        f"{tmp_path}/c.vcf.gz",
        f"{tmp_path}/ERR1_2.fastq.gz",
    ]


def test_file_of_two_urls_is_that_of_none(tmp_path):
    (tmp_path / "reads.fastq.gz").write_text("reads")
    text = f"url,md5\nftp://host/1/reads.fastq.gz,{A}\nftp://host/2/reads.fastq.gz,{B}\n"
    paths = [entry.path for entry in read_manifest(io.StringIO(text), root=tmp_path)]
    assert paths == ["ftp://host/1/reads.fastq.gz", "ftp://host/2/reads.fastq.gz"]


def test_root_is_told_if_no_file_is_on_disk(tmp_path):
    (tmp_path / "study.csv").write_text("isolate,path\niso 1,run/a.vcf\n")
    assert "root=" in read_manifest(tmp_path / "study.csv").notes[0].message
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "a.vcf").write_text("a")
    assert read_manifest(tmp_path / "study.csv").notes == ()


# What the entries are for


def test_entries_are_looked_up(api_client, tmp_path):
    (tmp_path / "a.vcf").write_text("a")
    (tmp_path / "m.csv").write_text(f"md5,path\n{A},missing.vcf\n,a.vcf\n,gone.vcf\n")
    results = list(look_up(api_client, read_manifest(tmp_path / "m.csv")))
    assert [result.status for result in results] == ["untracked", "untracked", "failed"]
    assert [result.md5sum for result in results] == [A, "0cc175b9c0f1b6a831c399e269772661", None]
    assert all(isinstance(result.item, Entry) for result in results)
