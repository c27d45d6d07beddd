"""docs/pipelines/Snakefile, run by Snakemake."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from clients import api_for
from pipelines import PIPELINES, dying_service, registered, write_reads
from sessions import environment

from tracking_client.service import running_service

pytest.importorskip("snakemake")

READS = ("R1.fastq.gz", "{n}.fastq.gz", 'it\'s a "second" $(read).fastq.gz')
TABLES = ["tracking/i1.registered.tsv", "tracking/i2.registered.tsv", "tracking/i3.registered.tsv"]


@pytest.fixture(autouse=True)
def reads(tmp_path: Path) -> None:
    for isolate in ("i1", "i2", "i3"):
        write_reads(tmp_path, isolate, READS)


def run_workflow(directory: Path, host: str | None, retry_for: int = 60) -> tuple[int, str]:
    """Run the workflow, and return the exit code and what Snakemake says. Without a host, none is set."""
    variables = {**environment(host or ""), "XDG_CACHE_HOME": str(directory / "cache")}
    if host is None:
        del variables["TRACKING_CLIENT_HOST"]
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(PIPELINES / "Snakefile"), "--cores", "1"]
    done = subprocess.run(
        [*command, "--config", f"retry_for={retry_for}"],
        cwd=directory,
        env=variables,
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


def test_file_under_another_isolate_ends_the_workflow(tmp_path, tracking_service):
    file = {"md5sum": hashlib.md5(f"i1 {READS[0]}".encode()).hexdigest(), "filename": READS[0], "file-type": "fastq"}
    api_for(tracking_service.host).samples_id_files_post(tracking_service.sample("other"), file)
    code, said = run_workflow(tmp_path, tracking_service.host)
    assert code != 0
    assert "conflict: reads/i1/R1.fastq.gz" in said
    assert "tracking/i1.registered.tsv" not in complete_tables(tmp_path)


def test_reads_that_were_exchanged_end_the_workflow(tmp_path, tracking_service):
    """Although they are older than what the first run has written."""
    assert run_workflow(tmp_path, tracking_service.host)[0] == 0
    first, second = (tmp_path / "reads" / isolate / READS[0] for isolate in ("i1", "i2"))
    first.rename(tmp_path / "kept")
    second.rename(first)
    (tmp_path / "kept").rename(second)
    code, said = run_workflow(tmp_path, tracking_service.host)
    assert code != 0
    assert "conflict: reads/i1/R1.fastq.gz" in said


def test_host_that_is_empty_ends_the_workflow(tmp_path):
    code, said = run_workflow(tmp_path, "")
    assert code != 0
    assert "TRACKING_CLIENT_HOST" in said


def test_names_are_names(tmp_path, tracking_service):
    shutil.rmtree(tmp_path / "reads")
    isolates = ["O'Brien", "-17A", "x{y}", "a'; touch ran; '"]
    for isolate in isolates:
        write_reads(tmp_path, isolate, READS)
    code, said = run_workflow(tmp_path, tracking_service.host)
    assert code == 0, said
    assert registered(tracking_service.host) == {isolate: sorted(READS) for isolate in isolates}
    assert not [*tmp_path.rglob("ran")]


def test_two_at_once_register_each_file_once(tmp_path, tracking_service):
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
        (folder / "reads").symlink_to(tmp_path / "reads")
    with ThreadPoolExecutor() as pool:
        done = [*pool.map(lambda folder: run_workflow(folder, tracking_service.host), folders)]
    assert [code for code, _ in done] == [0, 0], done
    assert registered(tracking_service.host) == dict.fromkeys(("i1", "i2", "i3"), sorted(READS))


def test_two_at_once_in_one_folder_leave_what_a_third_completes(tmp_path, tracking_service):
    with ThreadPoolExecutor() as pool:
        done = [*pool.map(lambda _: run_workflow(tmp_path, tracking_service.host), range(2))]
    assert 0 in [code for code, _ in done], done
    code, said = run_workflow(tmp_path, tracking_service.host)
    assert code == 0, said
    assert complete_tables(tmp_path) == TABLES


def test_no_reads_at_all_are_an_error(tmp_path, tracking_service):
    shutil.rmtree(tmp_path / "reads")
    code, said = run_workflow(tmp_path, tracking_service.host)
    assert code != 0
    assert "there are no reads" in said


def test_host_that_is_not_set_is_an_error(tmp_path):
    code, said = run_workflow(tmp_path, None)
    assert code != 0
    assert "TRACKING_CLIENT_HOST" in said


def test_second_run_completes_what_a_killed_service_has_left(tmp_path):
    database = tmp_path / "tracking.sqlite"
    with dying_service(database, posts=4) as (host, process):
        code, said = run_workflow(tmp_path, host, retry_for=1)
        assert process.wait(timeout=60) == -9
    assert code != 0
    first = complete_tables(tmp_path)
    assert len(first) == 1, said
    with running_service(database) as host:
        assert sum(map(len, registered(host).values())) == 4
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
