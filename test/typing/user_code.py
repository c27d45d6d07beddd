"""Code as a user writes it. mypy checks it; it is never run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from typing_extensions import assert_type
from urllib3 import HTTPHeaderDict

import tracking_client
from tracking_client import (
    ApiClient,
    ApiException,
    Configuration,
    Error,
    Event,
    EventApi,
    EventName,
    File,
    FileApi,
    FileType,
    Md5Cache,
    QcDecision,
    QcResult,
    QcResultApi,
    Sample,
    SampleApi,
    SampleStage,
    SampleStatusApi,
    Status,
    StepStatus,
    ValidatedEvent,
    md5sum,
    md5sums,
)
from tracking_client.bulk import (
    Entry,
    Manifest,
    Result,
    Results,
    find_or_create_sample,
    find_sample,
    iter_look_up,
    iter_register,
    look_up,
    read_manifest,
    register,
)

configuration = Configuration(host="http://tracking-api-service/api/v1")
configuration.timeout = (2.5, 30)
configuration.timeout = 10
configuration.retries = 3
configuration.hots = "http://elsewhere"  # type: ignore[attr-defined]

with ApiClient(configuration, header_name="X-Token", header_value="token") as api_client:
    assert_type(api_client, ApiClient)
    api = FileApi(api_client)
    assert_type(api.files_md5sum_get("a"), File)
    assert_type(api.files_md5sum_get(md5sum="a", _request_timeout=0.5), File)
    assert_type(api.files_md5sum_get_with_http_info("a"), tuple[File, int, HTTPHeaderDict])
    assert_type(api.samples_id_files_get(UUID(int=0)), list[File])
    assert_type(api.samples_id_files_get_with_http_info("a"), tuple[list[File], int, HTTPHeaderDict])
    assert_type(api.samples_id_files_md5sum_get("a", "b"), File)
    assert_type(api.samples_id_files_post("a", File("a", "b", "vcf")), File)
    assert_type(api.samples_id_files_post("a", {"md5sum": "a", "filename": "b", "file_type": "vcf"}), File)
    assert_type(api.samples_id_files_post("a", "isolate.vcf"), File)
    assert_type(api.samples_id_files_post("a", Path("isolate.vcf")), File)
    api.samples_id_files_md5sum_delete("a", "b", _request_timeout=(1, 2))

    api.files_md5sum_get(7)  # type: ignore[arg-type]
    api.files_md5sum_get()  # type: ignore[call-arg]
    api.files_md5sum_get("a", nonesuch=True)  # type: ignore[call-arg]
    api.files_md5sum_get("a", _request_timeout="soon")  # type: ignore[arg-type]
    api.samples_id_files_post("a", 7)  # type: ignore[arg-type]
    api.samples_id_files_post("a", b"isolate.vcf")  # type: ignore[arg-type]

    file = api.files_md5sum_get("a")
    assert_type(file.file_type, str)
    file.filename = "b"
    file.file_size = 7  # type: ignore[attr-defined]

    cache = Md5Cache(Path("md5sums.sqlite"))
    assert_type(File.from_path("a", FileType.VCF, verify=True, progress=print, cache=cache), File)
    assert_type(md5sum(Path("a"), print, cache=cache), str)
    assert_type(list(md5sums(["a", Path("b")], max_workers=2)), list[str])
    md5sum(b"a")  # type: ignore[arg-type]

    sample_api = SampleApi(api_client)
    assert_type(sample_api.samples_get(), list[Sample])
    assert_type(sample_api.samples_get(isolate_id="a", experiment_id=None, _request_timeout=1), list[Sample])
    assert_type(sample_api.samples_get_with_http_info(), tuple[list[Sample], int, HTTPHeaderDict])
    assert_type(sample_api.samples_post(Sample(isolate_id="a")), Sample)
    assert_type(sample_api.samples_post({}), Sample)
    assert_type(sample_api.samples_id_get(UUID(int=0)).id, str)
    assert_type(sample_api.samples_id_head_with_http_info("a"), tuple[None, int, HTTPHeaderDict])
    assert_type(sample_api.samples_id_patch("a", Sample("a", "b", "c")), Sample)
    sample_api.samples_id_head("a")
    sample_api.samples_id_delete("a")
    sample_api.samples_get("a")  # type: ignore[call-arg]
    sample_api.samples_get(isolate="a")  # type: ignore[call-arg]
    sample_api.samples_post()  # type: ignore[call-arg]
    sample_api.samples_post(File("a", "b", "vcf"))  # type: ignore[arg-type]

    event_api = EventApi(api_client)
    event = Event(None, EventName.QC, "a", "b", 1.5, 3, command="c")
    validated = ValidatedEvent(
        name=EventName.QC, software="a", software_version="b", start_time=1, duration=3, command="c"
    )
    assert_type(event_api.samples_id_events_get("a"), list[Event])
    assert_type(event_api.samples_id_events_post("a", event), Event)
    assert_type(event_api.samples_id_events_post("a", validated), Event)
    assert_type(event_api.samples_id_events_event_id_get("a", 1), Event)
    assert_type(event_api.samples_id_events_event_id_get_with_http_info("a", "1"), tuple[Event, int, HTTPHeaderDict])
    event_api.samples_id_events_event_id_delete(UUID(int=0), event_id=1)
    event_api.samples_id_events_event_id_delete("a", 1.5)  # type: ignore[arg-type]
    assert_type(event.id, int | None)
    assert_type(event.start_time, float)
    assert_type(event.duration, int)
    Event(None, EventName.QC, "a", "b", 1.5, "3", "c")  # type: ignore[call-overload]
    Event(name=EventName.QC)  # type: ignore[call-overload]

    qc_result_api = QcResultApi(api_client)
    assert_type(qc_result_api.samples_id_qc_result_get("a"), QcResult)
    assert_type(qc_result_api.samples_id_qc_result_put("a", QcResult(35, 12, QcDecision.PASSED)), QcResult)
    qc_result_api.samples_id_qc_result_delete("a")
    qc_result_api.samples_id_qc_result_put("a", 7)  # type: ignore[arg-type]

    status_api = SampleStatusApi(api_client)
    started = StepStatus.STARTED
    status = Status(started, started, started, started, started, started, stage=SampleStage.LIVE)
    assert_type(status_api.samples_id_status_get("a"), Status)
    assert_type(status_api.samples_id_status_put("a", status), Status)
    assert_type(status_api.samples_id_status_patch_with_http_info("a", status), tuple[Status, int, HTTPHeaderDict])
    assert_type(status.stage, str | None)
    status_api.samples_id_status_delete("a")

    results = look_up(api_client, Path().glob("*.vcf"), max_workers=8, progress=True)
    assert_type(results, Results)
    assert_type(results[0], Result)
    assert_type(results[:2].only("failed").failed.counts, dict[str, int])
    assert_type(results[0].tracked, File | None)
    assert_type(iter_look_up(api_client, ["a", file, Path("b")]), Iterator[Result])
    assert_type(register(api_client, [file, "a", {"md5sum": "a"}], sample_id=UUID(int=0), dry_run=True), Results)
    assert_type(iter_register(api_client, results, isolate_id="a", cache=cache), Iterator[Result])
    results.write(Path("report.tsv"))
    assert_type(find_sample(api_client, isolate_id="a"), Sample | None)
    assert_type(find_or_create_sample(api_client, isolate_id="a", experiment_id="b").id, str)
    manifest = read_manifest("study.tsv", columns={"isolate": "sample_accession", "type": None}, root=Path())
    assert_type(manifest, Manifest)
    assert_type(manifest[0], Entry)
    assert_type(manifest[0].md5sum, str | None)
    assert_type(look_up(api_client, manifest), Results)
    assert_type(register(api_client, manifest, create=True), Results)
    read_manifest("study.tsv", delimiter=";")  # type: ignore[call-arg]
    register(api_client, "a", sample_id=7)  # type: ignore[arg-type]
    register(api_client, "a", UUID(int=0))  # type: ignore[call-arg]
    find_sample(api_client, "a")  # type: ignore[call-arg]

    try:
        api.files_md5sum_get("a")
    except tracking_client.NotFoundException as not_found:
        assert_type(not_found.error, Error | None)
    except ApiException as error:
        assert_type(error.status, int | None)
        assert_type(error.body, str | None)
