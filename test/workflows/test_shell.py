"""docs/pipelines/register.sh, and the script of the process in main.nf, run by bash."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from pipelines import PIPELINES, dying_service, registered, write_reads
from sessions import environment

from tracking_client.service import running_service

pytestmark = pytest.mark.once

READS = ("R1.fastq.gz", 'it\'s a "second" $(read).fastq.gz', "-v.vcf", "line\nbreak\\.fastq")


def run_script(
    directory: Path, host: str, *arguments: str, command: tuple[str, ...] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*(command or ("bash", str(PIPELINES / "register.sh"))), *arguments],
        cwd=directory,
        env={**environment(host), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def statuses(table: str) -> list[str]:
    return [line.split("\t")[0] for line in table.splitlines()[1:]]


def test_second_run_registers_nothing(tmp_path, tracking_service):
    paths = write_reads(tmp_path, "i1", READS)
    done = run_script(tmp_path, tracking_service.host, "i1", *paths)
    assert (done.returncode, done.stderr) == (0, "i1: 4 of 4 files to register\n")
    assert statuses(done.stdout) == ["created"] * 4
    assert registered(tracking_service.host) == {"i1": sorted(READS)}
    tracking_service.requests.clear()
    done = run_script(tmp_path, tracking_service.host, "i1", *paths)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "i1: 0 of 4 files to register\n")
    assert {each.method for each in tracking_service.requests} == {"GET"}


def test_only_what_is_not_tracked_is_sent(tmp_path, tracking_service):
    paths = write_reads(tmp_path, "i1", READS)
    assert run_script(tmp_path, tracking_service.host, "i1", *paths[1:3]).returncode == 0
    tracking_service.requests.clear()
    assert run_script(tmp_path, tracking_service.host, "i1", *paths).returncode == 0
    posted = [each.json["filename"] for each in tracking_service.requests if each.method == "POST"]
    assert sorted(posted) == sorted([READS[0], READS[3]])


def test_second_run_completes_what_a_killed_service_has_left(tmp_path):
    database = tmp_path / "tracking.sqlite"
    paths = write_reads(tmp_path, "i1", READS)
    with dying_service(database, posts=2) as (host, process):
        done = run_script(tmp_path, host, "i1", *paths, TRACKING_CLIENT_RETRY_FOR="1")
        assert process.wait(timeout=60) == -9
    assert done.returncode == 75, done.stderr
    with running_service(database) as host:
        done = run_script(tmp_path, host, "i1", *paths)
        assert (done.returncode, done.stderr) == (0, "i1: 2 of 4 files to register\n")
        assert registered(host) == {"i1": sorted(READS)}


def test_temporary_failures_are_retried(tmp_path, tracking_service):
    paths = write_reads(tmp_path, "i1", READS)
    tracking_service.fail("*", status=503, times=20)
    assert run_script(tmp_path, tracking_service.host, "i1", *paths).returncode == 0
    assert registered(tracking_service.host) == {"i1": sorted(READS)}


def test_exit_code_of_a_temporary_failure_can_be_chosen(tmp_path, tracking_service):
    paths = write_reads(tmp_path, "i1", READS)
    tracking_service.fail("*", status=503, times=None)
    settings = {"TRACKING_CLIENT_RETRY_FOR": "0.1", "TEMPFAIL_CODE": "104"}
    assert run_script(tmp_path, tracking_service.host, "i1", *paths, **settings).returncode == 104


def test_file_that_cannot_be_read_ends_the_script_and_is_named(tmp_path, tracking_service):
    paths = write_reads(tmp_path, "i1", READS)
    done = run_script(tmp_path, tracking_service.host, "i1", *paths, "none.vcf")
    assert (done.returncode, done.stdout) == (65, "")
    assert "none.vcf" in done.stderr
    assert registered(tracking_service.host) == {}


def test_usage(tmp_path, tracking_service):
    done = run_script(tmp_path, tracking_service.host, "i1")
    assert (done.returncode, done.stderr) == (2, "usage: register.sh ISOLATE FILE...\n")


def nextflow_script(host: str, retry_for: str) -> str:
    """Return the script of the process in main.nf, with the values that Nextflow would insert."""
    (script,) = re.findall(r'"""\n(.*?)"""', (PIPELINES / "main.nf").read_text(encoding="utf-8"), re.DOTALL)
    values = {
        "params.host": host,
        "params.retry_for": retry_for,
        "params.tempfail_code": "75",
        "register": "register.sh",
        "isolate": "i1",
        "reads": "R1.fastq.gz R2.fastq.gz",
    }
    return re.sub(r"\$\{([\w.]+)\}", lambda match: values[match[1]], script)


def run_nextflow_script(directory: Path, host: str, retry_for: str = "60") -> subprocess.CompletedProcess[str]:
    """Run the script as Nextflow does: by bash -ue, in a folder with links to the input files."""
    names = ("R1.fastq.gz", "R2.fastq.gz")
    paths = write_reads(directory, "i1", names)
    work = directory / "work"
    work.mkdir()
    for link, target in [
        *zip(names, (directory / path for path in paths), strict=False),
        ("register.sh", PIPELINES / "register.sh"),
    ]:
        (work / link).symlink_to(target)
    return run_script(work, "http://127.0.0.1:9", command=("bash", "-ue", "-c", nextflow_script(host, retry_for)))


def test_script_for_nextflow_registers_files(tmp_path, tracking_service):
    done = run_nextflow_script(tmp_path, tracking_service.host)
    assert done.returncode == 0, done.stderr
    assert statuses((tmp_path / "work" / "registered.tsv").read_text(encoding="utf-8")) == ["created"] * 2
    assert registered(tracking_service.host) == {"i1": ["R1.fastq.gz", "R2.fastq.gz"]}


def test_script_for_nextflow_exits_with_the_code_that_is_retried(tmp_path, tracking_service):
    tracking_service.fail("*", status=503, times=None)
    assert run_nextflow_script(tmp_path, tracking_service.host, "0.1").returncode == 75
    assert "task.exitStatus == params.tempfail_code ? 'retry'" in (PIPELINES / "main.nf").read_text(encoding="utf-8")
