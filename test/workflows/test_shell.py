"""docs/pipelines/register.sh, and the script of the process in main.nf, run by bash."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from pipelines import PIPELINES, dying_service, registered, write_reads
from processes import rows, statuses, told
from sessions import environment

from tracking_client.service import running_service

pytestmark = pytest.mark.once

NEXTFLOW = (PIPELINES / "main.nf").read_text(encoding="utf-8")
READS = ("R1.fastq.gz", 'it\'s a "second" $(read).fastq.gz', "-v.vcf", "line\nbreak\\.fastq")

ISOLATES = ["O'Brien", "-17A", "x{y}", "a'; touch ran; '", '$(touch ran) `touch ran` "\\']


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


def test_second_run_changes_nothing(tmp_path, tracking_service):
    paths = write_reads(tmp_path, "i1", READS)
    done = run_script(tmp_path, tracking_service.host, "i1", *paths)
    assert (done.returncode, told(done)) == (0, ["4 created"])
    assert statuses(done) == ["created"] * 4
    assert registered(tracking_service.host) == {"i1": sorted(READS)}
    done = run_script(tmp_path, tracking_service.host, "i1", *paths)
    assert (done.returncode, statuses(done)) == (0, ["existing"] * 4)
    assert registered(tracking_service.host) == {"i1": sorted(READS)}


def test_files_under_another_isolate_are_a_conflict(tmp_path, tracking_service):
    paths = write_reads(tmp_path, "i1", READS)
    assert run_script(tmp_path, tracking_service.host, "i1", *paths[:2]).returncode == 0
    done = run_script(tmp_path, tracking_service.host, "i2", *paths)
    assert (done.returncode, statuses(done)) == (4, ["conflict"] * 2 + ["created"] * 2)
    assert len(told(done)) == 3


@pytest.mark.parametrize("isolate", ISOLATES)
def test_names_are_names(tmp_path, tracking_service, isolate):
    paths = write_reads(tmp_path, isolate, READS)
    done = run_script(tmp_path, tracking_service.host, isolate, *paths)
    assert done.returncode == 0, done.stderr
    assert registered(tracking_service.host) == {isolate: sorted(READS)}
    assert sorted(os.listdir(tmp_path)) == ["reads"]


def test_host_that_is_not_set_is_an_error(tmp_path):
    paths = write_reads(tmp_path, "i1", READS)
    done = run_script(tmp_path, "", "i1", *paths)
    assert done.returncode not in (0, 75)
    assert "TRACKING_CLIENT_HOST" in done.stderr
    assert "null" not in done.stderr


@pytest.mark.slow
def test_second_run_completes_what_a_killed_service_has_left(tmp_path):
    database = tmp_path / "tracking.sqlite"
    paths = write_reads(tmp_path, "i1", READS)
    with dying_service(database, posts=2) as (host, process):
        done = run_script(tmp_path, host, "i1", *paths, TRACKING_CLIENT_RETRY_FOR="1")
        assert process.wait(timeout=60) == -9
    assert done.returncode == 75, done.stderr
    with running_service(database) as host:
        done = run_script(tmp_path, host, "i1", *paths)
        assert (done.returncode, sorted(statuses(done))) == (0, ["created"] * 2 + ["existing"] * 2)
        assert registered(host) == {"i1": sorted(READS)}


@pytest.mark.slow
def test_temporary_failures_are_retried(tmp_path, tracking_service):
    paths = write_reads(tmp_path, "i1", READS)
    tracking_service.fail("*", status=503, times=20)
    assert run_script(tmp_path, tracking_service.host, "i1", *paths).returncode == 0
    assert registered(tracking_service.host) == {"i1": sorted(READS)}


@pytest.mark.slow
def test_exit_code_of_a_temporary_failure_can_be_chosen(tmp_path, tracking_service):
    paths = write_reads(tmp_path, "i1", READS)
    tracking_service.fail("*", status=503, times=None)
    settings = {"TRACKING_CLIENT_RETRY_FOR": "0.1", "TEMPFAIL_CODE": "104"}
    assert run_script(tmp_path, tracking_service.host, "i1", *paths, **settings).returncode == 104


def test_file_that_cannot_be_read_is_named(tmp_path, tracking_service):
    paths = write_reads(tmp_path, "i1", READS)
    done = run_script(tmp_path, tracking_service.host, "i1", *paths, "none.vcf")
    assert (done.returncode, statuses(done)) == (65, ["created"] * 4 + ["failed"])
    assert "none.vcf" in told(done)[0]


def test_usage(tmp_path, tracking_service):
    done = run_script(tmp_path, tracking_service.host, "i1")
    assert (done.returncode, done.stderr) == (2, "usage: register.sh ISOLATE FILE...\n")


def nextflow_script(isolate: str, host: str, retry_for: str) -> str:
    """Return the script of the process in main.nf, with the values that Nextflow would insert."""
    (script,) = re.findall(r'"""\n(.*?)"""', NEXTFLOW, re.DOTALL)
    # An expression of Groovy that is one of Python, too.
    (quoted,) = re.findall(r"def quoted\(text\) \{\s+return (.*)\n\}", NEXTFLOW)
    values = {
        "params.host": host,
        "params.retry_for": retry_for,
        "params.tempfail_code": "75",
        "isolate": isolate,
    }
    insert = quoted.replace(".toString()", "")
    script = re.sub(r"\$\{quoted\(([\w.]+)\)\}", lambda match: eval(insert, {"text": values[match[1]]}), script)
    assert "${" not in script
    return script


def run_nextflow_script(
    directory: Path, host: str, retry_for: str = "60", isolate: str = "i1"
) -> subprocess.CompletedProcess[str]:
    """Run the script as Nextflow does: by bash -ue, in a folder with links to the input files."""
    paths = write_reads(directory, isolate, READS)
    work = directory / "work"
    (work / "reads").mkdir(parents=True)
    for path in paths:
        (work / "reads" / Path(path).name).symlink_to(directory / path)
    (work / "register.sh").symlink_to(PIPELINES / "register.sh")
    script = nextflow_script(isolate, host, retry_for)
    return run_script(work, "http://127.0.0.1:9", command=("bash", "-ue", "-c", script))


@pytest.mark.parametrize("isolate", ["i1", *ISOLATES])
def test_script_for_nextflow_registers_files(tmp_path, tracking_service, isolate):
    done = run_nextflow_script(tmp_path, tracking_service.host, isolate=isolate)
    assert done.returncode == 0, done.stderr
    table = (tmp_path / "work" / "registered.tsv").read_text(encoding="utf-8")
    assert [row["status"] for row in rows(table)] == ["created"] * len(READS)
    assert registered(tracking_service.host) == {isolate: sorted(READS)}
    assert sorted(os.listdir(tmp_path / "work")) == ["reads", "register.sh", "registered.tsv"]


@pytest.mark.slow
def test_script_for_nextflow_exits_with_the_code_that_is_retried(tmp_path, tracking_service):
    tracking_service.fail("*", status=503, times=None)
    assert run_nextflow_script(tmp_path, tracking_service.host, "0.1").returncode == 75
    assert "task.exitStatus == params.tempfail_code ? 'retry'" in NEXTFLOW


def test_workflow_for_nextflow_needs_a_host():
    assert re.search(r"if \(!params\.host\) \{\s+error ", NEXTFLOW)


def test_workflow_for_nextflow_is_valid_groovy():
    """A workflow of Nextflow is a script of Groovy; this is no test of Nextflow itself."""
    parser = pytest.importorskip("groovy_parser.parser")
    lark = pytest.importorskip("lark")
    parser.parse_groovy_content(NEXTFLOW)
    with pytest.raises(lark.exceptions.LarkError):
        parser.parse_groovy_content(NEXTFLOW.replace("process REGISTER {", "process REGISTER {{"))
