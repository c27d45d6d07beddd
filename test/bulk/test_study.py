"""Registration of a table of isolates and their files, on the embedded service."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from clients import add_sample, client_for
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import refused_host

from tracking_client import ApiTypeError, ApiValueError, FileApi, SampleApi
from tracking_client.bulk import ServiceUnavailableError, StudyRow, find_sample, read_study, register_study


def write_study(folder: Path, isolates: int) -> Path:
    """Write a table with two files for each isolate, and the files in a folder beside it."""
    (folder / "reads").mkdir()
    lines = ["Isolate\tExperiment\tPath\tCountry"]
    for number in range(isolates):
        for read in (1, 2):
            name = f"reads/isolate_{number}_R{read}.fastq"
            (folder / name).write_text(f"@{name}\n")
            lines.append(f"isolate {number}\texperiment {number}\t{name}\tPE")
    table = folder / "study.tsv"
    table.write_text("\n".join(lines) + "\n")
    return table


def outcomes(results: object) -> list[str]:
    return [result.outcome for result in results]


def test_study_is_registered_once(api_client, tmp_path):
    table = write_study(tmp_path, 20)
    results = list(register_study(api_client, table))
    assert outcomes(results) == 40 * ["created"]
    assert [result.item for result in results] == read_study(table)
    for number in range(20):
        sample = find_sample(api_client, isolate_id=f"isolate {number}", experiment_id=f"experiment {number}")
        names = {file.filename for file in FileApi(api_client).samples_id_files_get(sample.id)}
        assert names == {f"isolate_{number}_R1.fastq", f"isolate_{number}_R2.fastq"}
        assert results[2 * number].sample_id == sample.id
    assert outcomes(register_study(api_client, str(table))) == 40 * ["existing"]
    assert len(SampleApi(api_client).samples_get()) == 20


def test_dry_run_writes_nothing(api_client, tmp_path):
    table = write_study(tmp_path, 3)
    add_sample(api_client, **{"isolate-id": "isolate 1"})
    results = list(register_study(api_client, table, dry_run=True))
    assert outcomes(results) == 6 * ["created"]
    assert [result.sample_id is None for result in results] == [True, True, False, False, True, True]
    assert len(SampleApi(api_client).samples_get()) == 1
    list(register_study(api_client, table))
    assert outcomes(register_study(api_client, table, dry_run=True)) == 6 * ["existing"]


def test_error_of_a_sample_is_that_of_its_files_only(api_client, tmp_path):
    table = write_study(tmp_path, 3)
    add_sample(api_client, **{"isolate-id": "isolate 1", "experiment-id": "another"})
    results = list(register_study(api_client, table))
    assert outcomes(results) == ["created", "created", "failed", "failed", "created", "created"]
    assert isinstance(results[2].error, ApiValueError)
    assert "another experiment" in str(results[2].error)


def test_missing_file_fails_alone(api_client, tmp_path):
    table = write_study(tmp_path, 2)
    (tmp_path / "reads" / "isolate_0_R2.fastq").unlink()
    assert outcomes(register_study(api_client, table)) == ["created", "failed", "created", "created"]


def test_same_results_on_an_executor(api_client, tmp_path):
    table = write_study(tmp_path, 60)
    add_sample(api_client, **{"isolate-id": "isolate 1", "experiment-id": "another"})
    with ProcessPoolExecutor(2) as executor:
        results = list(register_study(api_client, table, executor=executor))
    assert Counter(outcomes(results)) == {"created": 118, "failed": 2}
    again = list(register_study(api_client, table))
    assert [result.item for result in results] == [result.item for result in again]
    assert Counter(outcomes(again)) == {"existing": 118, "failed": 2}


def test_rows_may_come_from_a_script(api_client, tmp_path):
    (tmp_path / "calls.txt").write_text("calls")
    row = StudyRow(1, None, "experiment 1", tmp_path / "calls.txt", "vcf")
    (result,) = register_study(api_client, (each for each in [row]))
    assert (result.outcome, result.tracked.file_type, result.item) == ("created", "vcf", row)


def test_service_that_is_down_leaves_all_rows(tmp_path):
    table = write_study(tmp_path, 30)
    with client_for(refused_host(), retries=0) as api_client, pytest.raises(ServiceUnavailableError) as caught:
        list(register_study(api_client, table))
    assert list(caught.value.left) == read_study(table)


@pytest.mark.parametrize(("text", "expected"), [
    ("isolate,path\ni,a.vcf\n", ("i", None, "a.vcf", None)),
    ("\ufeffisolate,path\r\ni,a.vcf\r\n", ("i", None, "a.vcf", None)),
    ("Experiment-ID\tFILE\tfile type\ne\tb\tvcf", (None, "e", "b", "vcf")),
    ('path,isolate_id,experiment_id\n"a,b.vcf", i ,e\n', ("i", "e", "a,b.vcf", None)),
    ("isolate,note,path\n\ni,,a.vcf,surplus\n,,\n", ("i", None, "a.vcf", None)),
])  # fmt: skip
def test_table_is_read(tmp_path, text, expected):
    (tmp_path / "study.txt").write_bytes(text.encode())
    (row,) = read_study(tmp_path / "study.txt")
    assert row[1:] == (*expected[:2], tmp_path / expected[2], expected[3])
    (elsewhere,) = read_study(tmp_path / "study.txt", "/data")
    assert elsewhere.path == Path("/data") / expected[2]


@pytest.mark.parametrize(("text", "message"), [
    ("", "line 1: the header needs"),
    ("i,a.vcf\n", "line 1: the header needs"),
    ("path\na.vcf\n", "line 1: the header needs"),
    ("isolate\ni\n", "line 1: the header needs"),
    ("isolate,isolate-id,path\ni,i,a.vcf\n", "line 1: there are two columns"),
    ("isolate,path\ni,a.vcf\ni,\n", "line 3: there is no path"),
    ("isolate,path\n,a.vcf\n", "line 2: Give the name"),
    ("isolate,path,type\ni,a.vcf,bam\n", "line 2: the type 'bam'"),
    ('isolate,path\n"i,a.vcf\n', "line 2: "),
    ("isolate,experiment,path\ni,e,a.vcf\ni,f,b.vcf\n", "line 3: the isolate 'i' has another experiment in line 2"),
    ("isolate,experiment,path\ni,e,a.vcf\nj,e,b.vcf\n", "line 3: the experiment 'e' has another isolate in line 2"),
])  # fmt: skip
def test_invalid_table_is_rejected_with_its_line(api_client, tmp_path, text, message):
    (tmp_path / "study.csv").write_text(text)
    with pytest.raises(ApiValueError, match=message):
        register_study(api_client, tmp_path / "study.csv")
    assert SampleApi(api_client).samples_get() == []


def test_all_errors_of_a_table_are_told_at_once(tmp_path):
    (tmp_path / "study.csv").write_text("isolate,path\n" + 15 * "i,\n")
    with pytest.raises(ApiValueError) as caught:
        read_study(tmp_path / "study.csv")
    assert str(caught.value).count("there is no path") == 10
    assert str(caught.value).endswith("and 5 more")


@pytest.mark.parametrize("table", [b"study.tsv", None, 7, {"path": "a"}, ["a.vcf"]])
def test_what_is_no_table_is_rejected(api_client, table):
    with pytest.raises(ApiTypeError):
        register_study(api_client, table)


def test_table_that_is_not_utf_8(tmp_path):
    (tmp_path / "study.csv").write_bytes("isolate,path\ni,ä.vcf\n".encode("latin-1"))
    with pytest.raises(ApiValueError, match="UTF-8"):
        read_study(tmp_path / "study.csv")


def test_row_with_one_name_belongs_to_the_sample_that_has_both(api_client, tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.vcf").write_text(name)
    (tmp_path / "study.csv").write_text("isolate,experiment,path\ni,,a.vcf\n,e,b.vcf\ni,e,c.vcf\n")
    results = list(register_study(api_client, tmp_path / "study.csv"))
    assert outcomes(results) == 3 * ["created"]
    assert len({result.sample_id for result in results}) == 1


@pytest.mark.parametrize("row", ["i,,a.vcf", ",e,a.vcf"])
def test_sample_is_created_with_the_name_that_a_row_lacks(api_client, tmp_path, row):
    for name in "ab":
        (tmp_path / f"{name}.vcf").write_text(name)
    (tmp_path / "study.csv").write_text(f"isolate,experiment,path\n{row}\ni,e,b.vcf\n")
    results = list(register_study(api_client, tmp_path / "study.csv", max_workers=1))
    assert outcomes(results) == 2 * ["created"]
    (sample,) = SampleApi(api_client).samples_get()
    assert (sample.isolate_id, sample.experiment_id) == ("i", "e")
    assert [result.sample_id for result in results] == 2 * [sample.id]


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_table_is_read_or_rejected(tmp_path_factory, content):
    table = tmp_path_factory.mktemp("study") / "study.csv"
    table.write_bytes(b"isolate,path\n" + content)
    try:
        rows = read_study(table)
    except ApiValueError:
        return
    assert all(row.isolate_id for row in rows)
