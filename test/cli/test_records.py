"""The commands ``status``, ``status set``, ``qc set`` and ``event add``."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import time

import pytest
from clients import client_for
from processes import COMMAND, run, told

import tracking_client
from tracking_client.bulk import Overview
from tracking_client.cli import argument_types, sample_commands
from tracking_client.models.event import EventName
from tracking_client.models.qc_result import QcDecision
from tracking_client.models.status import SampleStage, Status, StepStatus

pytestmark = pytest.mark.once

QC = ("--decision", "passed", "--coverage", "87.5", "--number-of-het-snps", "3")
EVENT = ("QC", "--software", "fastqc", "--software-version", "0.12", "--start-time", "1769851800", "--duration", "90s")
EVENT = (*EVENT, "--command", "fastqc 'a b'")
UNKNOWN = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


@pytest.fixture
def sample(tracking_service) -> str:
    """Return the id of the sample i1."""
    return tracking_service.sample("i1", "e1")


def rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, str]]:
    """Return the rows of a table with a header."""
    return list(csv.DictReader(io.StringIO(done.stdout), delimiter="\t"))


def with_value(arguments: tuple[str, ...], option: str, value: str) -> tuple[str, ...]:
    """Return arguments in which an option has another value."""
    index = arguments.index(option) + 1
    return (*arguments[:index], value, *arguments[index + 1 :])


def succeeds(*arguments: str) -> list[dict[str, str]]:
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    return rows(done)


def writes(tracking_service) -> list[str]:
    return [request.method for request in tracking_service.requests if request.method not in ("GET", "HEAD")]


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def status_of(tracking_service, sample: str) -> Status:
    with client_for(tracking_service.host) as api_client:
        return tracking_client.SampleStatusApi(api_client).samples_id_status_get(sample)


def put_status(tracking_service, sample: str, **steps: str) -> None:
    names = [name for name in Status.attribute_map if name != "stage"]
    with client_for(tracking_service.host) as api_client:
        status = Status(**{**dict.fromkeys(names, "pending"), **steps})
        tracking_client.SampleStatusApi(api_client).samples_id_status_put(sample, status)
    tracking_service.requests.clear()


def test_allowed_values_are_those_of_the_models():
    def constants(values: type) -> list[str]:
        return [value for name, value in vars(values).items() if name.isupper()]

    assert [*argument_types.STEPS, "stage"] == [*Status.attribute_map.values()]
    assert [*argument_types.STEP_STATUSES] == constants(StepStatus)
    assert [*argument_types.STAGES] == constants(SampleStage)
    assert [*argument_types.EVENTS] == constants(EventName)
    assert [*argument_types.DECISIONS] == constants(QcDecision)
    assert Overview.columns == sample_commands.OVERVIEW_COLUMNS
    assert {*sample_commands.QC_COLUMNS} == {"sample", *tracking_client.QcResult.openapi_types}
    assert {*tracking_client.Event.attribute_map.values()} < {*sample_commands.EVENT_COLUMNS}


def test_unknown_column_ends_a_command_before_it_writes(tracking_service, sample):
    done = run("status", "set", "--sample", sample, "qc=complete", "--columns", "nonesuch")
    assert (done.returncode, done.stdout) == (2, "")
    assert tracking_service.requests == []


def test_status_has_a_row_for_each_sample(tracking_service, sample, tmp_path):
    other = tracking_service.sample("i2")
    succeeds("status", "set", "--isolate", "i1", "qc=complete", "stage=live")
    succeeds("qc", "set", "--isolate", "i1", *QC)
    succeeds("event", "add", "--isolate", "i1", *EVENT)
    manifest = tmp_path / "study.tsv"
    manifest.write_text("path\tisolate\nb.fastq\ti1\na.fastq\ti2\nc.fastq\ti2\n")
    by_isolates = succeeds("status", "--isolate", "i1", "i2")
    assert [row["sample"] for row in by_isolates] == [sample, other]
    assert tuple(by_isolates[0]) == sample_commands.OVERVIEW_COLUMNS
    expected = {"qc": "complete", "prediction": "pending", "stage": "live", "qc-decision": "passed"}
    assert expected.items() <= by_isolates[0].items()
    assert (by_isolates[0]["coverage"], by_isolates[0]["last-event"], by_isolates[0]["files"]) == ("87.5", "QC", "0")
    assert succeeds("status", "--manifest", str(manifest)) == by_isolates
    assert succeeds("status", "--sample", sample, other) == by_isolates
    assert succeeds("status", "--isolate", "i1", "--isolate", "i2") == by_isolates
    assert succeeds("status", "--experiment", "e1") == by_isolates[:1]
    by_name = sorted(succeeds("status", "--all"), key=lambda row: row["isolate"])
    assert by_name == by_isolates


def test_status_of_a_sample_that_does_not_exist(tracking_service, sample):
    done = run("status", "--isolate", "i1", "nobody", "--columns", "sample,isolate,message")
    assert done.returncode == 3
    assert [row["isolate"] for row in rows(done)] == ["i1", "nobody"]
    assert done.stderr == ("tracking-client: nobody: the sample does not exist\ntracking-client: 2 samples, 1 failed\n")
    assert run("status", "--sample", UNKNOWN, "-q").returncode == 3
    assert run("status", "--isolate", "nobody", "--exit-zero").returncode == 0


def test_status_that_cannot_be_read_is_a_failure(tracking_service, sample):
    tracking_service.fail("GET /samples/*/qc-result", status=400, times=None)
    done = run("status", "--isolate", "i1")
    assert done.returncode == 1
    assert rows(done)[0]["sample"] == sample
    assert "i1: (400)" in done.stderr


def test_an_isolate_called_set_is_listed(tracking_service):
    sample = tracking_service.sample("set")
    assert [row["sample"] for row in succeeds("status", "--isolate", "set")] == [sample]
    assert [row["sample"] for row in succeeds("status", "--columns", "sample", "--isolate", "set")] == [sample]
    assert succeeds("status", "set", "--isolate", "set", "qc=failed")[0]["qc"] == "failed"


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("status", "--all", "--isolate", "i1"),
        ("status", "--all", "set", "--isolate", "i1", "qc=complete"),
        ("status", "set", "qc=complete"),
        ("status", "set", "--isolate", "i1"),
        ("status", "set", "--isolate", "i1", "qc=complete", "qc=failed"),
        ("status", "set", "--isolate", "i1", "--sample", UNKNOWN, "qc=failed"),
        ("qc", "set", *QC),
        ("qc", "set", "--isolate", "i1", *QC[:-2]),
        ("event", "add", *EVENT),
        ("event", "add", "--isolate", "i1", *EVENT[:-2]),
    ],
)
def test_wrong_usage_sends_nothing(tracking_service, sample, arguments):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert tracking_service.requests == []


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (("status", "set", "--isolate", "i1", "qc=done"), "qc=pending"),
        (("status", "set", "--isolate", "i1", "QC=complete"), "qc=complete"),
        (("status", "set", "--isolate", "i1", "qc"), "qc=complete"),
        (("status", "set", "--isolate", "i1", "stage=ready"), "stage=live"),
        (("qc", "set", "--isolate", "i1", "--decision", "good", *QC[2:]), "passed"),
        (("qc", "set", "--isolate", "i1", *QC, "--coverage", "nan"), "0 or more"),
        (("qc", "set", "--isolate", "i1", *QC, "--coverage", "-1"), "0 or more"),
        (("qc", "set", "--isolate", "i1", *QC, "--number-of-het-snps", "2147483648"), "2147483647"),
        (("qc", "set", "--isolate", "i1", *QC, "--number-of-het-snps", "1.5"), "from 0"),
        (("event", "add", "--isolate", "i1", "qc", *EVENT[1:]), "QC"),
        (("event", "add", "--isolate", "i1", *EVENT, "--start-time", "yesterday"), "2026-01-31T09:30:00Z"),
        (("event", "add", "--isolate", "i1", *EVENT, "--start-time", "1e999"), "2026-01-31T09:30:00Z"),
        *(
            (("event", "add", "--isolate", "i1", *EVENT, "--start-time", time), "in the years 1970 to 9999")
            for time in ("1769851800000", "1769851800000000000", "1969-12-31T00:00:00Z", "9" * 400)
        ),
        (("event", "add", "--isolate", "i1", *EVENT, "--duration", "long"), "10m"),
        (("event", "add", "--isolate", "i1", *EVENT, "--duration", "25d"), "milliseconds"),
    ],
)
def test_invalid_value_names_what_is_allowed_and_sends_nothing(tracking_service, sample, arguments, allowed):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert allowed in done.stderr
    assert tracking_service.requests == []


def test_first_status_has_the_other_steps_pending(tracking_service, sample):
    [row] = succeeds("status", "set", "--isolate", "i1", "qc=complete", "prediction=failed")
    pending = dict.fromkeys(argument_types.STEPS, "pending")
    assert row == {"sample": sample, **pending, "qc": "complete", "prediction": "failed", "stage": ""}
    assert writes(tracking_service) == ["PUT"]


def test_a_later_status_set_patches_only_its_steps(tracking_service, sample):
    put_status(tracking_service, sample, qc="complete", prediction="started", stage="accepted")
    [row] = succeeds("status", "set", "--sample", sample, "prediction=complete")
    assert writes(tracking_service) == ["PATCH"]
    assert (row["qc"], row["prediction"], row["stage"]) == ("complete", "complete", "accepted")
    assert status_of(tracking_service, sample).prediction == "complete"
    [row] = succeeds("status", "set", "--sample", sample, "stage=live")
    assert (row["prediction"], row["stage"]) == ("complete", "live")


def test_a_repeated_status_set_writes_nothing(tracking_service, sample):
    first = succeeds("status", "set", "--isolate", "i1", "qc=complete")
    tracking_service.requests.clear()
    assert succeeds("status", "set", "--isolate", "i1", "qc=complete") == first
    assert writes(tracking_service) == []


@pytest.mark.slow
@pytest.mark.parametrize("has_status", [True, False])
def test_parallel_steps_do_not_undo_each_other(tracking_service, sample, has_status):
    """Each process reads the status before the other has written it."""
    if has_status:
        put_status(tracking_service, sample)
    tracking_service.delay(f"{'PATCH' if has_status else 'PUT'} /samples/*/status", 1.5, times=2)
    processes = [start("status", "set", "--isolate", "i1", f"{step}=complete") for step in ("qc", "prediction")]
    for process in processes:
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert output.count("complete") >= 1
    status = status_of(tracking_service, sample)
    assert (status.qc, status.prediction) == ("complete", "complete")


@pytest.mark.slow
def test_steps_that_the_service_does_not_keep_are_a_failure(tracking_service, sample):
    """After two PUTs that overlapped, the service has two statuses: it writes one and returns the other."""
    tracking_service.process_late("PUT /samples/*/status", seconds=1)
    with client_for(tracking_service.host, retries=0) as api_client, pytest.raises(tracking_client.ServiceException):
        tracking_client.SampleStatusApi(api_client).samples_id_status_put(sample, Status(*["started"] * 6))
    put_status(tracking_service, sample)
    time.sleep(2)
    done = run("status", "set", "--isolate", "i1", "prediction=complete")
    assert (done.returncode, done.stdout) == (1, "")
    assert "look before trying again" in done.stderr
    assert "PATCH" in writes(tracking_service)


@pytest.mark.parametrize("fault", ["lost", "500"])
@pytest.mark.parametrize("command", ["status", "status without one", "qc", "event"])
def test_unknown_outcome_is_no_reason_to_try_again(tracking_service, sample, command, fault):
    if command == "status":
        put_status(tracking_service, sample)
    arguments = {
        "status": ("status", "set", "--isolate", "i1", "qc=complete"),
        "status without one": ("status", "set", "--isolate", "i1", "qc=complete"),
        "qc": ("qc", "set", "--isolate", "i1", *QC),
        "event": ("event", "add", "--isolate", "i1", *EVENT),
    }[command]
    request = {
        "status": "PATCH /samples/*/status",
        "status without one": "PUT /samples/*/status",
        "qc": "PUT /samples/*/qc-result",
        "event": "POST /samples/*/events",
    }[command]
    if fault == "lost":
        tracking_service.process_late(request, seconds=30, status=None, times=None)
    else:
        tracking_service.fail(request, status=int(fault), times=None)
    done = run(*arguments, "--tempfail-code", "99")
    assert (done.returncode, done.stdout) == (1, "")
    assert "look before trying again" in done.stderr
    assert writes(tracking_service) == [request.split()[0]]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_write_that_was_not_processed_is_retried(tracking_service, sample, method):
    if method == "PATCH":
        put_status(tracking_service, sample)
    tracking_service.fail(f"{method} /samples/*/status", status=503, times=2)
    assert succeeds("status", "set", "--isolate", "i1", "qc=complete")[0]["qc"] == "complete"
    tracking_service.fail("PATCH /samples/*/status", status=503, times=None)
    assert run("status", "set", "--isolate", "i1", "qc=failed", "--retry-for", "0").returncode == 75


@pytest.mark.slow
def test_writes_that_are_safe_to_repeat_may_be_tried_again(tracking_service, sample, tmp_path):
    path = tmp_path / "a.vcf"
    path.write_text("##fileformat=VCFv4.2\n")
    tracking_service.fail("POST /samples/*/files", status=504, times=None)
    tracking_service.fail("DELETE /samples/*/files/*", status=504, times=None)
    assert run("register", "--isolate", "i1", str(path), "--retry-for", "0").returncode == 75
    delete = run("delete", "--isolate", "i1", "--yes", "0" * 32, "--retry-for", "0")
    assert delete.returncode == 75


def test_qc_set_prints_what_the_service_has(tracking_service, sample):
    [row] = succeeds("qc", "set", "--isolate", "i1", *QC)
    assert row == {"sample": sample, "decision": "passed", "coverage": "87.5", "number_of_het_snps": "3"}
    [row] = succeeds("qc", "set", "--sample", sample, *with_value(QC, "--decision", "failed"))
    assert row["decision"] == "failed"
    done = run("qc", "set", "--isolate", "i1", *QC, "--format", "json")
    assert json.loads(done.stdout) == [
        {"sample": sample, "decision": "passed", "coverage": 87.5, "number_of_het_snps": 3}
    ]


def test_qc_result_that_the_service_does_not_keep_is_a_failure(tracking_service, sample):
    tracking_service.process_late("PUT /samples/*/qc-result", seconds=1)
    with client_for(tracking_service.host, retries=0) as api_client:
        api = tracking_client.QcResultApi(api_client)
        with pytest.raises(tracking_client.ServiceException):
            api.samples_id_qc_result_put(sample, tracking_client.QcResult(1.0, 1, "failed"))
        api.samples_id_qc_result_put(sample, tracking_client.QcResult(2.0, 2, "failed"))
    time.sleep(2)
    done = run("qc", "set", "--isolate", "i1", *QC)
    assert (done.returncode, done.stdout) == (1, "")
    assert "look before trying again" in done.stderr
    assert "'coverage': 1.0" in done.stderr or "'coverage': 2.0" in done.stderr


def test_event_that_exists_is_not_added_again(tracking_service, sample):
    [created] = succeeds("event", "add", "--isolate", "i1", *EVENT)
    assert created == {
        "status": "created",
        "sample": sample,
        "id": created["id"],
        "name": "QC",
        "software": "fastqc",
        "software-version": "0.12",
        "start-time": "1769851800.0",
        "duration": "90000",
        "command": "fastqc 'a b'",
    }
    same_time = with_value(with_value(EVENT, "--start-time", "2026-01-31T09:30:00Z"), "--duration", "1.5m")
    [existing] = succeeds("event", "add", "--sample", sample, *same_time)
    assert existing == {**created, "status": "existing"}
    [other] = succeeds("event", "add", "--isolate", "i1", *with_value(EVENT, "--software-version", "0.13"))
    assert (other["status"], other["id"] != created["id"]) == ("created", True)
    assert writes(tracking_service) == ["POST", "POST"]


def test_status_of_one_sample_is_counted_as_one(tracking_service):
    tracking_service.sample("i1")
    assert told(run("status", "--isolate", "i1")) == ["1 sample, 0 failed"]


def test_start_time_without_a_time_zone_is_local(tracking_service, sample):
    arguments = with_value(EVENT, "--start-time", "2026-01-31T09:30:00")
    done = run("event", "add", "--isolate", "i1", *arguments, TZ="UTC")
    assert rows(done)[0]["start-time"] == "1769851800.0"


@pytest.mark.parametrize("command", [("status", "set"), ("qc", "set"), ("event", "add")])
@pytest.mark.parametrize("name", [("--isolate", "nobody"), ("--sample", UNKNOWN)])
def test_write_to_a_sample_that_does_not_exist_is_a_failure(tracking_service, command, name):
    rest = {"status": ("qc=complete",), "qc": QC, "event": EVENT}[command[0]]
    done = run(*command, *name, *rest, "--exit-zero")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="no such signals on this system")
def test_step_of_a_shell_script(tracking_service, sample, tmp_path):
    """The lines of a pipeline step, with a hostile name."""
    isolate = "O'Brien -17A; touch ran"
    tracking_service.sample(isolate)
    script = """
    set -e
    start=$(date +%s)
    $CLIENT status set --isolate "$ISOLATE" qc=started > /dev/null
    $CLIENT qc set --isolate "$ISOLATE" --decision passed --coverage 87.5 --number-of-het-snps 12 > /dev/null
    $CLIENT event add --isolate "$ISOLATE" QC --software fastqc --software-version 0.12.1 --start-time "$start" \\
        --duration "$(($(date +%s) - start))" --command "$0 $*" > /dev/null
    $CLIENT status set --isolate "$ISOLATE" qc=complete --columns qc --no-header
    """
    client = tmp_path / "client"
    client.write_text("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in COMMAND) + ' "$@"\n')
    client.chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "CLIENT": str(client), "ISOLATE": isolate},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "complete\n", "")
    assert not (tmp_path / "ran").exists()
