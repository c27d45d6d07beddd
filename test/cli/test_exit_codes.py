"""The exit codes of the command: every row of the table, and what a caller may do about it."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest
from clients import api_for
from processes import COMMAND, WITHOUT_NAMES, close_output_after, run, told, wait_until
from scripted_server import http_response, respond, scripted_server, stall

from tracking_client.cli.exit_codes import MEANINGS, worst

MD5SUM = "9e107d9d372bb6826bd81d3542a419d6"
NO_SERVICE = "http://127.0.0.1:9/api/v1"

pytestmark = pytest.mark.once


@pytest.fixture
def tracked(tracking_service, tmp_path):
    """Return the path of a file that is registered with the isolate i1."""
    path = tmp_path / "tracked.fastq.gz"
    path.write_bytes(b"\x1f\x8b tracked")
    api_for(tracking_service.host).samples_id_files_post(tracking_service.sample("i1"), path)
    return path


def write(path, data=b"\x1f\x8b another"):
    path.write_bytes(data)
    return path


def errors_of(done) -> str:
    """Return standard error, which has one line."""
    assert done.stderr.startswith("tracking-client: ")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_table_has_every_code_of_these_tests():
    assert set(MEANINGS) == {0, 1, 2, 3, 4, 65, 75, 78, 129, 130, 141, 143}


def test_0_if_all_are_tracked(tracked):
    done = run("known", tracked)
    assert (done.returncode, done.stderr) == (0, "tracking-client: 1 tracked\n")


def test_1_for_what_another_try_cannot_cure():
    with scripted_server(respond(http_response(b'{"message": "no such column"}', "400 BAD REQUEST"))) as server:
        done = run("--host", server.host, "known", "--md5", MD5SUM)
    assert done.returncode == 1
    assert "no such column" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("known", "--md5", "not-an-md5sum"),
        ("register", "x.fastq"),
        ("register", "--sample", MD5SUM, "x.fastq"),
        ("register", "--isolate", " ", "x.fastq"),
        ("register", "--create", "--sample", "3fa85f64-5717-4562-b3fc-2c963f66afa6", "x.fastq"),
        ("list", "--sample", "3fa85f64-5717-4562-b3fc-2c963f66afa6", "--isolate", "i1"),
        ("sample", "find"),
        ("sample",),
        ("ping", "--timeout", "0"),
        ("ping", "--retry-for", "nan"),
        ("ping", "--tempfail-code", "256"),
        ("ping", "--format", "xml"),
        ("ping", "-q", "-v"),
        ("known", "--jobs", "0", "--md5", MD5SUM),
    ],
)
def test_2_for_wrong_usage_before_anything_is_sent(tracking_service, arguments):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert tracking_service.requests == []


def test_3_if_one_is_not_tracked(tracked, tmp_path):
    done = run("known", tracked, write(tmp_path / "b.fastq.gz"))
    assert (done.returncode, done.stderr) == (3, "tracking-client: 1 tracked, 1 untracked\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("sample", "find", "--isolate", "nobody"),
        ("sample", "show", "3fa85f64-5717-4562-b3fc-2c963f66afa6"),
        ("list", "--isolate", "nobody"),
        ("list", "--sample", "3fa85f64-5717-4562-b3fc-2c963f66afa6"),
    ],
)
def test_3_if_the_sample_is_not_tracked(tracking_service, arguments):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (3, "")
    errors_of(done)


def test_4_for_a_file_of_another_sample(tracking_service, tracked):
    tracking_service.sample("i2")
    done = run("register", "--isolate", "i2", tracked)
    assert done.returncode == 4
    conflict, summary = told(done)
    assert conflict.startswith("conflict: ")
    assert str(tracked) in conflict
    assert summary == "1 conflict"
    assert done.stdout.splitlines()[1].startswith("conflict\t")


@pytest.mark.parametrize("command", [("list",), ("register",), ("register", "--create"), ("sample", "find")])
def test_4_for_names_of_different_samples(tracking_service, tmp_path, command):
    tracking_service.sample("i1", "e1")
    path = [write(tmp_path / "a.fastq.gz")] if "register" in command else []
    done = run(*command, "--isolate", "i1", "--experiment", "e2", *path)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "experiment" in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["missing.fastq.gz", "folder", "empty.fastq.gz"])
@pytest.mark.parametrize("command", [("known",), ("register", "--isolate", "i1"), ("md5",)])
def test_65_for_a_file_that_cannot_be_used(tracking_service, tmp_path, command, name):
    tracking_service.sample("i1")
    (tmp_path / "folder").mkdir()
    write(tmp_path / "empty.fastq.gz", b"")
    done = run(*command, tmp_path / name)
    assert done.returncode == 65
    assert name in done.stdout + done.stderr


@pytest.mark.parametrize("data", [b"no md5sum here\n", b"", b"\xff\xfe\x00\n"])
def test_65_for_a_manifest_without_an_md5sum(tracking_service, tmp_path, data):
    done = run("known", "--manifest", write(tmp_path / "manifest", data))
    assert (done.returncode, done.stdout) == (65, "")
    assert tracking_service.requests == []


def test_65_for_a_missing_manifest_or_table(tracking_service, tmp_path):
    for command in (("known", "--manifest"), ("register", "--manifest")):
        done = run(*command, tmp_path / "missing")
        assert (done.returncode, done.stdout) == (65, "")
        assert "missing" in errors_of(done)


def test_75_for_a_temporary_failure(tracking_service):
    tracking_service.fail("*", times=None)
    done = run("--timeout", "1", "known", "--md5", MD5SUM)
    assert done.returncode == 75
    assert "failed" in done.stdout


@pytest.mark.parametrize("command", [("ping",), ("list", "--isolate", "i1"), ("sample", "create", "--isolate", "i1")])
def test_75_without_a_service(command):
    done = run("--host", NO_SERVICE, "--timeout", "1", *command)
    assert (done.returncode, done.stdout) == (75, "")
    errors_of(done)


def test_tempfail_code_replaces_75(tracking_service):
    assert run("--host", NO_SERVICE, "--timeout", "1", "--tempfail-code", "104", "ping").returncode == 104
    assert run("known", "--tempfail-code", "104", "--md5", MD5SUM).returncode == 3


@pytest.mark.parametrize("body", [b"<html>A web page</html>", b"{}", b'"text"'])
@pytest.mark.parametrize("command", [("ping",), ("known", "--md5", MD5SUM), ("list", "--isolate", "i1")])
def test_78_if_the_host_is_no_tracking_api(body, command):
    with scripted_server(respond(http_response(body))) as server:
        done = run("--host", server.host, *command)
    assert done.returncode == 78


@pytest.mark.parametrize("status", ["401 UNAUTHORIZED", "403 FORBIDDEN"])
def test_78_if_the_credentials_are_rejected(status):
    with scripted_server(respond(http_response(b"{}", status))) as server:
        assert run("--host", server.host, "known", "--md5", MD5SUM).returncode == 78


def test_78_if_the_path_of_the_api_is_missing(tracking_service):
    host = tracking_service.host.removesuffix("/api/v1")
    done = run("--host", host, "known", "--md5", MD5SUM)
    assert done.returncode == 78
    summary, message = told(done)
    assert summary == "1 failed"
    assert "/api/v1" in message


def test_78_for_a_host_name_that_does_not_exist():
    done = run("--host", "no-such-host.invalid", "--timeout", "5", "ping", **WITHOUT_NAMES)
    assert done.returncode == 78
    assert "no-such-host.invalid" in errors_of(done)


@pytest.mark.parametrize(
    "option",
    [
        ("--host", "http://"),
        ("--host", "ftp://example.org"),
        ("--host", "https://127.0.0.1", "--ca-cert", "/no/such/file"),
        ("--header", "no colon"),
        ("--header", "Bad name: x"),
    ],
)
def test_78_for_a_bad_setting(tracking_service, option):
    done = run(*option, "ping")
    assert (done.returncode, done.stdout) == (78, "")
    errors_of(done)
    assert tracking_service.requests == []


def test_exit_zero_is_for_what_is_not_tracked_and_for_conflicts(tracking_service, tracked):
    tracking_service.sample("i2")
    assert run("known", "--exit-zero", "--md5", MD5SUM).returncode == 0
    assert run("register", "--exit-zero", "--isolate", "i2", tracked).returncode == 0
    assert run("known", "--exit-zero", "missing").returncode == 65
    assert run("--host", NO_SERVICE, "--timeout", "1", "--exit-zero", "ping").returncode == 75


@pytest.mark.parametrize("command", ["sample find", "list", "status", f"delete --yes {MD5SUM}", "sample show"])
def test_exit_zero_is_for_a_sample_that_does_not_exist(tracking_service, command):
    names = ["3fa85f64-5717-4562-b3fc-2c963f66afa6"] if command == "sample show" else ["--isolate", "nobody"]
    arguments = [*command.split(), *names]
    assert run(*arguments).returncode == 3
    assert run(*arguments, "--exit-zero").returncode == 0


@pytest.mark.skipif(os.name != "posix", reason="no such signals on this system")
@pytest.mark.parametrize(
    "command",
    [("ping",), ("known", "--md5", *(f"{number:032x}" for number in range(100))), ("list", "--isolate", "i1")],
)
def test_130_for_ctrl_c_without_a_traceback(command):
    with scripted_server(stall) as server:
        process = subprocess.Popen(
            [*COMMAND, "--host", server.host, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        wait_until(lambda: server.requests)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.endswith("tracking-client: interrupted\n")
    assert ("100 left" in errors) == (command[0] == "known")
    assert time.monotonic() - start < 10


@pytest.mark.skipif(os.name != "posix", reason="no such signals on this system")
def test_130_for_ctrl_c_while_it_waits():
    command = [*COMMAND, "--host", NO_SERVICE, "--timeout", "1", "--retry-for", "600", "ping"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "waiting for it" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.endswith("tracking-client: interrupted\n")


@pytest.mark.parametrize("lines", [0, 1])
def test_141_if_the_reader_closes_the_pipe(tracking_service, lines):
    sums = [f"{number:032x}" for number in range(300)]
    process = subprocess.Popen(
        [*COMMAND, "known", "--md5", *sums], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert close_output_after(process, lines) == ""
    assert process.wait(60) == 141


@pytest.mark.parametrize("arguments", [("--help",), ("known", "--help"), ("--version",)])
def test_help_that_nobody_reads_ends_quietly(arguments):
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(60) in (0, 141)  # argparse ignores the error if there is no buffer


@pytest.mark.parametrize(
    ("codes", "expected"),
    [([], 0), ([0, 3, 0], 3), ([3, 4, 0], 4), ([4, 1, 3], 1), ([1, 65, 4], 65), ([65, 75, 1], 75), ([75, 78, 65], 78)],
)
def test_code_of_several_outcomes_is_that_of_the_worst(codes, expected):
    assert worst(codes) == worst(codes[::-1]) == expected


@pytest.mark.slow
def test_default_host_that_cannot_be_reached_says_how_to_set_one():
    for arguments in (["ping"], ["known", "--md5", "0" * 32]):
        done = run("--retry-for", "0", *arguments, **WITHOUT_NAMES)
        assert done.returncode in (75, 78)
        assert "no host is set: set TRACKING_CLIENT_HOST or --host" in told(done)[-1]
    done = run("--retry-for", "0", "--host", "http://127.0.0.1:9/api/v1", "ping")
    assert "no host is set" not in done.stderr
