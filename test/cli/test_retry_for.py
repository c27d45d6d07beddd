"""The option ``--retry-for``: for how long a command rides out an outage of the service."""

from __future__ import annotations

import re

import pytest
from clients import api_for
from processes import run, run_on_terminal
from scripted_server import refused_host

pytestmark = pytest.mark.once


SUMS = [f"{number:032x}" for number in range(40)]
WAITS = r"tracking-client: the service is not available, waiting for it for up to 60 s: \(503\).*"


def sums_of(done) -> list[str]:
    return [line.split("\t")[1] for line in done.stdout.splitlines()[1:]]


def paths_of(done) -> list[str]:
    return [line.split("\t")[2] for line in done.stdout.splitlines()[1:]]


def statuses_of(done) -> list[str]:
    return [line.split("\t")[0] for line in done.stdout.splitlines()[1:]]


def test_command_waits_and_says_so(tracking_service):
    tracking_service.fail("GET /files/*", times=8)
    done = run("--retry-for", "60", "known", "--md5", SUMS[0])
    assert done.returncode == 3
    assert sums_of(done) == SUMS[:1]
    wait, summary = done.stderr.splitlines()
    assert re.fullmatch(WAITS, wait)
    assert summary == "tracking-client: 1 untracked"


@pytest.mark.parametrize("times", [12, pytest.param(24, marks=pytest.mark.slow)])
def test_results_stay_in_input_order_and_none_is_lost_or_doubled(tracking_service, times):
    api = api_for(tracking_service.host)
    sample = tracking_service.sample("i1")
    for number, md5sum in enumerate(SUMS):
        if number % 2:
            api.samples_id_files_post(sample, {"md5sum": md5sum, "filename": f"{number}.vcf", "file-type": "vcf"})
    tracking_service.fail("GET /files/*", times=times)
    done = run("--retry-for", "300", "known", "--jobs", "4", "--md5", *SUMS, SUMS[3])
    assert done.returncode == 3
    assert sums_of(done) == [*SUMS, SUMS[3]]
    assert statuses_of(done) == [*["untracked", "tracked"] * 20, "tracked"]


@pytest.mark.slow
@pytest.mark.parametrize("options", [["--retry-for", "3"], ["--retry-for", "0"], []])
def test_after_the_time_is_up_no_item_is_left_out(tracking_service, options):
    tracking_service.fail("*", times=None)
    done = run("--timeout", "0.5", *options, "known", "--jobs", "2", "--md5", *SUMS)
    assert done.returncode == 75
    assert sums_of(done) == SUMS
    assert set(statuses_of(done)) == {"failed"}
    assert done.stdout.splitlines()[-1].endswith("no result: the service is not available")
    summary, told = done.stderr.splitlines()[-2:]
    assert told.startswith("tracking-client: the service is not available")
    assert summary == f"tracking-client: {len(SUMS)} failed"


def test_what_is_not_temporary_is_not_waited_for(tracking_service):
    tracking_service.fail("GET /files/*", status=400, times=None)
    done = run("--retry-for", "600", "known", "--md5", SUMS[0])
    assert done.returncode == 1
    assert "waiting" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("create", [[], ["--create"]])
def test_registration_is_completed_after_an_outage(tracking_service, tmp_path, create):
    tracking_service.sample("i1")
    paths = [tmp_path / f"{number}.vcf" for number in range(20)]
    for path in paths:
        path.write_text(path.name)
    tracking_service.fail("*", times=24)
    tracking_service.drop_response("POST /samples/*/files", times=3)
    done = run("--retry-for", "300", "register", "--isolate", "i1", *create, *paths)
    assert done.returncode == 0, done.stdout + done.stderr
    assert paths_of(done) == list(map(str, paths))
    assert len(run("list", "--isolate", "i1").stdout.splitlines()) == 21


@pytest.mark.parametrize("command", [["ping"], ["list", "--isolate", "i1"], ["sample", "create", "--isolate", "i1"]])
def test_every_command_waits(tracking_service, command):
    tracking_service.sample("i1")
    tracking_service.fail("*", times=8)
    done = run("--retry-for", "60", *command)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(WAITS, done.stderr.splitlines()[0])


@pytest.mark.slow
def test_error_of_a_command_for_one_thing_is_told_once():
    done = run("--host", refused_host(), "--retry-for", "0", "ping")
    assert done.returncode == 75
    (line,) = done.stderr.splitlines()
    assert line.startswith("tracking-client: the service is not available")


def test_quiet_waits_without_saying_so(tracking_service):
    tracking_service.fail("*", times=8)
    assert run("-q", "--retry-for", "60", "ping").stderr == ""


def test_verbose_tells_the_retries_of_a_call_too(tracking_service):
    tracking_service.fail("*", times=1)
    done = run("-v", "ping")
    assert done.returncode == 0
    assert "tracking-client: " in done.stderr
    assert "503" in done.stderr
    assert run("ping").stderr == ""


@pytest.mark.slow
@pytest.mark.parametrize("run_it", [run, run_on_terminal])
def test_messages_have_no_carriage_returns(tracking_service, run_it):
    tracking_service.fail("*", times=8)
    done = run_it("--retry-for", "60", "ping")
    shown = done.stderr.encode() if run_it is run else done[1].replace(b"\r\n", b"\n")
    assert b"waiting for it" in shown
    assert b"\r" not in shown
    assert b"\x1b[" not in shown or run_it is run_on_terminal
