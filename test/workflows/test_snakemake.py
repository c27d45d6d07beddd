"""docs/pipelines/Snakefile, run by Snakemake."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pipelines import PIPELINES, dying_service, registered, write_reads
from sessions import environment

from tracking_client.service import running_service

pytest.importorskip("snakemake")

READS = ("R1.fastq.gz", 'it\'s a "second" $(read).fastq.gz')
TABLES = ["tracking/i1.registered.tsv", "tracking/i2.registered.tsv", "tracking/i3.registered.tsv"]


@pytest.fixture(autouse=True)
def reads(tmp_path: Path) -> None:
    for isolate in ("i1", "i2", "i3"):
        write_reads(tmp_path, isolate, READS)


def run_workflow(directory: Path, host: str, retry_for: int = 60) -> tuple[int, str]:
    """Run the workflow, and return the exit code and what Snakemake says."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(PIPELINES / "Snakefile"), "--cores", "1"]
    done = subprocess.run(
        [*command, "--config", f"retry_for={retry_for}"],
        cwd=directory,
        env={**environment(host), "XDG_CACHE_HOME": str(directory / "cache")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout


def complete_tables(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.glob("tracking/*.registered.tsv"))


def test_second_run_does_nothing(tmp_path, tracking_service):
    code, said = run_workflow(tmp_path, tracking_service.host)
    assert code == 0, said
    assert complete_tables(tmp_path) == TABLES
    assert registered(tracking_service.host) == dict.fromkeys(("i1", "i2", "i3"), sorted(READS))
    tracking_service.requests.clear()
    code, said = run_workflow(tmp_path, tracking_service.host)
    assert code == 0, said
    assert "Nothing to be done" in said
    assert tracking_service.requests == []


def test_tracked_files_are_skipped(tmp_path, tracking_service):
    assert run_workflow(tmp_path, tracking_service.host)[0] == 0
    for path in (tmp_path / "tracking").iterdir():
        path.unlink()
    tracking_service.requests.clear()
    code, said = run_workflow(tmp_path, tracking_service.host)
    assert code == 0, said
    assert complete_tables(tmp_path) == TABLES
    assert {each.method for each in tracking_service.requests} == {"GET"}


def test_second_run_completes_what_a_killed_service_has_left(tmp_path):
    database = tmp_path / "tracking.sqlite"
    with dying_service(database, posts=3) as (host, process):
        code, said = run_workflow(tmp_path, host, retry_for=1)
        assert process.wait(timeout=60) == -9
    assert code != 0
    first = complete_tables(tmp_path)
    assert len(first) == 1, said
    with running_service(database) as host:
        assert sum(map(len, registered(host).values())) == 3
        times = [(tmp_path / path).stat().st_mtime_ns for path in first]
        code, said = run_workflow(tmp_path, host)
        assert code == 0, said
        assert complete_tables(tmp_path) == TABLES
        assert registered(host) == dict.fromkeys(("i1", "i2", "i3"), sorted(READS))
        assert [(tmp_path / path).stat().st_mtime_ns for path in first] == times, "it was done already"


def test_temporary_failures_are_retried(tmp_path, tracking_service):
    tracking_service.fail("POST /samples/*/files", status=503, times=12)
    code, said = run_workflow(tmp_path, tracking_service.host)
    assert code == 0, said
    assert registered(tracking_service.host) == dict.fromkeys(("i1", "i2", "i3"), sorted(READS))


def test_other_failures_end_the_workflow(tmp_path, tracking_service):
    tracking_service.fail("POST /samples/*/files", status=403, times=None)
    code, said = run_workflow(tmp_path, tracking_service.host)
    assert code != 0
    assert "(403)" in said
    assert len([each for each in tracking_service.requests if str(each).endswith("/files")]) <= len(READS)
