"""Entries and results that are passed on to another run: nothing that is known of them is lost."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import pytest
from clients import client_for
from scripted_server import refused_host

import tracking_client
from tracking_client import File, SampleApi
from tracking_client.bulk import (
    Entry,
    Manifest,
    ServiceUnavailableError,
    compare,
    iter_register,
    look_up,
    owners,
    read_manifest,
    register,
)

pytestmark = pytest.mark.once

A, B = (hashlib.md5(text.encode()).hexdigest() for text in "ab")


def write_study(folder: Path, *rows: str) -> Path:
    """Write a table, and a file that it may name."""
    (folder / "a.vcf").write_text("a")
    table = folder / "study.csv"
    table.write_text("\n".join(["isolate,experiment,path,md5", *rows]))
    return table


def names(client: tracking_client.ApiClient) -> list[tuple[str | None, str | None]]:
    return [(sample.isolate_id, sample.experiment_id) for sample in SampleApi(client).samples_get()]


def test_results_of_a_dry_run_keep_the_name_that_their_sample_lacks(service, client, tmp_path):
    service.sample("i")
    table = write_study(tmp_path, "i,e,a.vcf,")
    dry = register(client, read_manifest(table), create=True, dry_run=True)
    assert dry[0].entry.experiment_id == "e"
    assert register(client, dry.only("would-create"), create=True).counts == {"created": 1}
    assert names(client) == [("i", "e")]


def test_results_of_a_comparison_keep_the_name_that_their_sample_lacks(service, client, tmp_path):
    service.sample(experiment_id="e")
    table = write_study(tmp_path, "i,e,a.vcf,")
    compared = compare(client, read_manifest(table)).only("unregistered")
    assert compared[0].entry.isolate_id == "i"
    assert register(client, compared).counts == {"conflict": 1}  # as when the manifest itself is passed
    assert names(client) == [(None, "e")]


def test_what_an_outage_leaves_keeps_the_name_that_its_sample_lacks(service, client, tmp_path):
    service.sample("i")
    table = write_study(tmp_path, "i,e,a.vcf,")
    service.fail("PATCH /samples/*", status=401, times=None)  # which ends a run at once
    with pytest.raises(ServiceUnavailableError) as caught:
        register(client, read_manifest(table), create=True)
    service.recover()
    assert register(client, caught.value.left, create=True).counts == {"created": 1}
    assert names(client) == [("i", "e")]


def test_owner_of_a_file_has_its_own_names_only(service, client, tmp_path):
    register(client, File(A, "a.vcf", "vcf"), sample_id=service.sample("i"))
    (result,) = owners(client, read_manifest(write_study(tmp_path, f"j,e,a.vcf,{A}")))
    assert (result.entry.isolate_id, result.entry.experiment_id) == ("i", None)


def parts_of(manifest: Manifest) -> list[object]:
    """Return the last entry of a manifest in each way in which it may be passed on."""
    (entry,) = manifest[-1:]
    return [[entry], manifest[-1:], (each for each in [entry]), entry, [File(B, "b.vcf", "vcf"), entry]]


def test_file_that_was_missing_is_missing_in_a_second_run_too(client, tmp_path):
    table = write_study(tmp_path, f"i,,a.vcf,{A}", f"i,,gone.vcf,{B}")
    results = register(client, read_manifest(table), create=True)
    assert results.counts == {"created": 1, "failed": 1}
    (tmp_path / "a.vcf").unlink()
    for items in (results.failed, [results.failed[0].entry], pickle.loads(pickle.dumps(results.failed))):
        again = register(client, items)
        assert again.counts == {"failed": 1}
        assert isinstance(again[0].error, FileNotFoundError)
        assert compare(client, items).counts == {"failed": 1, "missing": 1}


def test_file_that_must_be_below_a_root_is_missing_in_each_part_of_its_manifest(service, client, tmp_path):
    table = write_study(tmp_path, f"i,,a.vcf,{A}", f"i,,gone.vcf,{B}")
    (tmp_path / "empty").mkdir()
    for root in (tmp_path / "empty", None):  # without a root, another file is on disk
        manifest = read_manifest(table, root=root)
        for items in [(manifest,), *parts_of(manifest)]:
            results = register(client, items, isolate_id="i", create=True, dry_run=True)
            assert results[-1].status == "failed"


def test_what_an_outage_leaves_is_missing_in_the_next_run(service, client, tmp_path):
    table = write_study(tmp_path, f"i,,a.vcf,{A}")
    (tmp_path / "empty").mkdir()
    service.fail("GET /samples", status=401, times=1)
    with pytest.raises(ServiceUnavailableError) as caught:
        register(client, read_manifest(table, root=tmp_path / "empty"), create=True)
    assert register(client, caught.value.left, create=True).counts == {"failed": 1}


def test_damaged_copy_that_was_deleted_is_missing(client, tmp_path):
    entry = Entry(str(tmp_path / "a.vcf"), B, isolate_id="i")
    (tmp_path / "a.vcf").write_text("a")
    failed = register(client, entry, create=True).failed
    (tmp_path / "a.vcf").unlink()
    assert register(client, failed, create=True).counts == {"failed": 1}


def test_files_of_which_none_was_on_disk_are_checked_when_they_are(client, tmp_path):
    table = write_study(tmp_path, f"i,,b.vcf,{B}")
    results = register(client, read_manifest(table), create=True)
    assert results.counts == {"created": 1}
    assert register(client, results).counts == {"existing": 1}
    (tmp_path / "b.vcf").write_text("damaged")
    assert register(client, results).counts == {"failed": 1}


@pytest.mark.parametrize("verify", ["md5sum", "content", "nothing"])
def test_file_that_is_not_on_disk_is_told_however_files_are_verified(client, tmp_path, verify):
    """A wrong root is noticed although no file is to be read."""
    table = write_study(tmp_path, f"i,,b.vcf,{B}")
    (tmp_path / "empty").mkdir()
    below_root = read_manifest(table, root=tmp_path / "empty")
    assert register(client, below_root, create=True, verify=verify).counts == {"failed": 1}
    assert [result.status for result in iter_register(client, below_root, verify=verify)] == ["failed"]
    results = register(client, read_manifest(table), create=True, verify=verify)
    assert repr(results) == "<Results: 1 created; 1 not verified>"
    assert compare(client, below_root, verify=verify).counts == {"failed": 1}
    assert [result.status for result in iter_register(client, read_manifest(table), verify=verify)] == ["failed"]


def write_reads(folder: Path) -> list[str]:
    """Write three files, and return their paths."""
    paths = [folder / f"{name}.fastq" for name in ("a_1", "a_2", "b")]
    for path in paths:
        path.write_text(f"@{path.name}\nACGT\n+\nIIII\n")
    return [*map(str, paths)]


def test_row_of_a_joined_table_is_its_file_only(client, tmp_path):
    """A sample sheet has two files in a row. Joined with results, each row has the path of one."""
    pandas = pytest.importorskip("pandas")
    first, second, _ = write_reads(tmp_path)
    sheet = pandas.DataFrame({"isolate": ["i"], "fastq_1": [first], "fastq_2": [second]})
    joined = register(client, sheet, create=True, dry_run=True).to_dataframe().merge(sheet, on="isolate")
    results = register(client, joined[joined["path"] == second], create=True)
    assert [(result.status, result.entry.path) for result in results] == [("created", second)]


@pytest.mark.parametrize("columns", [("Isolate", "fastq_1", "fastq_2"), ("isolate", "R1", "R2")])
def test_table_of_a_manifest_is_the_same_manifest(tmp_path, columns):
    pytest.importorskip("pandas")
    first, second, third = write_reads(tmp_path)
    manifest = read_manifest([dict(zip(columns, ("i", first, second), strict=True)), {columns[1]: third}])
    frame = manifest.to_dataframe()
    again = read_manifest(frame)
    assert [entry[:8] for entry in again] == [
        entry._replace(source=each.source)[:8] for entry, each in zip(manifest, again, strict=True)
    ]
    frame.loc[0, "path"] = third
    assert [entry.path for entry in read_manifest(frame)] == [third, second, third]


def test_name_follows_a_path_that_was_corrected(client, tmp_path):
    pytest.importorskip("pandas")
    path, *_ = write_reads(tmp_path)
    results = register(client, [{"isolate": "i", "path": "tpyo.fastq"}, {"isolate": "i", "path": path}], create=True)
    table = results.failed.to_dataframe()
    table["path"] = tmp_path / "b.fastq"
    (result,) = register(client, table)
    assert (result.status, result.file.filename) == ("created", "b.fastq")


def test_name_that_was_given_stays(client, tmp_path):
    pytest.importorskip("pandas")
    path, *_ = write_reads(tmp_path)
    manifest = read_manifest([{"isolate": "i", "path": path, "name": "given.fastq"}])
    (result,) = register(client, manifest.to_dataframe(), create=True)
    assert result.file.filename == "given.fastq"


def test_notes_of_a_table_that_is_passed_itself_are_logged(client, tmp_path, caplog):
    path, *_ = write_reads(tmp_path)
    register(client, [{"isolate": "i 1", "path": path}, {"isolate": "i\u00a01", "path": None}], create=True)
    assert [message.partition(": ")[2] for message in caplog.messages] == ["line 2: the row names no file"]


def test_what_is_left_can_be_used_again(client, tmp_path):
    entries = [Entry(md5sum=A), Entry(md5sum=B)]
    with client_for(refused_host()) as unreachable, pytest.raises(ServiceUnavailableError) as caught:
        look_up(unreachable, entries, patience=0)
    assert [len(look_up(client, caught.value.left)) for _ in range(2)] == [2, 2]
