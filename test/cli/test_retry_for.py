"""The option ``--retry-for``: the command waits itself for what is temporarily unavailable."""

from __future__ import annotations

import re
import subprocess

import pytest
from clients import api_for
from processes import COMMAND, run, run_on_terminal

from tracking_client.bulk import LookUp, ServiceUnavailableError
from tracking_client.cli.patience import Patience
from tracking_client.cli.rounds import in_rounds

pytestmark = pytest.mark.once


SUMS = [f"{number:032x}" for number in range(40)]


def items_of(done) -> list[str]:
    return [line.split("\t")[2] for line in done.stdout.splitlines()[1:]]


def test_command_waits_and_says_so(tracking_service):
    # More than the retries of a call, so that only the option helps.
    tracking_service.fail("GET /files/*", times=5)
    done = run("--retry-for", "60", "known", "--md5", SUMS[0])
    assert done.returncode == 3
    assert items_of(done) == SUMS[:1]
    lines = done.stderr.splitlines()
    assert len(lines) == 1
    assert re.fullmatch(r"tracking-client: \(503\).*; trying again in \d+ s, for \d+ s at most", lines[0])


@pytest.mark.parametrize("times", [60, 120])
def test_results_stay_in_input_order_and_none_is_lost_or_doubled(tracking_service, times):
    api = api_for(tracking_service.host)
    sample = tracking_service.sample("i1")
    for number, md5sum in enumerate(SUMS):
        if number % 2:
            api.samples_id_files_post(sample, {"md5sum": md5sum, "filename": f"{number}.vcf", "file-type": "vcf"})
    tracking_service.fail("GET /files/*", times=times)
    done = run("--retry-for", "120", "known", "--jobs", "4", "--md5", *SUMS, SUMS[3])
    assert done.returncode == 3
    assert items_of(done) == [*SUMS, SUMS[3]]
    statuses = [line.split("\t")[0] for line in done.stdout.splitlines()[1:]]
    assert statuses == [*["not tracked", "tracked"] * 20, "tracked"]
    assert "trying again" in done.stderr


def test_after_the_time_is_up_every_item_has_failed(tracking_service):
    tracking_service.fail("*", times=None)
    done = run("--timeout", "1", "--retry-for", "3", "known", "--md5", *SUMS)
    assert done.returncode == 75
    assert sorted(items_of(done)) == SUMS  # those without a result are at the end
    assert {line.split("\t")[0] for line in done.stdout.splitlines()[1:]} == {"failed"}


def test_without_the_option_an_outage_leaves_no_item_out(tracking_service):
    tracking_service.fail("*", times=None)
    done = run("--timeout", "0.5", "known", "--jobs", "2", "--md5", *SUMS)
    assert done.returncode == 75
    assert sorted(items_of(done)) == SUMS  # those without a result are at the end
    assert done.stdout.splitlines()[-1].endswith("not sent")
    assert done.stderr.startswith("tracking-client: the service is not available")


def test_what_is_not_temporary_is_not_waited_for(tracking_service):
    tracking_service.fail("GET /files/*", status=400, times=None)
    done = run("--retry-for", "600", "known", "--md5", SUMS[0])
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("create", [[], ["--create"]])
def test_registration_is_completed_after_an_outage(tracking_service, tmp_path, create):
    tracking_service.sample("i1")
    paths = [tmp_path / f"{number}.vcf" for number in range(20)]
    for path in paths:
        path.write_text(path.name)
    tracking_service.fail("POST /samples/*/files", times=60)
    tracking_service.drop_response("POST /samples/*/files", times=3)
    done = run("--retry-for", "120", "register", "--isolate", "i1", *create, *paths)
    assert done.returncode == 0, done.stdout + done.stderr
    assert items_of(done) == list(map(str, paths))
    assert len(run("list", "--isolate", "i1").stdout.splitlines()) == 21


@pytest.mark.parametrize("command", [["ping"], ["list", "--isolate", "i1"], ["sample", "create", "--isolate", "i1"]])
def test_every_command_waits(tracking_service, command):
    tracking_service.sample("i1")
    tracking_service.fail("*", times=5)
    done = run("--retry-for", "60", *command)
    assert done.returncode == 0, done.stderr
    assert "trying again" in done.stderr


def test_quiet_waits_without_saying_so(tracking_service):
    tracking_service.fail("*", times=5)
    assert run("-q", "--retry-for", "60", "ping").stderr == ""


def test_verbose_tells_the_retries_of_a_call_too(tracking_service):
    tracking_service.fail("*", times=1)
    done = run("-v", "ping")
    assert done.returncode == 0
    assert "tracking-client: " in done.stderr
    assert "503" in done.stderr
    assert run("ping").stderr == ""


def test_first_results_are_written_before_the_others_are_final(tracking_service):
    tracking_service.fail(f"GET /files/{SUMS[1]}", times=None)
    command = [*COMMAND, "--timeout", "1", "--retry-for", "600", "known", "--md5", SUMS[0], SUMS[1]]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        process.stdout.readline()
        assert SUMS[0] in process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("run_it", [run, run_on_terminal])
def test_messages_have_no_carriage_returns(tracking_service, run_it):
    tracking_service.fail("*", times=5)
    done = run_it("--retry-for", "60", "ping")
    shown = done.stderr.encode() if run_it is run else done[1].replace(b"\r\n", b"\n")
    assert b"trying again" in shown
    assert b"\r" not in shown
    assert b"\x1b[" not in shown or run_it is run_on_terminal


def test_result_that_is_missing_after_an_outage_is_not_taken_for_that_of_another_item():
    def run(items):
        rounds.append(items)
        if len(rounds) == 1:
            yield LookUp(items[0], "tracked", items[0])
            yield LookUp(items[2], "tracked", items[2])
            raise ServiceUnavailableError("down", 2, iter([items[1], items[3]]))
        yield from (LookUp(item, "tracked", item) for item in items)

    rounds = []
    results = list(in_rounds(run, SUMS[:4], Patience(60, quiet=True)))
    assert [result.item for result in results] == SUMS[:4]
    assert rounds == [SUMS[:4], [SUMS[1], SUMS[3]]]
