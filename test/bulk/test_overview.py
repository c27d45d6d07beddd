"""Overview of samples, on the embedded service."""

from __future__ import annotations

import csv
import statistics
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tracking_client import (
    ApiClient,
    ApiException,
    ApiTypeError,
    ApiValueError,
    Event,
    EventApi,
    File,
    FileApi,
    QcResult,
    QcResultApi,
    Sample,
    SampleApi,
    SampleStatusApi,
    ServiceException,
    Status,
)
from tracking_client.bulk import (
    Entry,
    Overview,
    OverviewRow,
    ServiceUnavailableError,
    look_up,
    overview,
    read_manifest,
    register,
)

pytestmark = pytest.mark.once

STATUS = Status("complete", "started", "pending", "pending", "failed", "pending", "accepted")


def add_event(client: ApiClient, sample_id: str, name: str, start: float) -> Event:
    return EventApi(client).samples_id_events_post(sample_id, Event(None, name, "a program", "1.0", start, 10, "run"))


def add_files(client: ApiClient, sample_id: str, count: int) -> None:
    for number in range(count):
        file = File(uuid.uuid4().hex, f"{number}.fastq", "fastq")
        FileApi(client).samples_id_files_post(sample_id, file)


def test_what_the_service_has_of_a_sample(service, client):
    sample_id = service.sample("isolate 1", "experiment 1")
    add_files(client, sample_id, 3)
    QcResultApi(client).samples_id_qc_result_put(sample_id, QcResult(42.5, 7, "passed"))
    SampleStatusApi(client).samples_id_status_put(sample_id, STATUS)
    last = add_event(client, sample_id, "variant-calling", 2_000_000_000.0)
    add_event(client, sample_id, "QC", 1_000_000_000.0)
    (row,) = overview(client, sample_id)
    qc_result = QcResult(42.5, 7, "passed")
    assert row == OverviewRow(sample_id, sample_id, "isolate 1", "experiment 1", 3, qc_result, STATUS, last)
    assert row.stage == "accepted"
    assert row.as_row() == {
        "sample": sample_id, "isolate": "isolate 1", "experiment": "experiment 1", "files": 3, "qc-decision": "passed",
        "coverage": 42.5, "de-contamination": "complete", "qc": "started", "variant-calling": "pending",
        "prediction": "pending", "bigsi-building": "failed", "distance-calculation": "pending", "stage": "accepted",
        "last-event": "variant-calling", "time": "2033-05-18T03:33:20+00:00", "message": None,
    }  # fmt: skip


def test_sample_of_which_the_service_has_nothing(service, client):
    sample_id = service.sample()
    (row,) = overview(client, sample_id)
    assert row == OverviewRow(sample_id, sample_id, files=0)
    assert {name for name, value in row.as_row().items() if value is not None} == {"sample", "files"}


def test_all_samples(service, client):
    ids = [service.sample(f"isolate {number}") for number in range(30)]
    for sample_id in ids[:12]:
        SampleStatusApi(client).samples_id_status_put(sample_id, Status(**{**STATUS.to_dict(), "stage": "live"}))
    SampleStatusApi(client).samples_id_status_put(ids[20], STATUS)
    found = overview(client)
    assert [row.sample_id for row in found] == [sample.id for sample in SampleApi(client).samples_get()]
    assert [row.item for row in found] == SampleApi(client).samples_get()
    assert found.counts == {"accepted": 1, "live": 12}
    assert repr(found) == "<Overview: 30 samples; 1 accepted, 12 live>"
    assert repr(found[:1]) in (
        "<Overview: 1 sample>",
        "<Overview: 1 sample; 1 live>",
        "<Overview: 1 sample; 1 accepted>",
    )


def test_service_without_samples(client):
    found = overview(client)
    assert (len(found), found.counts, repr(found)) == (0, {}, "<Overview: 0 samples>")


def test_ways_to_name_a_sample(service, client):
    """Each sample has one row, for the first item that names it."""
    first, second = service.sample("isolate 1", "experiment 1"), service.sample(None, "experiment 2")
    third, fourth = service.sample("isolate 3"), service.sample("isolate 4")
    items = [
        first.upper(), uuid.UUID(first), "isolate 1", ("isolate 1", None), (None, "experiment 1"),
        (None, "experiment 2"), Sample(id=second), Sample("experiment 2"), Entry(experiment_id="experiment 2"),
        Entry(isolate_id="isolate 3"), Entry(sample_id=fourth.upper()), fourth,
    ]  # fmt: skip
    found = overview(client, items)
    assert [row.sample_id for row in found] == [first, second, third, fourth]
    assert [row.item for row in found] == [items[0], items[5], items[9], items[10]]
    assert [(row.isolate_id, row.experiment_id) for row in found] == [
        ("isolate 1", "experiment 1"), (None, "experiment 2"), ("isolate 3", None), ("isolate 4", None)
    ]  # fmt: skip
    for item in items:
        if not isinstance(item, tuple):
            assert len(overview(client, item)) == 1


def test_samples_of_a_manifest_and_of_results(service, client, tmp_path):
    (tmp_path / "study.csv").write_text(
        f"isolate,path,md5\ni1,a.vcf,{'a' * 32}\ni1,b.vcf,{'b' * 32}\ni2,c.vcf,{'c' * 32}\n"
    )
    manifest = read_manifest(tmp_path / "study.csv")
    results = register(client, manifest, create=True)
    expected = [("i1", 2), ("i2", 1)]
    assert [(row.isolate_id, row.files) for row in overview(client, manifest)] == expected
    assert [(row.isolate_id, row.files) for row in overview(client, results)] == expected
    assert [(row.isolate_id, row.files) for row in overview(client, results[2])] == expected[1:]


def test_nothing_is_asked_twice(service, client):
    """One call for all samples, or one for each that is named, and four for what a sample has."""
    for number in (1, 2, 3):
        service.sample(f"isolate {number}")
    overview(client)
    assert len(service.requests) == 1 + 3 * 4
    service.requests.clear()
    overview(client, [Entry(path=f"{number}.vcf", isolate_id=f"isolate {number % 2 + 1}") for number in range(10)])
    assert len(service.requests) == 2 + 2 * 4


def test_sample_that_does_not_exist_is_a_row_with_a_message(service, client):
    sample_id, missing = service.sample("isolate 1"), str(uuid.uuid4())
    found = overview(client, [missing, "isolate 2", ("isolate 3", "experiment 3"), "isolate 1"])
    text = "the sample does not exist"
    assert [*found[:3]] == [
        OverviewRow(missing, missing, message=text),
        OverviewRow("isolate 2", None, "isolate 2", message=text),
        OverviewRow(("isolate 3", "experiment 3"), None, "isolate 3", "experiment 3", message=text),
    ]
    assert (found[3].sample_id, found[3].files, found[3].message) == (sample_id, 0, None)
    assert found.failed == found[:3]
    assert repr(found) == "<Overview: 4 samples, 3 failed>"


def test_sample_that_is_deleted_after_it_was_found(service, client):
    sample_id = service.sample()
    service.fail(f"GET /samples/{sample_id}/*", status=404, times=None)
    (row,) = overview(client)
    assert (row.sample_id, row.message) == (sample_id, "the sample does not exist")


@pytest.mark.parametrize("item", ["isolate\r1", " ", ("isolate 1", "experiment 2"), Entry(), (None, None), (1, 2)])
def test_item_that_names_no_sample_does_not_end_the_others(service, client, item):
    service.sample("isolate 1")
    service.sample(None, "experiment 2")
    found = overview(client, [item, "isolate 1"])
    assert found[0].sample_id is None
    assert found[0].message
    assert (found[1].isolate_id, found[1].message) == ("isolate 1", None)


def test_call_that_fails_leaves_its_cells_empty(service, client):
    sample_id, other = service.sample("isolate 1"), service.sample("isolate 2")
    add_files(client, sample_id, 2)
    service.fail(f"GET /samples/{sample_id}/status", status=400, times=None)
    service.fail(f"GET /samples/{sample_id}/events", status=500, times=None)
    found = overview(client, [sample_id, other])
    assert (found[0].isolate_id, found[0].files, found[0].status, found[0].last_event) == ("isolate 1", 2, None, None)
    assert "400" in found[0].message
    assert "500" in found[0].message
    assert "\n" not in found[0].message
    assert (found[1].files, found[1].message) == (0, None)


def test_samples_that_cannot_be_listed(service, client):
    service.fail("GET /samples", status=500, times=None)
    with pytest.raises(ServiceException):
        overview(client)


@pytest.mark.parametrize("item", [7.5, True, b"isolate 1", ("a", "b", "c"), {"isolate": "a"}, File("a", "b", "vcf")])
def test_what_names_no_sample_is_rejected(service, client, item):
    with pytest.raises(ApiTypeError):
        overview(client, ["isolate 1", item])
    assert service.requests == []


def test_each_item_without_a_sample_has_a_row(client):
    found = overview(client, [Entry("a.vcf"), Entry("b.vcf")])
    assert [(row.item.path, row.message) for row in found] == [
        (path, "the entry names no sample") for path in ("a.vcf", "b.vcf")
    ]


def test_missing_name_is_a_failed_row(service, client):
    pandas = pytest.importorskip("pandas")
    service.sample("17")
    for missing in (None, float("nan"), pandas.NA):
        found = overview(client, [17, missing])
        assert [(row.isolate_id, row.message) for row in found] == [("17", None), (None, "the name is missing")]


@pytest.mark.parametrize("samples", [7, File("a", "b", "vcf"), {"isolate": "a"}])
def test_what_is_not_several_samples_is_rejected(client, samples):
    with pytest.raises(ApiTypeError):
        overview(client, samples)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_column_of_a_dataframe_names_samples(service, client, library):
    frames = pytest.importorskip(library)
    sample_id = service.sample("isolate 1")
    table = frames.DataFrame({"isolate": ["isolate 1", "isolate 2", "isolate 1"], "age": [1.5, 2.5, 3.5]})
    found = overview(client, table["isolate"])
    assert [(row.isolate_id, row.sample_id) for row in found] == [("isolate 1", sample_id), ("isolate 2", None)]
    with pytest.raises(ApiTypeError, match="pass the column of its isolates"):
        overview(client, table)


def test_number_with_decimals_is_no_sample(client):
    """In pandas, whole numbers are floats if one is missing. As text, 17.0 would be the name of another isolate."""
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"isolate": [17, None]})
    with pytest.raises(ApiTypeError, match=r"17\.0.*as text, in pandas with dtype=str"):
        overview(client, table["isolate"])


def test_path_of_a_manifest_is_no_isolate(client):
    with pytest.raises(ApiValueError, match="read_manifest"):
        overview(client, "study.csv")


def test_invalid_argument_is_rejected(client):
    with pytest.raises(ApiValueError):
        overview(client, max_workers=0)


@pytest.mark.parametrize("start", [1e300, -1e300])
def test_event_at_no_date(service, client, start):
    sample_id = service.sample()
    add_event(client, sample_id, "QC", start)
    (row,) = overview(client, sample_id)
    assert row.as_row()["time"] == str(start)


def test_results_without_samples_have_a_message(service, client):
    (row,) = overview(client, look_up(client, "a" * 32))
    assert row.sample_id is None
    assert row.message


def test_dataframe(service, client):
    pytest.importorskip("pandas")
    service.sample("isolate 1")
    table = overview(client, ["isolate 1", "isolate 2"]).to_dataframe()
    assert [*table.columns] == [*Overview.columns]
    assert [*table["isolate"]] == ["isolate 1", "isolate 2"]


def test_report(service, client, tmp_path):
    sample_id = service.sample("isolate 1")
    SampleStatusApi(client).samples_id_status_put(sample_id, STATUS)
    found = overview(client, [sample_id, "isolate 2"])
    found.write(tmp_path / "overview.tsv")
    with open(tmp_path / "overview.tsv", encoding="utf-8", newline="") as stream:
        rows = [*csv.DictReader(stream, delimiter="\t")]
    assert [*rows[0]] == [*Overview.columns]
    assert (rows[0]["sample"], rows[0]["stage"], rows[0]["coverage"]) == (sample_id, "accepted", "")
    assert rows[1]["message"] == "the sample does not exist"


def test_report_never_overwrites_the_manifest(service, client, tmp_path):
    path = tmp_path / "study.csv"
    path.write_text(f"isolate,path,md5\ni1,a.vcf,{'a' * 32}\n")
    with pytest.raises(ApiValueError, match="input"):
        overview(client, read_manifest(path)).write(path)


def test_outage(service, client):
    """A row is definite if all of its calls have been made."""
    ids = [service.sample(f"isolate {number}") for number in range(5)]
    service.fail(f"GET /samples/{ids[3]}/events", times=None)
    service.fail("GET /files/*", times=None)
    with pytest.raises(ServiceUnavailableError) as caught:
        overview(client, [*ids, "isolate 9"], patience=0, max_workers=1)
    left = list(caught.value.left)
    assert isinstance(caught.value.results, Overview)
    assert [row.item for row in caught.value.results] == [*ids[:3], "isolate 9"]
    assert left == ids[3:]
    service.recover()
    assert [row.item for row in overview(client, left)] == left


def test_outage_while_samples_are_found_by_name(service, client):
    service.sample("isolate 1")
    service.fail("*", times=None)
    with pytest.raises(ServiceUnavailableError) as caught:
        overview(client, ["isolate 1", str(uuid.UUID(int=1))], patience=0)
    assert len(caught.value.results) == 0
    assert list(caught.value.left) == ["isolate 1", str(uuid.UUID(int=1))]


def test_progress_counts_calls(service, client):
    ids = [service.sample() for _ in range(3)]
    told: list[tuple[int, int | None]] = []
    overview(client, ids, progress=lambda done, total: told.append((done, total)))
    assert told == [(number, 15) for number in range(1, 16)]


@pytest.mark.slow
def test_calls_for_the_samples_are_made_at_the_same_time(service, client):
    """Compared with a pool of threads by hand: 50 samples, 80 ms for each call, 16 at the same time."""
    ids = [service.sample(f"isolate {number}") for number in range(50)]
    service.delay("*", 0.08)
    sample_api, file_api, qc_api = SampleApi(client), FileApi(client), QcResultApi(client)
    status_api, event_api = SampleStatusApi(client), EventApi(client)
    operations = [
        sample_api.samples_id_get, file_api.samples_id_files_get, qc_api.samples_id_qc_result_get,
        status_api.samples_id_status_get, event_api.samples_id_events_get,
    ]  # fmt: skip

    def call(operation, sample_id):
        try:
            return operation(sample_id)
        except ApiException:
            return None

    def by_hand():
        with ThreadPoolExecutor(16) as threads:
            return list(threads.map(call, operations * 50, [sample_id for sample_id in ids for _ in operations]))

    ratios = []
    for _ in range(3):
        times = []
        for run in (by_hand, lambda: overview(client, ids)):
            began = time.perf_counter()
            run()
            times.append(time.perf_counter() - began)
        ratios.append(times[1] / times[0])
    assert statistics.median(ratios) < 1.5


def test_problem_of_a_manifest_has_a_row(service, client, tmp_path):
    service.sample("i")
    table = tmp_path / "study.csv"
    table.write_text(f"isolate,path,md5\ni,a.vcf,{'a' * 32}\n17.0,b.vcf,{'b' * 32}\ni,c.vcf,not an md5sum\n")
    manifest = read_manifest(table, strict=False)
    for items in (manifest, manifest[:], look_up(client, manifest), look_up(client, manifest[:])):
        found = overview(client, items)
        assert [row.isolate_id for row in found] == ["i", None, None]
        assert len(found.failed) == 2
        assert "17.0" in str(found.failed[0].message)
        assert "not an md5sum" in str(found.failed[1].message)


def test_slice_of_a_manifest_keeps_its_problems(tmp_path):
    table = tmp_path / "study.csv"
    table.write_text(f"isolate,path,md5\ni,a.vcf,{'a' * 32}\ni,b.vcf,{'b' * 32}\n17.0,c.vcf,{'c' * 32}\n")
    manifest = read_manifest(table, strict=False)
    part = manifest[1:]
    assert list(part) == [manifest[1]]
    assert (part.problems, part.notes, part.kind, part.name) == (
        manifest.problems,
        manifest.notes,
        manifest.kind,
        manifest.name,
    )
