"""Registration of many files with one sample, on the embedded service."""

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

from tracking_client import (
    ApiTypeError,
    ApiValueError,
    ConflictException,
    File,
    FileApi,
    SampleApi,
    SampleConflictError,
    SampleNotFoundError,
)
from tracking_client.bulk import (
    Entry,
    Result,
    Results,
    ServiceUnavailableError,
    find_sample,
    iter_register,
    register,
)
from tracking_client.testing.fixture import running_fixture

pytestmark = pytest.mark.once

SAMPLE = b'{"id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "isolate-id": "isolate 1"}'


def files(count: int) -> list[File]:
    return [File(f"{number:032x}", f"isolate_{number}.fastq.gz", "fastq") for number in range(count)]


def on_disk(directory: Path, count: int) -> list[Path]:
    paths = [directory / f"isolate_{number}.fastq" for number in range(count)]
    for path in paths:
        path.write_text(f"@{path.name}\n")
    return paths


def statuses(results: object) -> list[str]:
    return [result.status for result in results]


def created(file: File, sample_id: str, status: str = "created") -> Result:
    """Return the result of a file that was registered with a sample without names."""
    entry = Entry(md5sum=file.md5sum, name=file.filename, file_type=file.file_type, sample_id=sample_id)
    return Result(file, entry, status, file.md5sum, sample_id, file, file)


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
        (result,) = register(api_client, File("a" * 32, "new.vcf", "vcf"), sample_id=sample_id)
    assert result.status == "renamed"


@pytest.mark.parametrize("function", [register, iter_register])
def test_second_run_changes_nothing(api_client, sample_id, function):
    first = list(function(api_client, files(50), sample_id=sample_id))
    assert statuses(first) == 50 * ["created"]
    second = list(function(api_client, files(50), sample_id=sample_id))
    assert second == [created(file, sample_id, "existing") for file in files(50)]
    assert len(FileApi(api_client).samples_id_files_get(sample_id)) == 50


@pytest.mark.parametrize("function", [register, iter_register])
def test_each_status(api_client, sample_id, function):
    other = add_sample(api_client)
    known, renamed, retyped, elsewhere, new = files(5)
    register(api_client, [known, renamed, retyped], sample_id=sample_id)
    register(api_client, elsewhere, sample_id=other)
    given = [
        known,
        File(renamed.md5sum, "b.fastq", "fastq"),
        File(retyped.md5sum, retyped.filename, "vcf"),
        elsewhere,
        new,
    ]
    for dry_run, status in ((True, "would-create"), (False, "created")):
        results = list(function(api_client, [*given, "x.bam"], sample_id=sample_id, dry_run=dry_run))
        assert statuses(results) == ["existing", "renamed", "renamed", "conflict", status, "failed"]
        assert results[1].changes == {"filename": (renamed.filename, "b.fastq")}
        assert results[2].changes == {"file_type": ("fastq", "vcf")}
        assert results[1].tracked == renamed
        assert results[0].changes == {}
        assert isinstance(results[3].error, ConflictException) is not dry_run
        assert isinstance(results[5].error, ApiValueError)
        if dry_run:
            assert len(FileApi(api_client).samples_id_files_get(sample_id)) == 3


def test_register_runs_when_it_is_called_and_the_iterator_when_it_is_asked(api_client, sample_id):
    first, second = files(2)
    results = register(api_client, [first], sample_id=sample_id)
    assert isinstance(results, Results)
    assert FileApi(api_client).samples_id_files_get(sample_id) == [first]
    iterator = iter_register(api_client, [second], sample_id=sample_id)
    assert FileApi(api_client).samples_id_files_get(sample_id) == [first]
    assert next(iterator).status == "created"


@pytest.mark.parametrize("create", [False, True])
def test_sample_id_that_does_not_exist_is_an_error(api_client, tmp_path, create):
    id_ = str(uuid.uuid4())
    with pytest.raises(SampleNotFoundError) as caught:
        register(api_client, tmp_path / "missing.vcf", sample_id=id_, create=create)
    assert caught.value.samples == (f"sample {id_!r}",)
    assert SampleApi(api_client).samples_get() == []


@pytest.mark.parametrize("dry_run", [False, True])
def test_sample_that_does_not_exist_fails_the_entries_of_the_iterator(api_client, dry_run):
    results = list(iter_register(api_client, files(3), sample_id=uuid.uuid4(), dry_run=dry_run))
    assert statuses(results) == 3 * ["failed"]
    assert {type(result.error) for result in results} == {SampleNotFoundError}


def test_iterator_registers_entries_with_the_samples_that_they_name(api_client):
    ids = [add_sample(api_client, **{"isolate-id": name}) for name in "ab"]
    given = [
        Entry(md5sum=file.md5sum, name=file.filename, isolate_id="abc"[number % 3])
        for number, file in enumerate(files(30))
    ]
    results = list(iter_register(api_client, iter(given)))
    assert statuses(results) == 10 * ["created", "created", "failed"]
    assert [result.sample_id for result in results[:3]] == [*ids, None]
    assert len(FileApi(api_client).samples_id_files_get(ids[1])) == 10


def test_409_is_told_apart_with_one_get():
    found = b'{"md5sum": "%032x", "filename": "isolate_0.fastq.gz", "file-type": "fastq"}' % 0

    def respond(connection):
        while request := connection.request():
            if request.startswith(b"POST"):
                connection.send(http_response(b'{"code": 409, "message": "Already existed"}', "409 CONFLICT"))
            else:
                connection.send(http_response(found if b"/files/" in request else SAMPLE))

    with scripted_server(respond) as server, client_for(server.host) as api_client:
        results = register(api_client, files(1), sample_id="3fa85f64-5717-4562-b3fc-2c963f66afa6")
        assert statuses(results) == ["existing"]
        assert server.methods() == ["GET", "POST", "GET"]


@pytest.mark.parametrize(
    "names",
    [
        {"sample_id": ""},
        {"sample_id": "isolate 1"},
        {"sample_id": 7},
        {"isolate_id": ""},
        {"isolate_id": 7},
        {"isolate_id": "i\r"},
        {"experiment_id": "17.0"},
        {"isolate_id": "i", "file_type": "bam"},
        {"isolate_id": "i", "verify": "all"},
        {"isolate_id": "i", "cache": "md5sums.sqlite"},
        {"isolate_id": "i", "max_workers": 0},
        {"isolate_id": "i", "patience": -1},
    ],
)
@pytest.mark.parametrize("function", [register, iter_register])
def test_invalid_argument_is_rejected_before_anything_is_sent(names, function):
    with running_fixture() as service, client_for(service.host) as api_client:
        with pytest.raises((ApiValueError, ApiTypeError)):
            function(api_client, files(1), **names)
        assert service.requests == []


def test_sample_id_may_be_a_uuid_in_any_case(api_client, sample_id):
    assert statuses(register(api_client, files(1), sample_id=uuid.UUID(sample_id))) == ["created"]
    assert statuses(register(api_client, files(1), sample_id=sample_id.upper())) == ["existing"]


def test_sample_is_given_by_its_names(api_client):
    id_ = add_sample(api_client, **{"isolate-id": "i", "experiment-id": "e"})
    for names in ({"isolate_id": "i"}, {"experiment_id": "e"}, {"isolate_id": "i", "experiment_id": "e"}):
        (result,) = register(api_client, files(1), **names)
        assert (result.sample_id, result.entry.isolate_id, result.entry.experiment_id) == (id_, "i", "e")


@pytest.mark.parametrize("function", [register, iter_register])
@pytest.mark.parametrize("item", [
    7, None, {"md5sum": "a"}, {"md5sum": 64 * "0", "filename": "a", "file_type": "vcf"}, 32 * "0",
    File("a", "b", "vcf"), "missing.vcf", Path("missing.fastq"), "/", "sample.bam", b"a.vcf", "",
])  # fmt: skip
def test_invalid_item_fails_alone(api_client, sample_id, tmp_path, monkeypatch, item, function):
    monkeypatch.chdir(tmp_path)
    item = str(tmp_path) if item == "/" else item
    results = list(function(api_client, [item, *files(2)], sample_id=sample_id))
    assert statuses(results) == ["failed", "created", "created"]
    assert isinstance(results[0].error, (ApiTypeError, ApiValueError, OSError))
    assert results[0].item == item


def test_dict_is_a_file(api_client, sample_id):
    item = {"md5sum": 32 * "A", "filename": "a.vcf", "file-type": "vcf"}
    for items in (item, [item], iter([item])):
        (result,) = register(api_client, items, sample_id=sample_id)
        assert result.tracked == File(32 * "a", "a.vcf", "vcf")
        assert result.item is item


def test_files_on_disk(api_client, sample_id, tmp_path):
    paths = on_disk(tmp_path, 30)
    results = register(api_client, map(str, paths), sample_id=sample_id)
    assert statuses(results) == 30 * ["created"]
    assert results[7].tracked == File(hashlib.md5(paths[7].read_bytes()).hexdigest(), "isolate_7.fastq", "fastq")
    assert statuses(register(api_client, paths, sample_id=sample_id)) == 30 * ["existing"]


@pytest.mark.parametrize("function", [register, iter_register])
def test_repeated_file_has_the_status_of_its_place(api_client, sample_id, function):
    (file,) = files(1)
    other_name = File(file.md5sum, "other.fastq", "fastq")
    for dry_run, status in ((True, "would-create"), (False, "created")):
        results = list(function(api_client, [file, file, other_name], sample_id=sample_id, dry_run=dry_run))
        assert statuses(results) == [status, "existing", "renamed"]


@pytest.mark.parametrize("function", [register, iter_register])
def test_entry_without_a_type_fails_no_other_one_of_its_md5sum(api_client, sample_id, function):
    (file,) = files(1)
    entries = [Entry(md5sum=file.md5sum, name=name) for name in ("isolate", "isolate.vcf", "isolate.txt")]
    assert statuses(list(function(api_client, entries, sample_id=sample_id))) == ["failed", "created", "failed"]


def test_repeated_file_of_a_conflict_is_a_conflict(api_client, sample_id):
    (file,) = files(1)
    register(api_client, [file], sample_id=add_sample(api_client))
    other_name = File(file.md5sum, "other.fastq", "fastq")
    for dry_run in (True, False):
        results = register(api_client, [file, file, other_name], sample_id=sample_id, dry_run=dry_run)
        assert statuses(results) == 3 * ["conflict"]
        assert [result.file for result in results] == [file, file, other_name]
        assert [result.tracked for result in results] == 3 * [None]


def test_many_at_the_same_time_register_a_file_once(api_client):
    def run(_):
        return register(api_client, files(40), isolate_id="isolate 1", create=True, max_workers=4)

    with ThreadPoolExecutor(8) as threads:
        runs = list(threads.map(run, range(8)))
    assert Counter(status for results in runs for status in statuses(results)) == {"created": 40, "existing": 280}
    assert len(SampleApi(api_client).samples_get()) == 1


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
    sample_id = add_sample(api_client)
    results = register(api_client, entries, sample_id=sample_id)
    assert [result.item for result in results] == entries
    assert statuses(results) == ["created", "created", "failed", "failed", "failed"]
    assert [(each.tracked.filename, each.tracked.file_type) for each in results[:2]] == [
        ("renamed.vcf", "vcf"),
        ("b.txt", "fastq"),
    ]
    assert "its md5sum is" in str(results[2].error)
    with ProcessPoolExecutor(1) as executor:
        again = register(api_client, entries, sample_id=sample_id, executor=executor)
    assert statuses(again) == ["existing", "existing", "failed", "failed", "failed"]


def test_file_type_is_that_of_the_argument(api_client, sample_id, tmp_path):
    (tmp_path / "calls.txt").write_text("calls")
    results = register(api_client, [tmp_path / "calls.txt", "0" * 32], sample_id=sample_id, file_type="vcf")
    assert statuses(results) == ["created", "failed"]  # an md5sum has no name
    assert results[0].tracked.file_type == "vcf"


@pytest.mark.parametrize(("entry", "argument"), [
    (Entry("a.vcf", isolate_id="j"), {"isolate_id": "i"}),
    (Entry("a.vcf", isolate_id="i", experiment_id="f"), {"isolate_id": "i", "experiment_id": "e"}),
    (Entry("a.vcf", isolate_id="i", file_type="vcf"), {"isolate_id": "i", "file_type": "fastq"}),
    (File("0" * 32, "a.vcf", "vcf"), {"isolate_id": "i", "file_type": "fastq"}),
    (Entry("a.vcf", sample_id=str(uuid.uuid4())), {"sample_id": uuid.uuid4()}),
])  # fmt: skip
def test_entry_that_contradicts_an_argument_is_an_error(entry, argument):
    with running_fixture() as service, client_for(service.host) as api_client:
        with pytest.raises(ApiValueError, match="contradicts"):
            register(api_client, [Entry(md5sum="1" * 32, name="b"), entry], **argument)
        with pytest.raises(ApiValueError, match="contradicts"):
            list(iter_register(api_client, [entry], **argument))
        assert service.requests == []


def test_sample_id_of_an_entry_may_be_in_any_case(api_client, sample_id):
    entry = Entry(md5sum="0" * 32, name="a.vcf", sample_id=sample_id.upper())
    assert statuses(register(api_client, entry, sample_id=sample_id)) == ["created"]


def test_entry_without_a_sample_fails(api_client, sample_id):
    entries = [Entry(md5sum="0" * 32, name="a.vcf"), Entry(md5sum="1" * 32, name="b.vcf", sample_id=sample_id)]
    for function in (register, iter_register):
        results = list(function(api_client, entries))
        assert (results[0].status, results[1].status) in [("failed", "created"), ("failed", "existing")]
        assert str(results[0].error)


def test_run_ends_when_the_service_is_down():
    with client_for(refused_host(), retries=0) as api_client:
        for function in (register, iter_register):
            with pytest.raises(ServiceUnavailableError) as caught:
                list(function(api_client, files(500), isolate_id="i"))
            assert len(caught.value.results) == 0
            assert [(entry.md5sum, entry.isolate_id) for entry in caught.value.left] == [
                (file.md5sum, "i") for file in files(500)
            ]


@pytest.mark.parametrize(
    "executor_class", [ThreadPoolExecutor, pytest.param(ProcessPoolExecutor, marks=pytest.mark.slow)]
)
def test_executor_gives_the_same_results(api_client, executor_class, tmp_path):
    paths = on_disk(tmp_path, 120)
    items = [*paths, tmp_path / "missing.vcf", "x.bam", *files(10)]
    samples = [add_sample(api_client), add_sample(api_client)]
    with executor_class(2) as executor:
        for sample_id in samples:
            there = register(api_client, iter(items), sample_id=sample_id, executor=executor)
            here = register(api_client, items, sample_id=sample_id)
            expected = {"created": "existing"} if sample_id == samples[0] else {}
            assert [expected.get(status, status) for status in statuses(there)] == statuses(here)
            assert [each.item for each in there] == items


@pytest.mark.parametrize("function", [register, iter_register])
def test_names_that_differ_are_a_conflict(api_client, function):
    add_sample(api_client, **{"isolate-id": "i", "experiment-id": "e"})
    for create in [{}, {"create": True}] if function is register else [{}]:
        (result,) = function(api_client, files(1), isolate_id="i", experiment_id="f", **create)
        assert result.status == "conflict"
        assert isinstance(result.error, SampleConflictError)
    assert find_sample(api_client, isolate_id="i").experiment_id == "e"


def test_names_of_two_samples_are_a_conflict(api_client):
    add_sample(api_client, **{"isolate-id": "i"})
    add_sample(api_client, **{"experiment-id": "e"})
    (result,) = register(api_client, files(1), isolate_id="i", experiment_id="e", create=True)
    assert (result.status, result.tracked) == ("conflict", None)


@pytest.mark.parametrize("given", ["isolate_id", "sample_id"])
@pytest.mark.parametrize("function", [register, iter_register])
def test_sample_that_lacks_the_other_name_is_a_conflict_without_create(api_client, given, function):
    id_ = add_sample(api_client, **{"isolate-id": "i"})
    names = {"isolate_id": "i"} if given == "isolate_id" else {"sample_id": id_}
    for dry_run in (True, False):
        (result,) = function(api_client, files(1), **names, experiment_id="e", dry_run=dry_run)
        assert (result.status, type(result.error)) == ("conflict", SampleConflictError)
        assert "lacks the experiment 'e'" in str(result.error)
    assert SampleApi(api_client).samples_id_get(id_).experiment_id is None
    assert FileApi(api_client).samples_id_files_get(id_) == []


def test_sample_that_lacks_the_other_name_gets_it_with_create(api_client):
    id_ = add_sample(api_client, **{"isolate-id": "i"})
    for dry_run, status in ((True, "would-create"), (False, "created")):
        names = {"isolate_id": "i", "experiment_id": "e"}
        (result,) = register(api_client, files(1), **names, create=True, dry_run=dry_run)
        assert (result.status, result.sample_id) == (status, id_)
        assert "the experiment 'e'" in result.message
        assert SampleApi(api_client).samples_id_get(id_).experiment_id == (None if dry_run else "e")
    (again,) = register(api_client, files(1), isolate_id="i", experiment_id="e", create=True)
    assert (again.status, again.message) == ("existing", None)


REGISTER = """
import sys, tracking_client
from tracking_client.bulk import iter_register
files = [tracking_client.File(f"{number:032x}", f"isolate_{number}.fastq.gz", "fastq") for number in range(600)]
with tracking_client.ApiClient(tracking_client.Configuration(host=sys.argv[1])) as api_client:
    for result in iter_register(api_client, files, sample_id=sys.argv[2]):
        print(result.status, flush=True)
"""


@pytest.mark.slow
def test_killed_half_way_and_run_again_it_finishes(tmp_path):
    service, host = serve(tmp_path / "tracking.sqlite")
    try:
        with client_for(host) as api_client:
            sample_id = add_sample(api_client)
            command = [sys.executable, "-c", REGISTER, host, sample_id]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            printed = [process.stdout.readline().strip() for _ in range(100)]
            process.kill()
            process.communicate(timeout=20)
            assert printed == 100 * ["created"]
            again = register(api_client, files(600), sample_id=sample_id).counts
            assert set(again) == {"created", "existing"}
            assert 100 <= again["existing"] < 600
            assert sum(again.values()) == 600
            registered = FileApi(api_client).samples_id_files_get(sample_id)
            assert sorted(file.md5sum for file in registered) == [file.md5sum for file in files(600)]
    finally:
        service.terminate()
        service.communicate(timeout=20)


def test_md5sum_of_an_empty_file_is_not_registered(client):
    nothing = hashlib.md5(b"").hexdigest()
    items = [{"md5sum": nothing, "filename": "a.vcf"}, File(nothing, "b.vcf", "vcf")]
    results = register(client, items, isolate_id="i", create=True)
    assert results.counts == {"failed": 2}
    assert SampleApi(client).samples_get() == []
