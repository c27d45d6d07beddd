"""The command as it is used: in a shell on a terminal, by cron, by xargs, and killed in the middle."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import time

import pytest
from pipelines import dying_service, registered
from processes import COMMAND, rows, run, run_on_terminal, statuses, told, wait_until
from sessions import environment, on_terminal

from tracking_client.service import running_service

NAMES = ["a.vcf", "it's.vcf", 'a "b".fastq', "$(touch ran).vcf", "-17A.fq", "x{y}.vcf", "two\nlines.vcf", "back\\n.vcf"]

pytestmark = pytest.mark.once


@pytest.fixture
def run_17(tmp_path):
    """Return a folder with files of all kinds of names."""
    folder = tmp_path / "run_17"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_text(name)
    return folder


def in_bash(script: str, host: str, directory) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-euo", "pipefail", "-c", script]
    settings = {"cwd": directory, "env": environment(host), "stdin": subprocess.DEVNULL}
    return subprocess.run(command, **settings, capture_output=True, text=True, check=False, timeout=120)


def test_untracked_files_are_passed_to_xargs(tracking_service, run_17):
    assert run("register", "--create", "--isolate", "i1", run_17 / "a.vcf").returncode == 0
    script = """
    tracking-client known --exit-zero --only untracked --columns path --no-header --print0 . |
        xargs -0 tracking-client register --create --isolate=i1 --
    """
    done = in_bash(script, tracking_service.host, run_17)
    assert done.returncode == 0, done.stderr
    assert statuses(done) == ["created"] * (len(NAMES) - 1)
    assert registered(tracking_service.host) == {"i1": sorted(NAMES)}


@pytest.mark.slow
def test_find_and_xargs_in_several_processes(tracking_service, run_17):
    script = "find . -type f -print0 | xargs -0 -n 3 -P 2 tracking-client register --create --isolate i1 -q --"
    assert in_bash(script, tracking_service.host, run_17).returncode == 0
    assert registered(tracking_service.host) == {"i1": sorted(NAMES)}


def test_find_and_list_of_paths(tracking_service, run_17):
    script = "find . -type f -print0 | tracking-client register --create --isolate i1 --files-from - --null"
    done = in_bash(script, tracking_service.host, run_17)
    assert (done.returncode, statuses(done)) == (0, ["created"] * len(NAMES))
    assert registered(tracking_service.host) == {"i1": sorted(NAMES)}


def test_loop_over_exit_codes_and_lines(tracking_service, run_17):
    script = """
    for path in ./*; do
        if tracking-client -q known "$path" > known.tsv; then echo tracked; else echo $?; fi
    done
    """
    done = in_bash(script, tracking_service.host, run_17)
    assert done.stdout.splitlines() == ["3"] * len(NAMES)


def test_cron_has_no_home_no_terminal_and_no_locale(tracking_service, run_17):
    assert run("register", "--create", "--isolate", "i1", run_17 / "a.vcf").returncode == 0
    command = ["env", "-i", f"TRACKING_CLIENT_HOST={tracking_service.host}", *COMMAND]
    for arguments, code in ((["known", "a.vcf"], 0), (["known", "."], 3), (["known", "--cache", "é.vcf"], 65)):
        if "--cache" in arguments:
            command[2:2] = [f"XDG_CACHE_HOME={run_17}/cache"]
        done = subprocess.run(
            [*command, *arguments], cwd=run_17, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60
        )
        assert done.returncode == code, done.stderr
        assert done.stdout.startswith(b"status\tmd5sum\t")
        assert b"Traceback" not in done.stderr


@pytest.mark.skipif(os.getuid() == 0 and not shutil.which("setpriv"), reason="root can write everywhere")
def test_home_and_folder_may_be_read_only(tracking_service, run_17):
    run_17.chmod(0o555)
    # Without its capabilities, root has to respect permissions.
    prefix = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"] if os.getuid() == 0 else []
    settings = {"cwd": run_17, "env": {**os.environ, "HOME": str(run_17)}, "capture_output": True, "text": True}
    if not subprocess.run([*prefix, "touch", "written"], **settings, check=False, timeout=60).returncode:
        pytest.skip("permissions are not respected here")
    done = subprocess.run([*prefix, *COMMAND, "known", "."], **settings, check=False, timeout=60)
    assert (done.returncode, told(done)) == (3, [f"{len(NAMES)} untracked"])
    assert sorted(os.listdir(run_17)) == sorted(NAMES)


def test_session_in_a_shell_on_a_terminal(tracking_service, run_17):
    script = """
    tracking-client known --columns status,path *.vcf; echo "code $?"
    tracking-client register --isolate 'O'"'"'Brien' --create --columns status,name -- *; echo "code $?"
    tracking-client known *.vcf --columns status | sort | uniq -c
    """
    shown = on_terminal(["bash", "-c", script], tracking_service.host, run_17)
    assert shown.count("code 3\n") == 1
    assert shown.count("code 0\n") == 1
    assert "untracked  two\\nlines.vcf\n" in shown
    assert "created  -17A.fq\n" in shown
    assert f"{len(NAMES)} created" in shown
    assert "6 tracked" in shown
    assert set(registered(tracking_service.host)) == {"O'Brien"}


def test_failures_on_a_terminal_are_told_once(tracking_service, run_17):
    arguments = ["known", run_17 / "a.vcf", run_17 / "none.vcf"]
    _, shown = run_on_terminal(*arguments, TERM="dumb")
    assert shown.count(b"none.vcf'") == 1
    assert b"1 untracked, 1 failed" in shown
    ours, theirs = os.openpty()  # only standard output is a terminal
    done = subprocess.run([*COMMAND, *arguments], stdout=theirs, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(theirs)
    os.close(ours)
    assert b"none.vcf" in done.stderr


def test_two_at_once_share_a_cache(tracking_service, run_17, tmp_path):
    for path in run_17.iterdir():
        os.utime(path, (1, 1))
    command = [*COMMAND, "known", "--cache-file", str(tmp_path / "cache"), str(run_17)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [3, 3], outputs
    assert outputs[0] == outputs[1]


def sixty(folder) -> list[str]:
    folder.mkdir()
    for number in range(60):
        (folder / f"{number}.vcf").write_text(f"content {number}")
    return sorted(os.listdir(folder))


@pytest.mark.slow
def test_service_that_is_killed_half_way_and_a_second_run(tmp_path):
    names = sixty(tmp_path / "run")
    database, report = tmp_path / "tracking.sqlite", tmp_path / "report.tsv"
    arguments = ["register", "--create", "--isolate", "i1", tmp_path / "run", "--report", report]
    with dying_service(database, posts=25) as (host, process):
        done = run("--host", host, "--retry-for", "1", *arguments)
        assert process.wait(60) == -signal.SIGKILL
    assert done.returncode == 75, done.stderr
    assert len(statuses(done)) == 60
    assert set(statuses(done)) == {"created", "failed"}
    assert told(done)[-2].endswith(" failed")
    assert report.read_text(encoding="utf-8") == done.stdout
    with running_service(database) as host:
        done = run("--host", host, *arguments)
        assert (done.returncode, set(statuses(done))) == (0, {"created", "existing"})
        assert registered(host) == {"i1": names}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_command_that_is_ended_half_way_and_a_second_run(tracking_service, tmp_path, number):
    names = sixty(tmp_path / "run")
    tracking_service.delay("POST /samples/*/files", 0.1)
    arguments = ["register", "--create", "--isolate", "i1", "--jobs", "2", str(tmp_path / "run")]
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: sum(request.path.endswith("/files") for request in tracking_service.requests) > 8)
    process.send_signal(number)
    output, errors = process.communicate(timeout=60)
    codes = {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGINT: 130}
    assert process.returncode == codes[number], errors
    if number != signal.SIGKILL:
        summary, end = errors.splitlines()
        done = sum(row["status"] == "created" for row in rows(output))
        assert done > 0
        assert summary == f"tracking-client: {done} created, {60 - done} left"
        assert end == f"tracking-client: {'interrupted' if number == signal.SIGINT else 'terminated'}"
        assert len(registered(tracking_service.host)["i1"]) == done, "also those that were being sent"
    tracking_service.recover()
    again = run(*arguments)
    assert (again.returncode, set(statuses(again))) == (0, {"created", "existing"})
    assert registered(tracking_service.host) == {"i1": names}


def test_terminated_look_up_says_what_was_done(tracking_service, tmp_path):
    names = sixty(tmp_path / "run")
    slow = hashlib.md5((tmp_path / "run" / names[5]).read_bytes()).hexdigest()
    tracking_service.delay(f"GET /files/{slow}", 600)
    command = [*COMMAND, "known", str(tmp_path / "run")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for _ in range(6):
        process.stdout.readline()
    time.sleep(1)  # the row was read before its write has returned
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 143
    summary, end = errors.splitlines()
    assert summary.endswith(" left")
    assert "untracked" in summary
    assert end == "tracking-client: terminated"


def test_name_of_a_file_in_a_usage_error_is_escaped(tmp_path):
    done = run("known", "--no-such-option", "--\x1b[31mred\n.vcf")
    assert done.returncode == 2
    assert "\\x1b[31mred" in done.stderr
    assert "\x1b" not in done.stderr
