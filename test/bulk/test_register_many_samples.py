"""Registration of files of many samples, as a study names them: what is checked, what is created, in which order."""

from __future__ import annotations

import hashlib
import itertools
import os
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from clients import add_sample, client_for
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted_server import refused_host

import tracking_client
from tracking_client import (
    ApiFileError,
    ApiValueError,
    File,
    FileApi,
    ManifestError,
    SampleApi,
    SampleConflictError,
    SampleNotFoundError,
)
from tracking_client._disk.hashing import hash_file
from tracking_client.bulk import (
    Entry,
    Results,
    ServiceUnavailableError,
    find_sample,
    iter_register,
    look_up,
    read_manifest,
    register,
)
from tracking_client.testing.fixture import TrackingServiceFixture

pytestmark = pytest.mark.once

A, B = (hashlib.md5(text.encode()).hexdigest() for text in "ab")


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


def write_files(folder: Path, *names: str) -> None:
    """Write files, each with the first letter of its name as its content."""
    for name in names:
        (folder / name).write_text(name[0])


def never(*arguments: object) -> None:
    """Stand for what must not be called."""
    raise AssertionError(f"called with {arguments}")


def statuses(results: object) -> list[str]:
    return [result.status for result in results]


def writes(service: TrackingServiceFixture) -> list[str]:
    return [str(request) for request in service.requests if request.method not in ("GET", "HEAD")]


def test_study_is_registered_once(api_client, tmp_path):
    table = write_study(tmp_path, 20)
    results = register(api_client, read_manifest(table), create=True)
    assert results.counts == {"created": 40}
    assert [result.item for result in results] == list(read_manifest(table))
    for number in range(20):
        sample = find_sample(api_client, isolate_id=f"isolate {number}", experiment_id=f"experiment {number}")
        names = {file.filename for file in FileApi(api_client).samples_id_files_get(sample.id)}
        assert names == {f"isolate_{number}_R1.fastq", f"isolate_{number}_R2.fastq"}
        assert results[2 * number].sample_id == sample.id
    assert register(api_client, read_manifest(str(table)), create=True).counts == {"existing": 40}
    assert len(SampleApi(api_client).samples_get()) == 20


def test_shortest_script(api_client, tmp_path):
    pytest.importorskip("pandas", reason="pandas is not installed")
    write_study(tmp_path, 2).rename(tmp_path / "study.csv")
    (tmp_path / "reads" / "isolate_0_R1.fastq").unlink()
    results = register(api_client, read_manifest(tmp_path / "study.csv"), create=True)
    assert results.counts == {"created": 3, "failed": 1}
    assert [result.entry.name for result in results.failed] == ["isolate_0_R1.fastq"]
    assert list(results.to_dataframe()["status"]) == ["failed", "created", "created", "created"]
    results.write(tmp_path / "report.tsv")
    again = look_up(api_client, read_manifest(tmp_path / "report.tsv"))
    assert statuses(again) == ["failed", "tracked", "tracked", "tracked"]


def test_nothing_is_written_before_the_last_file_is_checked(service, client, tmp_path, monkeypatch):
    """Both the samples and the files are complete when the first write is sent."""
    events = []

    def recorded_hash(path, *options):
        events.append("hash")
        return hash_file(path, *options)

    class Recorded(list):
        def append(self, request):
            events.append(request.method)

    monkeypatch.setattr("tracking_client.bulk._phases.hash_file", recorded_hash)
    monkeypatch.setattr(service._service, "requests", Recorded())
    register(client, read_manifest(write_study(tmp_path, 10)), create=True)
    kinds = [kind for kind, _ in itertools.groupby(events)]
    assert Counter(events)["hash"] == 20
    assert kinds[:2] == ["GET", "hash"]
    assert "hash" not in kinds[2:]
    assert "POST" in kinds[2:]


def test_dry_run_sends_no_write(service, client, tmp_path):
    table = write_study(tmp_path, 3)
    service.sample("isolate 1")
    for _ in range(2):
        results = register(client, read_manifest(table), create=True, dry_run=True)
        assert statuses(results) == 6 * ["would-create"]
        assert [result.sample_id is None for result in results] == [True, True, False, False, True, True]
        assert [bool(result.message) for result in results] == [False, False, True, True, False, False]
    assert writes(service) == []
    register(client, read_manifest(table), create=True)
    service.requests.clear()
    assert statuses(register(client, read_manifest(table), create=True, dry_run=True)) == 6 * ["existing"]
    assert writes(service) == []


def test_dry_run_tells_a_conflict_with_a_sample_that_does_not_exist_yet(service, client):
    register(client, File(A, "a.vcf", "vcf"), sample_id=service.sample())
    (result,) = register(client, Entry(md5sum=A, name="a.vcf", isolate_id="new"), create=True, dry_run=True)
    assert result.status == "conflict"


def test_samples_that_do_not_exist_are_an_error_that_lists_them(service, client, tmp_path, monkeypatch):
    table = write_study(tmp_path, 30)
    service.sample("isolate 1", "experiment 1")
    monkeypatch.setattr("tracking_client.bulk._phases.hash_file", never)
    for dry_run in (False, True):
        with pytest.raises(SampleNotFoundError) as caught:
            register(client, read_manifest(table), dry_run=dry_run)
    assert len(caught.value.samples) == 29
    assert caught.value.samples[0] == "isolate 'isolate 0', experiment 'experiment 0'"
    assert "29 samples" in str(caught.value)
    assert "and 19 more" in str(caught.value)
    assert writes(service) == []


def test_conflict_of_a_sample_is_that_of_its_files_only(api_client, tmp_path):
    table = write_study(tmp_path, 3)
    add_sample(api_client, **{"isolate-id": "isolate 1", "experiment-id": "another"})
    results = register(api_client, read_manifest(table), create=True)
    assert statuses(results) == ["created", "created", "conflict", "conflict", "created", "created"]
    assert isinstance(results[2].error, SampleConflictError)
    assert "another experiment" in str(results[2].error)
    assert results.failed == Results()


def test_missing_file_fails_alone(api_client, tmp_path):
    table = write_study(tmp_path, 2)
    (tmp_path / "reads" / "isolate_0_R2.fastq").unlink()
    results = register(api_client, read_manifest(table), create=True)
    assert statuses(results) == ["created", "failed", "created", "created"]


@pytest.mark.slow
def test_same_results_on_an_executor(api_client, tmp_path):
    table = write_study(tmp_path, 60)
    add_sample(api_client, **{"isolate-id": "isolate 1", "experiment-id": "another"})
    with ProcessPoolExecutor(2) as executor:
        results = register(api_client, read_manifest(table), create=True, executor=executor)
    assert results.counts == {"created": 118, "conflict": 2}
    again = register(api_client, read_manifest(table), create=True)
    assert [result.item for result in results] == [result.item for result in again]
    assert [result.entry for result in results] == [result.entry for result in again]
    assert again.counts == {"existing": 118, "conflict": 2}


def test_wrong_root_creates_no_sample(service, client, tmp_path):
    table = write_study(tmp_path, 3)
    (tmp_path / "elsewhere").mkdir()
    results = register(client, read_manifest(table, root=tmp_path / "elsewhere"), create=True)
    assert results.counts == {"failed": 6}
    assert writes(service) == []


def test_wrong_root_fails_files_whose_md5sums_are_known_too(service, client, tmp_path):
    table = tmp_path / "study.csv"
    table.write_text(f"isolate,path,md5\ni,a.vcf,{A}\n")
    (tmp_path / "elsewhere").mkdir()
    results = register(client, read_manifest(table, root=tmp_path / "elsewhere"), create=True)
    assert results.counts == {"failed": 1}
    assert isinstance(results[0].error, FileNotFoundError)
    assert writes(service) == []


def test_sample_with_unusable_files_only_is_not_created(api_client, tmp_path):
    table = write_study(tmp_path, 4)
    (tmp_path / "reads" / "isolate_0_R1.fastq").unlink()
    (tmp_path / "reads" / "isolate_0_R2.fastq").write_text("")
    (tmp_path / "reads" / "isolate_1_R1.fastq").unlink()
    (tmp_path / "reads" / "isolate_2_R1.fastq").rename(tmp_path / "reads" / "x.bam")
    text = table.read_text().replace("isolate_2_R1.fastq", "x.bam").replace("isolate_2_R2.fastq", "x.bam")
    table.write_text(text)
    results = register(api_client, read_manifest(table), create=True)
    assert statuses(results) == [*3 * ["failed"], "created", *2 * ["failed"], *2 * ["created"]]
    assert {sample.isolate_id for sample in SampleApi(api_client).samples_get()} == {"isolate 1", "isolate 3"}


@pytest.mark.parametrize("order", [1, -1])
def test_md5sum_under_two_samples_fails_both_in_either_order(service, client, order):
    entries = [
        Entry(md5sum=A, name="a.vcf", isolate_id="i"),
        Entry(md5sum=A.upper(), name="a.vcf", isolate_id="j"),
        Entry(md5sum=B, name="b.vcf", isolate_id="k"),
    ][::order]
    results = register(client, entries, create=True)
    assert statuses(results) == ["failed", "failed", "created"][::order]
    assert {str(result.error) for result in results.failed} == {str(results.failed[0].error)}
    assert A in str(results.failed[0].error)
    assert [path for path in writes(service) if path == "POST /samples"] == ["POST /samples"]


@pytest.mark.parametrize("order", [1, -1])
def test_files_of_the_same_content_under_two_samples_both_fail(service, client, tmp_path, order):
    """Only what is hashed tells it."""
    write_files(tmp_path, "a1.vcf", "a2.vcf", "b.vcf")
    rows = ["i,a1.vcf", "j,a2.vcf", "k,b.vcf"][::order]
    (tmp_path / "study.csv").write_text("\n".join(["isolate,path", *rows]))
    results = register(client, read_manifest(tmp_path / "study.csv"), create=True)
    assert statuses(results) == ["failed", "failed", "created"][::order]
    assert f"{A}' is under two samples: lines {'2, 3' if order == 1 else '3, 4'}" in str(results.failed[1].error)
    assert sum(path == "POST /samples" for path in writes(service)) == 1


def test_file_on_disk_and_an_md5sum_elsewhere_under_two_samples_both_fail(service, client, tmp_path):
    write_files(tmp_path, "a.vcf")
    entries = [Entry(str(tmp_path / "a.vcf"), isolate_id="i"), Entry(md5sum=A, name="x.vcf", isolate_id="j")]
    assert register(client, entries, create=True).counts == {"failed": 2}
    assert writes(service) == []


@pytest.mark.parametrize("order", [1, -1])
def test_md5sum_under_two_samples_is_told_although_one_of_them_has_failed(service, client, tmp_path, order):
    """Whatever made it fail."""
    write_files(tmp_path, "a.vcf", "b.vcf", "c.vcf")
    path, id_ = str(tmp_path / "a.vcf"), service.sample("known", "right")
    failing = [
        Entry(str(tmp_path / "gone.vcf"), A, isolate_id="j"),
        Entry(str(tmp_path / "b.vcf"), A, isolate_id="j"),
        Entry(path, B, isolate_id="j"),
        Entry(path, sample_id=id_, isolate_id="j"),
        Entry(path, isolate_id="known", experiment_id="wrong"),
        Entry(str(tmp_path / "gone.vcf"), A, sample_id=id_),
        Entry(md5sum=A, name="a.unknown", isolate_id="j"),
    ]
    for entry in failing:
        entries = [Entry(path, isolate_id="i"), entry, Entry(str(tmp_path / "c.vcf"), isolate_id="k")][::order]
        results = register(client, entries, create=True)
        first, second, _ = results[::order]
        assert {first.status, second.status} <= {"failed", "conflict"}, entry
        assert "is under two samples" in str(first.error)
    assert [sample.isolate_id for sample in SampleApi(client).samples_get()] == ["known", "k"]


def test_entry_that_has_failed_contradicts_no_other_one_of_its_sample(service, client, tmp_path):
    write_files(tmp_path, "a.vcf")
    path, gone, id_ = str(tmp_path / "a.vcf"), str(tmp_path / "gone.vcf"), service.sample("known", "right")
    for pair in (
        [Entry(path, isolate_id="i"), Entry(gone, A, isolate_id="i")],
        [Entry(path, isolate_id="i"), Entry(gone, A, isolate_id="i", experiment_id="e")],
        [Entry(path, sample_id=id_), Entry(gone, A, isolate_id="known")],
        [Entry(path, isolate_id="known"), Entry(gone, A, sample_id=id_.upper())],
        [Entry(path, sample_id=id_), Entry(path, isolate_id="known", experiment_id="wrong")],
    ):
        first, second = register(client, pair, create=True, dry_run=True)
        assert (first.status, second.status in ("failed", "conflict")) == ("would-create", True)


def test_samples_of_one_input_are_the_same_by_name_and_by_id(service, client):
    """Two ways to name a sample are no contradiction, and two samples are one."""
    ids = [service.sample("i"), service.sample("j")]
    same = [Entry(md5sum=A, name="a.vcf", isolate_id="i"), Entry(md5sum=A, name="a.vcf", sample_id=ids[0])]
    assert register(client, same).counts == {"created": 1, "existing": 1}
    other = [Entry(md5sum=B, name="b.vcf", isolate_id="i"), Entry(md5sum=B, name="b.vcf", sample_id=ids[1])]
    assert register(client, other).counts == {"failed": 2}


def test_entries_that_contradict_each_other_both_fail(client, tmp_path):
    write_files(tmp_path, "a.vcf", "b.vcf")
    path = str(tmp_path / "a.vcf")
    for pair in (
        [Entry(path, isolate_id="i"), Entry(f"{tmp_path}/./a.vcf", isolate_id="j")],
        [Entry(path, isolate_id="i", experiment_id="e"), Entry(path, isolate_id="i", experiment_id="f")],
        [Entry(path, isolate_id="i", experiment_id="e"), Entry(path, isolate_id="j", experiment_id="e")],
    ):
        assert register(client, pair, create=True).counts == {"failed": 2}


@pytest.mark.parametrize("order", [1, -1])
def test_contradiction_fails_both_although_the_service_knows_which_is_right(service, client, order):
    service.sample("i", "e")
    entries = [
        Entry(md5sum=A, name="a.vcf", isolate_id="i", experiment_id="e"),
        Entry(md5sum=A, name="a.vcf", isolate_id="i", experiment_id="f"),
    ][::order]
    assert register(client, entries, create=True).counts == {"failed": 2}
    assert writes(service) == []


@pytest.mark.parametrize("order", [1, -1])
def test_row_with_only_a_name_that_is_contradicted_has_failed(client, order):
    names = [("i", "e"), (None, "e"), ("j", "e")]
    entries = [
        Entry(md5sum=f"{number:032x}", name="a.vcf", isolate_id=isolate, experiment_id=experiment)
        for number, (isolate, experiment) in enumerate(names)
    ][::order]
    assert statuses(register(client, entries, create=True)) == 3 * ["failed"]
    assert SampleApi(client).samples_get() == []


def test_report_of_ena_is_registered_without_files_and_checks_a_download(client, tmp_path, monkeypatch):
    report = tmp_path / "ena.tsv"
    report.write_text(
        "run_accession\tsample_accession\tfastq_md5\tfastq_ftp\n"
        f"ERR1\tSAMEA1\t{A};{B}\tftp.sra.ebi.ac.uk/vol1/a_1.fastq.gz;ftp.sra.ebi.ac.uk/vol1/b_2.fastq.gz\n"
    )
    columns = {"isolate": "sample_accession"}
    results = register(client, read_manifest(report, columns=columns), create=True)
    assert results.counts == {"created": 2}
    assert [result.message for result in results] == 2 * ["not verified"]
    assert repr(results) == "<Results: 2 created; 2 not verified>"
    assert [(each.isolate_id) for each in SampleApi(client).samples_get()] == ["SAMEA1"]
    assert [result.file.filename for result in results] == ["a_1.fastq.gz", "b_2.fastq.gz"]
    download = tmp_path / "download" / "run"
    download.mkdir(parents=True)
    (download / "a_1.fastq.gz").write_text("a")
    (download / "b_2.fastq.gz").write_text("damaged")
    checked = register(client, read_manifest(report, columns=columns, root=tmp_path / "download"))
    assert statuses(checked) == ["existing", "failed"]
    assert checked[0].message is None
    assert B in str(checked[1].error)
    assert "ena.tsv:2" in str(checked[1].error)


def test_one_file_on_disk_means_that_the_others_are_missing(client, tmp_path):
    write_files(tmp_path, "a.vcf")
    (tmp_path / "m.csv").write_text(f"isolate,path,md5\ni,a.vcf,{A}\ni,b.vcf,{B}\n")
    results = register(client, read_manifest(tmp_path / "m.csv"), create=True)
    assert statuses(results) == ["created", "failed"]
    assert isinstance(results[1].error, FileNotFoundError)


def test_file_with_another_md5sum_than_in_its_row_fails(client, tmp_path):
    write_files(tmp_path, "a.vcf", "b.vcf")
    (tmp_path / "study.csv").write_text(f"isolate,path,md5\ni,a.vcf,{A}\nj,b.vcf,{'0' * 32}\n")
    for verify in ("md5sum", "content"):
        good, bad = register(client, read_manifest(tmp_path / "study.csv"), create=True, verify=verify)
        assert (good.status in ("created", "existing"), bad.status) == (True, "failed")
        assert isinstance(bad.error, ApiFileError)
        assert "study.csv:3" in str(bad.error)
    assert {each.isolate_id for each in SampleApi(client).samples_get()} == {"i"}
    unread = register(client, read_manifest(tmp_path / "study.csv"), create=True, verify="nothing")
    assert statuses(unread) == ["existing", "created"]


def test_experiment_is_added_to_the_sample_of_its_isolate(client, tmp_path):
    id_ = add_sample(client, **{"isolate-id": "i"})
    write_files(tmp_path, "a.vcf")
    (tmp_path / "study.csv").write_text("isolate,experiment,path\ni,e,a.vcf\n")
    assert statuses(register(client, read_manifest(tmp_path / "study.csv"))) == ["conflict"]
    for dry_run, status in ((True, "would-create"), (False, "created")):
        (result,) = register(client, read_manifest(tmp_path / "study.csv"), create=True, dry_run=dry_run)
        assert result.status == status
        assert "experiment 'e'" in result.message
        assert SampleApi(client).samples_id_get(id_).experiment_id == (None if dry_run else "e")


def test_sample_that_only_unusable_files_name_gets_no_name(service, client, tmp_path):
    id_ = service.sample("i")
    write_files(tmp_path, "a.vcf")
    entries = [
        Entry(str(tmp_path / "a.vcf"), isolate_id="j"),
        Entry(str(tmp_path / "b.vcf"), isolate_id="i", experiment_id="e"),
    ]
    assert statuses(register(client, entries, create=True)) == ["created", "failed"]
    assert SampleApi(client).samples_id_get(id_).experiment_id is None


def test_row_with_one_name_belongs_to_the_sample_that_has_both(client, tmp_path):
    write_files(tmp_path, "a.vcf", "b.vcf", "c.vcf")
    (tmp_path / "study.csv").write_text("isolate,experiment,path\ni,,a.vcf\n,e,b.vcf\ni,e,c.vcf\n")
    results = register(client, read_manifest(tmp_path / "study.csv"), create=True)
    assert statuses(results) == 3 * ["created"]
    assert len({result.sample_id for result in results}) == 1


@pytest.mark.parametrize("row", ["i,,a.vcf", ",e,a.vcf"])
def test_sample_is_created_with_the_name_that_a_row_lacks(client, tmp_path, row):
    write_files(tmp_path, "a.vcf", "b.vcf")
    (tmp_path / "study.csv").write_text(f"isolate,experiment,path\n{row}\ni,e,b.vcf\n")
    results = register(client, read_manifest(tmp_path / "study.csv"), create=True, max_workers=1)
    assert statuses(results) == 2 * ["created"]
    (sample,) = SampleApi(client).samples_get()
    assert (sample.isolate_id, sample.experiment_id) == ("i", "e")
    assert [result.sample_id for result in results] == 2 * [sample.id]


@pytest.mark.parametrize("name", ["py\r", "17.0", "1.23E+10", "iso\t1", " i"])
def test_entry_whose_sample_has_an_invalid_name_fails(service, client, name):
    entries = [Entry(md5sum=A, name="a.vcf", isolate_id=name), Entry(md5sum=B, name="b.vcf", experiment_id="e")]
    assert statuses(register(client, entries, create=True)) == ["failed", "created"]
    assert [sample.isolate_id for sample in SampleApi(client).samples_get()] == [None]


def test_problems_of_a_manifest_are_an_error_or_failed_results_in_the_order_of_the_lines(client, tmp_path):
    write_files(tmp_path, "a.vcf", "b.vcf", "c.vcf", "d.vcf", "e.vcf")
    table = tmp_path / "study.csv"
    table.write_text(
        "isolate,path\ni,a.vcf\niso\x011,b.vcf\nk,c.vcf,x\n\n17.0,d.vcf\nl,a.vcf\nm,e.vcf\n", encoding="utf-8"
    )
    with pytest.raises(ManifestError) as caught:
        read_manifest(table)
    assert len(caught.value.problems) == 5
    for function in (register, iter_register):
        options = {"create": True} if function is register else {}
        results = list(function(client, read_manifest(table, strict=False), **options))
        assert [result.status in ("created", "existing") for result in results] == [*5 * [False], True]
        lines = [result.entry.source.line for result in results]
        assert lines == [2, 3, 4, 6, 7, 8]
        assert all(str(result.error) for result in results[:5])
    assert statuses(look_up(client, read_manifest(table, strict=False))) == [*5 * ["failed"], "tracked"]


def test_rows_may_come_from_a_generator(client, tmp_path):
    (tmp_path / "calls.txt").write_text("calls")
    row = Entry(str(tmp_path / "calls.txt"), experiment_id="experiment 1", file_type="vcf")
    (result,) = register(client, (each for each in [row]), create=True)
    assert (result.status, result.tracked.file_type, result.item) == ("created", "vcf", row)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_data_frame_is_registered(client, tmp_path, library):
    frames = pytest.importorskip(library, reason=f"{library} is not installed")
    write_files(tmp_path, "a.vcf", "b.vcf")
    paths = [str(tmp_path / name) for name in ("a.vcf", "b.vcf")]
    frame = frames.DataFrame({"isolate": ["i", "j"], "path": paths})
    assert register(client, frame, create=True).counts == {"created": 2}
    assert look_up(client, frame).counts == {"tracked": 2}


@pytest.mark.parametrize("make", [list, tuple, iter])
def test_dicts_are_rows_of_a_table(client, tmp_path, make):
    write_files(tmp_path, "a.vcf", "b.vcf")
    rows = [{"isolate": name, "path": str(tmp_path / f"{name}.vcf")} for name in "ab"]
    results = register(client, make(rows), create=True)
    assert [result.entry.isolate_id for result in results] == ["a", "b"]
    assert results.counts == {"created": 2}


def test_second_run_with_what_is_left_finishes_without_hashing_again(service, client, tmp_path, monkeypatch):
    table = write_study(tmp_path, 30)
    manifest = read_manifest(table)
    register(client, list(manifest)[:10], create=True)
    service.fail("POST /samples/*/files", times=None)
    with client_for(service.host, retries=0) as impatient, pytest.raises(ServiceUnavailableError) as caught:
        register(impatient, [*manifest, "missing.vcf"], create=True, patience=0.2)
    service.recover()
    left = list(caught.value.left)
    assert isinstance(caught.value.results, Results)
    assert len(left) + len(caught.value.results) == 61
    assert set(caught.value.results.counts) <= {"existing", "created", "failed"}
    assert caught.value.results.counts["failed"] >= 1  # the missing file; at the end, what has failed five times
    assert all(entry.hashed is not None for entry in left)
    monkeypatch.setattr("tracking_client.bulk._phases.hash_file", never)
    rest = register(client, left, create=True)
    assert set(rest.counts) <= {"created", "existing"}
    assert [result.item for result in rest] == left
    assert len(SampleApi(client).samples_get()) == 30
    assert register(client, (result.entry for result in rest)).counts == {"existing": len(left)}


def test_service_that_is_down_leaves_all_rows(tmp_path):
    table = write_study(tmp_path, 30)
    with client_for(refused_host(), retries=0) as api_client, pytest.raises(ServiceUnavailableError) as caught:
        register(api_client, read_manifest(table), create=True)
    assert list(caught.value.left) == list(read_manifest(table))
    assert caught.value.results == Results()


@pytest.mark.slow
def test_two_clients_at_once_register_a_study_once(host, tmp_path):
    manifest = read_manifest(write_study(tmp_path, 40))
    with client_for(host) as first, client_for(host) as second, ThreadPoolExecutor(2) as threads:
        runs = list(threads.map(lambda client: register(client, manifest, create=True), [first, second]))
        assert Counter(status for run in runs for status in statuses(run)) == {"created": 80, "existing": 80}
        assert len(SampleApi(first).samples_get()) == 40


def test_progress_counts_the_files_while_they_are_checked_and_while_they_are_registered(client, tmp_path):
    told = []
    manifest = read_manifest(write_study(tmp_path, 4))
    register(client, manifest, create=True, progress=lambda done, total: told.append((done, total)))
    assert told == 2 * [(number, 8) for number in range(1, 9)]


def test_report_of_another_form_cannot_be_taken_for_a_run(client, tmp_path):
    """A dry run and the run after it differ in each row that was written."""
    manifest = read_manifest(write_study(tmp_path, 2))
    dry = register(client, manifest, create=True, dry_run=True)
    real = register(client, manifest, create=True)
    assert not {*statuses(dry)} & {*statuses(real)}


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["i", "j", None]), st.sampled_from(["e", None]))))
def test_any_entries_never_put_an_md5sum_under_two_samples(service, client, rows):
    """Whatever the entries are: those with one md5sum in different samples fail, and the order decides nothing."""
    entries = [Entry(md5sum=f"{number:032x}", name="a.vcf", isolate_id=i, experiment_id=e) for number, i, e in rows]
    forward = register(client, entries, create=True, dry_run=True)
    backward = register(client, entries[::-1], create=True, dry_run=True)
    assert [result.status == "failed" for result in forward] == [result.status == "failed" for result in backward][::-1]
    for number in range(4):
        good = [result.entry for result in forward.only("would-create", "existing") if int(result.md5sum, 16) == number]
        assert len({entry.isolate_id for entry in good} - {None}) <= 1
        assert len({entry.experiment_id for entry in good} - {None}) <= 1


def test_not_even_a_link_hides_that_a_path_is_under_two_samples(client, tmp_path):
    write_files(tmp_path, "a.vcf")
    os.symlink(tmp_path / "a.vcf", tmp_path / "b.vcf")
    entries = [Entry(str(tmp_path / f"{name}.vcf"), isolate_id=name) for name in "ab"]
    assert register(client, entries, create=True).counts == {"failed": 2}


def test_manifest_error_of_a_table_among_the_items(client, tmp_path):
    with pytest.raises(ManifestError):
        register(client, [{"isolate": "i", "path": "a\nb.vcf"}, {"isolate": "j", "path": "a.vcf"}], create=True)
    with pytest.raises(ApiValueError, match="read_manifest"):
        register(client, str(tmp_path / "study.csv"), create=True)


@pytest.mark.parametrize("dry_run", [False, True])
def test_no_sample_is_created_for_files_of_another_one(client, dry_run):
    files = [tracking_client.File(f"{number:032x}", f"{number}.vcf", "vcf") for number in range(3)]
    register(client, files[:2], isolate_id="right", create=True)
    results = register(client, files[:2], isolate_id="mistyped", create=True, dry_run=dry_run)
    assert results.counts == {"conflict": 2}
    assert {result.message for result in results} == {"registered, but not with this sample"}
    assert find_sample(client, isolate_id="mistyped") is None
    results = register(client, files, isolate_id="other", create=True, dry_run=dry_run)
    assert results.counts == {"would-create" if dry_run else "created": 1, "conflict": 2}


def test_sample_that_another_client_creates_in_the_meantime_is_no_conflict(service, client):
    file = tracking_client.File(A, "a.vcf", "vcf")
    service.delay(f"GET /files/{A}", 1)

    def register_elsewhere() -> None:
        while not any(str(request) == f"GET /files/{A}" for request in service.requests):
            time.sleep(0.01)
        FileApi(client).samples_id_files_post(service.sample("isolate 1"), file)

    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(register_elsewhere)
        results = register(client, file, isolate_id="isolate 1", create=True)
        done.result()
    assert statuses(results) == ["existing"]


@pytest.mark.parametrize("names", [("i", None), (None, "e")])
def test_sample_gets_no_name_for_files_of_another_one(service, client, names):
    id_ = service.sample(*names)
    files = [File(letter * 32, f"{letter}.vcf", "vcf") for letter in "abc"]
    register(client, files[0], isolate_id="other", create=True)
    service.requests.clear()
    for dry_run in (True, False):
        (result,) = register(client, files[0], isolate_id="i", experiment_id="e", create=True, dry_run=dry_run)
        assert (result.status, result.message) == ("conflict", "registered, but not with this sample")
    assert writes(service) == []
    register(client, files[1], sample_id=id_)
    results = register(client, files[1:], isolate_id="i", experiment_id="e", create=True)
    assert statuses(results) == ["existing", "created"]
    assert SampleApi(client).samples_id_get(id_).experiment_id == "e"


def test_sample_gets_a_name_for_a_file_that_it_has(service, client):
    id_ = service.sample("i")
    register(client, File(A, "a.vcf", "vcf"), sample_id=id_)
    (result,) = register(client, File(A, "a.vcf", "vcf"), isolate_id="i", experiment_id="e", create=True)
    assert result.status == "existing"
    assert SampleApi(client).samples_id_get(id_).experiment_id == "e"
