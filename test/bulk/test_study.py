"""Registration of a table of isolates and their files, on the embedded service."""

from __future__ import annotations

import hashlib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from clients import add_sample, client_for
from scripted_server import refused_host

from tracking_client import ApiFileError, ApiTypeError, ApiValueError, FileApi, ManifestError, SampleApi
from tracking_client.bulk import Entry, ServiceUnavailableError, find_sample, read_manifest, register_study


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
    assert [result.item for result in results] == list(read_manifest(table))
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
    row = Entry(str(tmp_path / "calls.txt"), experiment_id="experiment 1", file_type="vcf")
    (result,) = register_study(api_client, (each for each in [row]))
    assert (result.outcome, result.tracked.file_type, result.item) == ("created", "vcf", row)


def test_service_that_is_down_leaves_all_rows(tmp_path):
    table = write_study(tmp_path, 30)
    with client_for(refused_host(), retries=0) as api_client, pytest.raises(ServiceUnavailableError) as caught:
        list(register_study(api_client, table))
    assert list(caught.value.left) == list(read_manifest(table))


@pytest.mark.parametrize(("text", "expected"), [
    ("isolate,path\ni,a.vcf\n", ("i", None, "a.vcf", None)),
    ("\ufeffisolate,path\r\ni,a.vcf\r\n", ("i", None, "a.vcf", None)),
    ("Experiment-ID\tFILE\tfile type\ne\tb\tvcf", (None, "e", "b", "vcf")),
    ('path,isolate_id,experiment_id\n"a,b.vcf", i ,e\n', ("i", "e", "a,b.vcf", None)),
    ("isolate,note,path\n\ni,,a.vcf\n,,\n", ("i", None, "a.vcf", None)),
])  # fmt: skip
def test_table_is_read(tmp_path, text, expected):
    (tmp_path / "study.txt").write_bytes(text.encode())
    for root in (None, tmp_path / "data"):
        (tmp_path / "data").mkdir(exist_ok=True)
        (row,) = read_manifest(tmp_path / "study.txt", root=root)
        path = str((root or tmp_path) / expected[2])
        assert (row.isolate_id, row.experiment_id, row.path, row.file_type) == (*expected[:2], path, expected[3])


@pytest.mark.parametrize(("text", "message"), [
    ("", "it is empty"),
    ("i,a.vcf\n", "names no column"),
    ("path\na.vcf\n", "line 2: there is neither an isolate nor an experiment"),
    ("isolate\ni\n", "names no column"),
    ("isolate,isolate-id,path\ni,i,a.vcf\n", "two columns for the isolate"),
    ("isolate,path\n,a.vcf\n", "line 2: there is neither"),
    ("isolate,path,type\ni,a.vcf,bam\n", "line 2: the type 'bam'"),
    ('isolate,path\n"i,a.vcf\n', "line 2: "),
    ("isolate,experiment,path\ni,e,a.vcf\ni,f,b.vcf\n", "line 3: the isolate 'i' has two experiments: lines 2, 3"),
    ("isolate,experiment,path\ni,e,a.vcf\nj,e,b.vcf\n", "line 3: the experiment 'e' has two isolates: lines 2, 3"),
])  # fmt: skip
def test_invalid_table_is_rejected_with_its_line(api_client, tmp_path, text, message):
    (tmp_path / "study.csv").write_text(text)
    with pytest.raises((ManifestError, ApiFileError), match=message):
        register_study(api_client, tmp_path / "study.csv")
    assert SampleApi(api_client).samples_get() == []


def test_entries_of_a_script_that_contradict_each_other_are_rejected(api_client):
    entries = [Entry("a.vcf", isolate_id="i"), Entry("a.vcf", isolate_id="j")]
    with pytest.raises(ManifestError, match=r"'a\.vcf' is under two samples"):
        register_study(api_client, entries)


def test_no_sample_is_created_where_no_file_is_on_disk(api_client, tmp_path):
    table = write_study(tmp_path, 3)
    (tmp_path / "elsewhere").mkdir()
    assert outcomes(register_study(api_client, table, root=tmp_path / "elsewhere")) == 6 * ["failed"]
    (tmp_path / "reads" / "isolate_0_R1.fastq").unlink()
    (tmp_path / "reads" / "isolate_0_R2.fastq").unlink()
    (tmp_path / "reads" / "isolate_1_R1.fastq").unlink()
    results = list(register_study(api_client, table))
    assert outcomes(results) == ["failed", "failed", "failed", "created", "created", "created"]
    assert {sample.isolate_id for sample in SampleApi(api_client).samples_get()} == {"isolate 1", "isolate 2"}


def test_file_with_another_md5sum_than_in_its_row_fails(api_client, tmp_path):
    (tmp_path / "a.vcf").write_text("a")
    (tmp_path / "b.vcf").write_text("b")
    md5sum = hashlib.md5(b"a").hexdigest()
    (tmp_path / "study.csv").write_text(f"isolate,path,md5\ni,a.vcf,{md5sum}\ni,b.vcf,{'0' * 32}\n")
    good, bad = register_study(api_client, tmp_path / "study.csv")
    assert (good.outcome, bad.outcome) == ("created", "failed")
    assert isinstance(bad.error, ApiFileError)
    assert "line 3" in str(bad.error)


def test_experiment_is_added_to_the_sample_of_its_isolate(api_client, tmp_path):
    id_ = add_sample(api_client, **{"isolate-id": "i"})
    (tmp_path / "a.vcf").write_text("a")
    (tmp_path / "study.csv").write_text("isolate,experiment,path\ni,e,a.vcf\n")
    assert outcomes(register_study(api_client, tmp_path / "study.csv", dry_run=True)) == ["created"]
    assert SampleApi(api_client).samples_id_get(id_).experiment_id is None
    assert outcomes(register_study(api_client, tmp_path / "study.csv")) == ["created"]
    assert SampleApi(api_client).samples_id_get(id_).experiment_id == "e"


@pytest.mark.parametrize("table", [b"study.tsv", None, 7, {"path": "a"}, ["a.vcf"]])
def test_what_is_no_table_is_rejected(api_client, table):
    with pytest.raises(ApiTypeError):
        register_study(api_client, table)


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
