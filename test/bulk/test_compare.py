"""Comparison of files with what their samples have, on the embedded service."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import os
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from clients import client_for
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking_client import (
    ApiClient,
    ApiFileError,
    ApiValueError,
    File,
    FileApi,
    NotFoundException,
    SampleApi,
    SampleConflictError,
    SampleNotFoundError,
)
from tracking_client.bulk import Entry, Results, ServiceUnavailableError, compare, read_manifest, register
from tracking_client.testing.fixture import TrackingServiceFixture, running_fixture

pytestmark = pytest.mark.once


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with three files, whose contents are their names."""
    folder = tmp_path / "run_17"
    folder.mkdir()
    for name in ("a.vcf", "b.vcf", "c.vcf"):
        (folder / name).write_text(name)
    return folder


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def add(client: ApiClient, sample_id: str, name: str, content: str | None = None) -> File:
    """Register a file whose content is its name, or the one that is given."""
    return FileApi(client).samples_id_files_post(sample_id, File(md5(content or name), name, "vcf"))


def statuses(results: Results) -> list[str]:
    return [result.status for result in results]


def test_registered_folder_is_the_same(service, client, folder):
    sample_id = service.sample("isolate 1", "experiment 1")
    register(client, folder, sample_id=sample_id)
    results = compare(client, folder, isolate_id="isolate 1")
    assert statuses(results) == ["same", "same", "same"]
    assert results[0].item == folder
    assert results[0].sample_id == sample_id
    assert results[0].entry.experiment_id == "experiment 1"
    assert results[0].tracked == File(md5("a.vcf"), "a.vcf", "vcf")


def test_each_status(service, client, folder):
    """The missing files come after the items, which stay in their order."""
    sample_id = service.sample("isolate 1", "experiment 1")
    for name in ("missing.vcf", "a.vcf"):
        add(client, sample_id, name)
    add(client, sample_id, "b.vcf", "before")
    add(client, sample_id, "old name.vcf", "d.vcf")
    add(client, service.sample(), "elsewhere.vcf", "c.vcf")
    (folder / "d.vcf").write_text("d.vcf")
    (folder / "e.vcf").write_text("e.vcf")
    results = compare(client, [folder, folder / "no such.vcf"], sample_id=sample_id)
    assert statuses(results) == ["same", "changed", "conflict", "renamed", "unregistered", "failed", "missing"]
    same, changed, conflict, renamed, unregistered, failed, missing = results
    assert same.tracked == File(md5("a.vcf"), "a.vcf", "vcf")
    assert (changed.md5sum, changed.tracked.md5sum) == (md5("b.vcf"), md5("before"))
    assert changed.message == f"registered with the md5sum {md5('before')}"
    assert conflict.tracked.filename == "elsewhere.vcf"
    assert conflict.message == "registered, but not with this sample"
    assert renamed.changes == {"filename": ("old name.vcf", "d.vcf")}
    assert unregistered.tracked is None
    assert isinstance(failed.error, ApiFileError)
    assert missing.tracked == File(md5("missing.vcf"), "missing.vcf", "vcf")
    assert missing.entry == Entry(
        None, md5("missing.vcf"), "missing.vcf", "vcf", "isolate 1", "experiment 1", sample_id
    )
    assert missing.message is None


def test_file_of_another_type_is_renamed(service, client):
    sample_id = service.sample()
    file = add(client, sample_id, "a.vcf")
    (result,) = compare(client, File(file.md5sum, "a.vcf", "fastq"), sample_id=sample_id)
    assert (result.status, result.changes) == ("renamed", {"file_type": ("vcf", "fastq")})


def test_renamed_file_and_another_with_its_old_name(service, client, folder):
    sample_id = service.sample()
    add(client, sample_id, "a.vcf")
    (folder / "a.vcf").rename(folder / "z.vcf")
    (folder / "a.vcf").write_text("new")
    results = compare(client, [folder / "a.vcf", folder / "z.vcf"], sample_id=sample_id)
    assert statuses(results) == ["changed", "renamed"]


def test_of_two_registered_files_with_one_name_the_one_that_is_not_given_has_changed(service, client):
    sample_id = service.sample()
    for content in ("first", "second", "third"):
        add(client, sample_id, "a.vcf", content)
    items = [File(md5(content), "a.vcf", "vcf") for content in ("third", "first", "new")]
    results = compare(client, items, sample_id=sample_id)
    assert statuses(results) == ["same", "same", "changed"]
    assert results[2].tracked.md5sum == md5("second")
    assert statuses(compare(client, items[:2], sample_id=sample_id)) == ["same", "same", "missing"]


def test_two_copies_of_a_file_are_compared_by_their_names(service, client, folder):
    sample_id = service.sample()
    add(client, sample_id, "b.vcf", "copy")
    for name in ("a.vcf", "b.vcf"):
        (folder / name).write_text("copy")
    (folder / "c.vcf").unlink()
    assert statuses(compare(client, folder, sample_id=sample_id)) == ["renamed", "same"]


def test_two_swapped_samples(service, client, tmp_path):
    ids = [service.sample("isolate 1"), service.sample("isolate 2")]
    for sample_id, content in zip(ids, ("one", "two"), strict=True):
        add(client, sample_id, "reads.vcf", content)
    (tmp_path / "study.tsv").write_text(
        f"isolate\tpath\tmd5\nisolate 2\tone/reads.vcf\t{md5('one')}\nisolate 1\ttwo/reads.vcf\t{md5('two')}\n"
    )
    results = compare(client, read_manifest(tmp_path / "study.tsv"))
    assert statuses(results) == ["conflict", "conflict", "missing", "missing"]
    assert results[0].message == "not verified; registered, but not with this sample"
    assert results[0].tracked.md5sum == md5("one")
    assert [result.entry.isolate_id for result in results[2:]] == ["isolate 2", "isolate 1"]


def test_file_of_a_deleted_sample_is_a_conflict(service, client):
    deleted = service.sample()
    file = add(client, deleted, "a.vcf")
    SampleApi(client).samples_id_delete(deleted)
    (result,) = compare(client, file, sample_id=service.sample())
    assert (result.status, result.tracked) == ("conflict", file)


def test_broken_file_is_not_missing(service, client, folder):
    sample_id = service.sample()
    register(client, folder, sample_id=sample_id)
    (folder / "b.vcf").unlink()
    (folder / "b.vcf").symlink_to(folder / "nowhere")
    results = compare(client, folder, sample_id=sample_id)
    assert statuses(results) == ["same", "failed", "same"]
    assert results[1].tracked == File(md5("b.vcf"), "b.vcf", "vcf")


def test_truncated_file_fails_if_the_content_is_verified(service, client, tmp_path):
    sample_id = service.sample()
    path = tmp_path / "a.fastq.gz"
    path.write_bytes(gzip.compress(os.urandom(1000))[:-20])
    register(client, path, sample_id=sample_id)
    assert statuses(compare(client, path, sample_id=sample_id)) == ["same"]
    assert statuses(compare(client, path, sample_id=sample_id, verify="content")) == ["failed"]


def test_file_that_differs_from_its_manifest_fails(service, client, folder):
    sample_id = service.sample()
    register(client, folder, sample_id=sample_id)
    (folder / "md5sums.txt").write_text(f"{md5('a.vcf')}  a.vcf\n{md5('b.vcf')}  b.vcf\n{md5('c.vcf')}  c.vcf\n")
    (folder / "b.vcf").write_text("damaged")
    manifest = read_manifest(folder / "md5sums.txt")
    assert statuses(compare(client, manifest, sample_id=sample_id)) == ["same", "failed", "same"]
    assert statuses(compare(client, manifest, sample_id=sample_id, verify="nothing")) == ["same", "same", "same"]


def test_md5sums_in_upper_case(service, client, tmp_path):
    sample_id = service.sample()
    add(client, sample_id, "a.vcf")
    (tmp_path / "md5sums.txt").write_text(f"{md5('a.vcf').upper()}  a.vcf\n")
    manifest = read_manifest(tmp_path / "md5sums.txt")
    (result,) = compare(client, manifest, sample_id=sample_id)
    assert (result.status, result.message) == ("same", "not verified")


def test_md5sum_that_is_registered_in_upper_case(service, client):
    sample_id = service.sample()
    FileApi(client).samples_id_files_post(sample_id, File(md5("a").upper(), "a.vcf", "vcf"))
    (result,) = compare(client, File(md5("a"), "a.vcf", "vcf"), sample_id=sample_id)
    assert (result.status, result.changes) == ("renamed", {"md5sum": (md5("a").upper(), md5("a"))})


def test_md5sums_without_names(service, client):
    """They are not compared with a name or a type."""
    sample_id = service.sample()
    file = add(client, sample_id, "a.vcf")
    results = compare(client, [file.md5sum, md5("other")], sample_id=sample_id)
    assert statuses(results) == ["same", "unregistered"]


def test_name_that_tells_no_type(service, client):
    sample_id = service.sample()
    add(client, sample_id, "a.dat")
    entries = [Entry(md5sum=md5("a.dat"), name="a.dat"), Entry(md5sum=md5("b.dat"), name="b.dat")]
    assert statuses(compare(client, entries, sample_id=sample_id)) == ["same", "unregistered"]


def test_entry_of_an_invalid_type_fails_alone(service, client):
    sample_id = service.sample()
    file = add(client, sample_id, "a.vcf")
    results = compare(client, [Entry(md5sum=file.md5sum, name="a.vcf", file_type="bam"), file], sample_id=sample_id)
    assert statuses(results) == ["failed", "same"]


def test_names_that_belong_to_two_samples(service, client):
    """Given as arguments, they are an error. In an entry, they are a conflict of this entry."""
    first, second = service.sample("isolate 1"), service.sample(None, "experiment 2")
    file, other = add(client, first, "a.vcf"), add(client, second, "b.vcf")
    with pytest.raises(SampleConflictError, match="different samples"):
        compare(client, file, isolate_id="isolate 1", experiment_id="experiment 2")
    entries = [
        Entry(md5sum=file.md5sum, name="a.vcf", isolate_id="isolate 1", experiment_id="experiment 2"),
        Entry(md5sum=other.md5sum, name="b.vcf", sample_id=second),
        Entry(md5sum=md5("c.vcf"), name="c.vcf", sample_id=first),
    ]
    results = compare(client, entries)
    assert statuses(results) == ["conflict", "same", "unregistered", "missing"]
    assert isinstance(results[0].error, SampleConflictError)
    assert results[3].message == "may be among the items that could not be compared"


def test_sample_that_lacks_a_name_is_compared(service, client):
    file = add(client, service.sample("isolate 1"), "a.vcf")
    entry = Entry(md5sum=file.md5sum, name="a.vcf", isolate_id="isolate 1", experiment_id="experiment 1")
    (result,) = compare(client, entry)
    assert (result.status, result.entry.experiment_id) == ("same", "experiment 1")


def test_entries_that_contradict_each_other_have_failed(service, client):
    service.sample("isolate 1")
    service.sample("isolate 2")
    entries = [Entry(md5sum=md5("a"), name="a.vcf", isolate_id=name) for name in ("isolate 1", "isolate 2")]
    assert statuses(compare(client, entries)) == ["failed", "failed"]


def test_entry_without_a_sample_fails(service, client):
    (result,) = compare(client, md5("a"))
    assert result.status == "failed"
    assert "no sample" in str(result.error)


@pytest.mark.parametrize("names", [{"sample_id": str(uuid.UUID(int=1))}, {"isolate_id": "isolate 1"}])
def test_sample_that_does_not_exist_is_an_error_before_files_are_read(client, folder, names):
    told: list[int] = []
    with pytest.raises(SampleNotFoundError) as caught:
        compare(client, folder, **names, progress=lambda done, total: told.append(done))
    assert len(caught.value.samples) == 1
    assert told == []


def test_sample_that_does_not_exist_is_an_error_without_items_too(client):
    with pytest.raises(SampleNotFoundError):
        compare(client, [], isolate_id="isolate 1")


def test_samples_of_entries_that_do_not_exist_are_told_together(service, client):
    service.sample("isolate 1")
    entries = [Entry(md5sum=md5(str(number)), isolate_id=f"isolate {number}") for number in (1, 2, 3)]
    with pytest.raises(SampleNotFoundError) as caught:
        compare(client, entries)
    assert caught.value.samples == ("isolate 'isolate 2'", "isolate 'isolate 3'")


def test_folder_without_files(service, client, tmp_path):
    """What the sample has may be among what could not be read."""
    sample_id = service.sample()
    add(client, sample_id, "a.vcf")
    results = compare(client, tmp_path, sample_id=sample_id)
    assert statuses(results) == ["failed", "missing"]
    assert results[1].message == "may be among the items that could not be compared"


def test_without_items_all_files_are_missing(service, client):
    sample_id = service.sample()
    for name in ("b.vcf", "a.vcf"):
        add(client, sample_id, name)
    results = compare(client, [], sample_id=sample_id.upper())
    assert [(result.status, result.entry.name) for result in results] == [("missing", "a.vcf"), ("missing", "b.vcf")]
    assert len(compare(client, [], sample_id=service.sample())) == 0


def test_entry_that_contradicts_the_arguments_is_an_error(service, client):
    sample_id = service.sample("isolate 1")
    with pytest.raises(ApiValueError, match="contradicts"):
        compare(client, Entry(md5sum=md5("a"), sample_id=service.sample()), sample_id=sample_id)


def test_sample_whose_files_cannot_be_listed(service, client):
    first, second = service.sample(), service.sample()
    file = add(client, second, "a.vcf")
    service.fail(f"GET /samples/{first}/files", status=404, times=None)
    entries = [Entry(md5sum=md5("b"), sample_id=first), Entry(md5sum=file.md5sum, sample_id=second)]
    results = compare(client, entries)
    assert statuses(results) == ["failed", "same", "failed"]
    assert {type(results[index].error) for index in (0, 2)} == {NotFoundException}
    assert results[2].entry == Entry(sample_id=first)


def test_file_that_is_registered_while_files_are_compared_is_no_conflict(service, client):
    sample_id = service.sample()
    file = File(md5("a.vcf"), "a.vcf", "vcf")
    service.delay(f"GET /files/{file.md5sum}", 1)

    def register_after_list() -> None:
        while not any(str(request) == f"GET /files/{file.md5sum}" for request in service.requests):
            time.sleep(0.01)
        add(client, sample_id, "a.vcf")

    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(register_after_list)
        results = compare(client, file, sample_id=sample_id)
        done.result()
    assert statuses(results) == ["same"]


def test_results_can_be_registered(service, client, folder):
    sample_id = service.sample("isolate 1")
    add(client, sample_id, "a.vcf")
    results = compare(client, folder, sample_id=sample_id)
    assert register(client, results.only("unregistered")).counts == {"created": 2}
    assert compare(client, folder, sample_id=sample_id).counts == {"same": 3}


def test_no_request_changes_the_service(service, client, folder):
    compare(client, folder, sample_id=service.sample())
    assert {request.method for request in service.requests} == {"GET"}


def test_with_an_executor_of_processes(service, client, folder):
    sample_id = service.sample()
    add(client, sample_id, "a.vcf")
    add(client, sample_id, "missing.vcf")
    with ProcessPoolExecutor(1) as executor:
        there = compare(client, folder, sample_id=sample_id, executor=executor)
    assert there == compare(client, folder, sample_id=sample_id)
    assert statuses(there) == ["same", "unregistered", "unregistered", "missing"]


@pytest.mark.parametrize("pattern", ["*", "GET /samples/*/files", "GET /files/*"])
def test_outage(service, client, folder, pattern):
    """The error has what is definite and what is left. What was hashed is not hashed again."""
    sample_id = service.sample()
    register(client, folder, sample_id=sample_id)
    (folder / "d.vcf").write_text("d.vcf")
    service.fail(pattern, times=None)
    service.fail("GET /files/*", times=None)
    items = [folder, folder / "no such.vcf"]
    with pytest.raises(ServiceUnavailableError) as caught:
        compare(client, items, sample_id=sample_id, patience=0)
    error = caught.value
    left = list(error.left)
    expected = {
        "*": ([], 5),
        "GET /samples/*/files": (["failed"], 4),
        "GET /files/*": (["same", "same", "same", "failed"], 1),
    }
    assert (statuses(error.results), len(left)) == expected[pattern]
    assert all((entry.hashed is not None) == (pattern != "*") for entry in left)
    service.recover()
    assert compare(client, left, sample_id=sample_id).counts["unregistered"] == 1


@pytest.mark.parametrize("arguments", [{"verify": "all"}, {"cache": "x"}, {"max_workers": 0}, {"file_type": "bam"}])
def test_invalid_argument_is_rejected_before_anything_is_sent(service, client, arguments):
    with pytest.raises((ApiValueError, TypeError)):
        compare(client, md5("a"), sample_id=service.sample(), **arguments)
    assert service.requests == []


NAMES = st.sampled_from(["a.vcf", "b.vcf", "c.vcf"])
CONTENTS = st.integers(0, 4)
_examples = itertools.count()


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[TrackingServiceFixture, ApiClient]]:
    with running_fixture() as service, client_for(service.host) as client:
        yield service, client


@settings(max_examples=60)
@given(
    registered=st.dictionaries(CONTENTS, st.tuples(NAMES, st.booleans())),
    items=st.lists(st.tuples(CONTENTS, NAMES), max_size=6),
)
def test_each_item_and_each_registered_file_is_told(shared, registered, items):
    """Registered: the name of each content, and whether the sample has it, or another one."""
    service, client = shared
    example = next(_examples)
    own, other = service.sample(), service.sample()
    md5sums = {content: md5(f"{example} {content}") for content in range(5)}
    for content, (name, is_own) in registered.items():
        add(client, own if is_own else other, name, f"{example} {content}")
    results = compare(client, [File(md5sums[content], name, "vcf") for content, name in items], sample_id=own)

    of_sample = {md5sums[content]: name for content, (name, is_own) in registered.items() if is_own}
    for result, (content, name) in zip(results, items, strict=False):
        tracked, is_own = registered.get(content, (None, False))
        if tracked is not None:
            expected = "conflict" if not is_own else "same" if tracked == name else "renamed"
            assert result.tracked == File(md5sums[content], tracked, "vcf")
        else:
            expected = "changed" if name in of_sample.values() else "unregistered"
        assert result.status == expected
    missing = [result.md5sum for result in results[len(items) :]]
    assert statuses(results[len(items) :]) == ["missing"] * len(missing)
    assert len(set(missing)) == len(missing)
    told = {result.tracked.md5sum for result in results if result.tracked is not None and result.status != "conflict"}
    assert told == set(of_sample)
    assert not {md5sums[content] for content, _ in items} & set(missing)
