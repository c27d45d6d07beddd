"""Registration of many files with a sample, on the embedded service."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import uuid
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from clients import add_sample, client_for
from processes import serve
from scripted_server import http_response, refused_host, scripted_server

from tracking_client import ApiTypeError, ApiValueError, ConflictException, File, FileApi, NotFoundException
from tracking_client.bulk import Entry, Registration, ServiceUnavailableError, register
from tracking_client.testing.fixture import running_fixture


def files(count: int) -> list[File]:
    return [File(f"{number:032x}", f"isolate_{number}.fastq.gz", "fastq") for number in range(count)]


def on_disk(directory: Path, count: int) -> list[Path]:
    paths = [directory / f"isolate_{number}.fastq" for number in range(count)]
    for path in paths:
        path.write_text(f"@{path.name}\n")
    return paths


def outcomes(results: object) -> list[str]:
    return [result.outcome for result in results]


@pytest.mark.parametrize("status", [502, 503, None])
def test_file_with_another_name_is_renamed_whatever_its_first_response_was(status):
    """The service responds to the retry with 409, as the md5sum is registered with this sample already."""
    with running_fixture() as service, client_for(service.host) as api_client:
        sample_id = service.sample()
        FileApi(api_client).samples_id_files_post(sample_id, File("a" * 32, "old.vcf", "vcf"))
        if status is None:
            service.drop_response("POST /samples/*/files")
        else:
            service.fail("POST /samples/*/files", status=status, retry_after=0)
        (result,) = register(api_client, sample_id, [File("a" * 32, "new.vcf", "vcf")])
    assert result.outcome == "renamed"


def test_second_run_changes_nothing(api_client, sample_id):
    first = list(register(api_client, sample_id, files(50)))
    assert first == [Registration(file, "created", sample_id, file, file) for file in files(50)]
    second = list(register(api_client, sample_id, files(50)))
    assert second == [Registration(file, "existing", sample_id, file, file) for file in files(50)]
    assert len(FileApi(api_client).samples_id_files_get(sample_id)) == 50


def test_each_outcome(api_client, sample_id):
    other = add_sample(api_client)
    known, renamed, retyped, elsewhere, new = files(5)
    list(register(api_client, sample_id, [known, renamed, retyped]))
    list(register(api_client, other, [elsewhere]))
    given = [
        known,
        File(renamed.md5sum, "b.fastq", "fastq"),
        File(retyped.md5sum, retyped.filename, "vcf"),
        elsewhere,
        new,
    ]
    for dry_run in (True, False):
        results = list(register(api_client, sample_id, [*given, "x.bam"], dry_run=dry_run))
        assert outcomes(results) == ["existing", "renamed", "renamed", "conflict", "created", "failed"]
        assert results[1].changes == {"filename": (renamed.filename, "b.fastq")}
        assert results[2].changes == {"file_type": ("fastq", "vcf")}
        assert results[1].tracked == renamed
        assert results[0].changes == {}
        assert isinstance(results[3].error, ConflictException) is not dry_run
        assert isinstance(results[5].error, ApiValueError)
        if dry_run:
            assert len(FileApi(api_client).samples_id_files_get(sample_id)) == 3


def test_dry_run_sends_no_write():
    def not_found(connection):
        while connection.request():
            connection.send(http_response(b'{"code": 404, "message": "Not found"}', "404 NOT FOUND"))

    def respond(connection):
        connection.request()
        connection.send(http_response())
        not_found(connection)

    with scripted_server(respond, not_found) as server, client_for(server.host) as api_client:
        results = list(register(api_client, str(uuid.uuid4()), files(20), dry_run=True))
        assert outcomes(results) == 20 * ["created"]
        assert Counter(server.methods()) == {"HEAD": 1, "GET": 20}


def test_dry_run_for_a_sample_that_does_not_exist(api_client):
    with pytest.raises(NotFoundException):
        list(register(api_client, str(uuid.uuid4()), files(3), dry_run=True))


def test_sample_that_does_not_exist(api_client):
    results = list(register(api_client, str(uuid.uuid4()), files(3)))
    assert outcomes(results) == 3 * ["failed"]
    assert {type(result.error) for result in results} == {NotFoundException}


def test_409_is_told_apart_with_one_get():
    found = http_response(b'{"md5sum": "%032x", "filename": "isolate_0.fastq.gz", "file-type": "fastq"}' % 0)

    def respond(connection):
        connection.request()
        connection.send(http_response(b'{"code": 409, "message": "Already existed"}', "409 CONFLICT"))
        connection.request()
        connection.send(found)

    with scripted_server(respond) as server, client_for(server.host) as api_client:
        assert outcomes(register(api_client, str(uuid.uuid4()), files(1))) == ["existing"]
        assert server.methods() == ["POST", "GET"]


@pytest.mark.parametrize("sample_id", ["", "isolate 1", None, 7])
def test_invalid_sample_id_is_rejected_at_once(api_client, sample_id):
    with pytest.raises(ApiValueError):
        register(api_client, sample_id, files(1))


def test_sample_id_may_be_a_uuid_in_any_case(api_client, sample_id):
    assert outcomes(register(api_client, uuid.UUID(sample_id), files(1))) == ["created"]
    assert outcomes(register(api_client, sample_id.upper(), files(1))) == ["existing"]


@pytest.mark.parametrize("item", [
    7, None, {"md5sum": "a"}, {"md5sum": 64 * "0", "filename": "a", "file_type": "vcf"}, 32 * "0",
    File("a", "b", "vcf"), "missing.vcf", Path("missing.fastq"), "/", "sample.bam",
])  # fmt: skip
def test_invalid_item_fails_alone(api_client, sample_id, item):
    results = list(register(api_client, sample_id, [item, *files(2)]))
    assert outcomes(results) == ["failed", "created", "created"]
    assert isinstance(results[0].error, (ApiTypeError, ApiValueError, OSError))


def test_dict_is_a_file(api_client, sample_id):
    item = {"md5sum": 32 * "A", "filename": "a.vcf", "file-type": "vcf"}
    (result,) = register(api_client, sample_id, [item])
    assert result.tracked == File(32 * "a", "a.vcf", "vcf")
    assert result.item is item


def test_files_on_disk(api_client, sample_id, tmp_path):
    paths = on_disk(tmp_path, 30)
    results = list(register(api_client, sample_id, map(str, paths)))
    assert outcomes(results) == 30 * ["created"]
    assert results[7].tracked == File(hashlib.md5(paths[7].read_bytes()).hexdigest(), "isolate_7.fastq", "fastq")
    assert outcomes(register(api_client, sample_id, paths)) == 30 * ["existing"]


def test_repeated_file_has_the_outcome_of_its_place(api_client, sample_id):
    (file,) = files(1)
    other_name = File(file.md5sum, "other.fastq", "fastq")
    for dry_run in (True, False):
        results = list(register(api_client, sample_id, [file, file, other_name], dry_run=dry_run))
        assert outcomes(results) == ["created", "existing", "renamed"]


def test_repeated_file_of_a_conflict_is_a_conflict(api_client, sample_id):
    (file,) = files(1)
    list(register(api_client, add_sample(api_client), [file]))
    other_name = File(file.md5sum, "other.fastq", "fastq")
    for dry_run in (True, False):
        results = list(register(api_client, sample_id, [file, file, other_name], dry_run=dry_run))
        assert outcomes(results) == 3 * ["conflict"]
        assert [result.file for result in results] == [file, file, other_name]
        assert [result.tracked for result in results] == 3 * [None]


def test_many_at_the_same_time_register_a_file_once(api_client, sample_id):
    with ThreadPoolExecutor(8) as threads:
        runs = list(threads.map(lambda _: list(register(api_client, sample_id, files(40), max_workers=4)), range(8)))
    assert Counter(outcome for run in runs for outcome in outcomes(run)) == {"created": 40, "existing": 280}


def test_entries_are_registered(api_client, tmp_path):
    (tmp_path / "a.vcf").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    entries = [
        Entry(str(tmp_path / "a.vcf"), hashlib.md5(b"a").hexdigest(), "renamed.vcf"),
        Entry(str(tmp_path / "b.txt"), file_type="fastq"),
        Entry(str(tmp_path / "a.vcf"), "0" * 32),
        Entry(str(tmp_path / "b.txt")),
        Entry(md5sum="0" * 32),
    ]
    results = list(register(api_client, add_sample(api_client), entries))
    assert [result.item for result in results] == entries
    assert [result.outcome for result in results] == ["created", "created", "failed", "failed", "failed"]
    assert [(each.tracked.filename, each.tracked.file_type) for each in results[:2]] == [
        ("renamed.vcf", "vcf"),
        ("b.txt", "fastq"),
    ]
    assert "its md5sum is" in str(results[2].error)
    with ProcessPoolExecutor(1) as executor:
        again = list(register(api_client, results[0].sample_id, entries, executor=executor))
    assert [result.outcome for result in again] == ["existing", "existing", "failed", "failed", "failed"]


def test_run_ends_when_the_service_is_down():
    with client_for(refused_host(), retries=0) as api_client:
        with pytest.raises(ServiceUnavailableError) as caught:
            list(register(api_client, str(uuid.uuid4()), files(500)))
        assert list(caught.value.left) == files(500)


@pytest.mark.parametrize("executor_class", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_executor_gives_the_same_results(api_client, executor_class, tmp_path):
    paths = on_disk(tmp_path, 120)
    items = [*paths, tmp_path / "missing.vcf", "x.bam", *files(10)]
    samples = [add_sample(api_client), add_sample(api_client)]
    with executor_class(2) as executor:
        for sample_id in samples:
            there = list(register(api_client, sample_id, iter(items), executor=executor))
            here = list(register(api_client, sample_id, items))
            expected = {"created": "existing"} if sample_id == samples[0] else {}
            assert [expected.get(outcome, outcome) for outcome in outcomes(there)] == outcomes(here)
            assert [each.item for each in there] == items


REGISTER = """
import sys, tracking_client
from tracking_client.bulk import register
count = int(sys.argv[3])
files = [tracking_client.File(f"{number:032x}", f"isolate_{number}.fastq.gz", "fastq") for number in range(count)]
with tracking_client.ApiClient(tracking_client.Configuration(host=sys.argv[1])) as api_client:
    for result in register(api_client, sys.argv[2], files):
        print(result.outcome, flush=True)
"""


@pytest.mark.once
@pytest.mark.parametrize("count", [600, pytest.param(2000, marks=pytest.mark.slow)])
def test_killed_half_way_and_run_again_it_finishes(tmp_path, count):
    service, host = serve(tmp_path / "tracking.sqlite")
    try:
        with client_for(host) as api_client:
            sample_id = add_sample(api_client)
            command = [sys.executable, "-c", REGISTER, host, sample_id, str(count)]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            printed = [process.stdout.readline().strip() for _ in range(100)]
            process.kill()
            process.communicate(timeout=20)
            assert printed == 100 * ["created"]
            again = Counter(outcomes(register(api_client, sample_id, files(count))))
            assert set(again) == {"created", "existing"}
            assert 100 <= again["existing"] < count
            assert sum(again.values()) == count
            registered = FileApi(api_client).samples_id_files_get(sample_id)
            assert sorted(file.md5sum for file in registered) == [file.md5sum for file in files(count)]
    finally:
        service.terminate()
        service.communicate(timeout=20)
