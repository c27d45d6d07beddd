"""What the command writes: data on standard output, messages on standard error, no codes that control a terminal."""

from __future__ import annotations

import csv
import json
import os
import stat
import subprocess
import sys

import pytest
from clients import api_for
from machine import has_gnu_md5sum
from processes import COMMAND, run, run_on_terminal
from scripted_server import http_response, respond, scripted_server

from tracking_client.bulk import COLUMNS
from tracking_client.cli.file_commands import RESULT_COLUMNS
from tracking_client.cli.output import printable

MD5SUM = "9e107d9d372bb6826bd81d3542a419d6"
UNTRACKED = "0" * 32
HEADER = "\t".join(COLUMNS)
HOSTILE = "\x1b]0;title\x07\x1b[31m\r\x9b\u202e\u2028\x00"

on_posix = pytest.mark.skipif(os.name != "posix", reason="no pseudo-terminals, or such file names, on this system")

pytestmark = pytest.mark.once


def controls(shown: bytes) -> set[str]:
    """Return the control characters in an output, but for line feeds."""
    return {c for c in shown.decode("utf-8", "surrogateescape") if not c.isprintable() and c != "\n"}


@pytest.fixture
def two(tracking_service):
    """Return the arguments that look up a file that is tracked, and one that is not."""
    file = {"md5sum": MD5SUM, "filename": "a\tb.vcf", "file-type": "vcf"}
    api_for(tracking_service.host).samples_id_files_post(tracking_service.sample("i1"), file)
    return ["known", "--md5", MD5SUM, UNTRACKED]


def test_columns_are_those_of_the_library():
    assert RESULT_COLUMNS == COLUMNS


def test_tsv_is_the_default_in_a_pipe(two):
    done = run(*two)
    assert done.stdout == run(*two, "--format", "tsv").stdout
    header, *rows = (line.split("\t") for line in done.stdout.splitlines())
    assert header == list(COLUMNS)
    assert rows == [
        ["tracked", MD5SUM, "", "a\\tb.vcf", "vcf", *[""] * 5],
        ["untracked", UNTRACKED, *[""] * 8],
    ]


def test_json_is_an_array_and_jsonl_an_object_a_line(two):
    rows = json.loads(run(*two, "--format", "json").stdout)
    assert [row["status"] for row in rows] == ["tracked", "untracked"]
    assert rows[0]["name"] == "a\tb.vcf"
    assert rows[1]["name"] is None
    assert [json.loads(line) for line in run(*two, "--format", "jsonl").stdout.splitlines()] == rows


def test_text_has_no_header_and_no_codes_in_a_pipe(two):
    done = run(*two, "--format", "text", TERM="xterm")
    assert done.stdout.splitlines()[1] == f"untracked  {UNTRACKED}"
    assert "\x1b" not in done.stdout


@on_posix
def test_text_and_colors_are_the_default_on_a_terminal(two):
    code, shown = run_on_terminal(*two)
    assert code == 3
    lines = shown.split(b"\r\n")
    assert lines[0].startswith(b"\x1b[32mtracked\x1b[0m  " + MD5SUM.encode())
    assert lines[1].startswith(b"\x1b[33muntracked\x1b[0m  ")
    assert b"status" not in shown


@on_posix
@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colors_if_they_are_not_wanted(two, variables):
    _, shown = run_on_terminal(*two, **variables)
    assert b"\x1b" not in shown
    assert b"untracked" in shown


@on_posix
def test_format_can_be_chosen_on_a_terminal(two):
    _, shown = run_on_terminal(*two, "--format", "tsv")
    assert shown.startswith(b"status\tmd5sum")
    assert b"\x1b" not in shown


HOSTILE_NAMES = [
    b"a\nb.fastq",
    b"a\tb.fastq",
    b"\x1b[31mred.fastq",
    b"back\\slash.fastq",
    b"\xff\xfe.fastq",
    b"a\rb.fastq",
    "\u202egnp.fastq".encode(),
    b"\xc2\x9b31m.fastq",
    b" .fastq",
]


@on_posix
@pytest.mark.parametrize("variables", [{}, {"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}])
@pytest.mark.parametrize(
    "command", [["known"], ["register", "--isolate", "i1"], ["register", "--isolate=x", "--create"]]
)
def test_hostile_names_of_files_stay_on_their_line(tracking_service, tmp_path, command, variables):
    tracking_service.sample("i1")
    paths = [os.fsencode(tmp_path) + b"/" + name for name in HOSTILE_NAMES]
    for path in paths:
        with open(path, "wb") as file:
            file.write(path)
    missing = os.fsencode(tmp_path) + b"/missing\x1b[2J\xff\n.vcf"
    done = run(*command, *paths, missing, **variables)
    assert done.returncode == 65
    assert len(done.stdout.splitlines()) == len(paths) + 2
    assert len(done.stderr.splitlines()) == done.stdout.count("\nfailed") + 1
    assert not controls(done.stdout.encode("utf-8", "surrogateescape")) - {"\t", "\u202e"}  # a table is data
    assert not controls(done.stderr.encode("utf-8", "surrogateescape"))
    _, shown = run_on_terminal(*command, *paths, missing, **variables, TERM="dumb")
    assert not controls(shown.replace(b"\r\n", b"\n"))
    # JSON cannot have a name that is not UTF-8.
    assert done.stdout.count("\nfailed") == (1 if command == ["known"] else 2)


@pytest.mark.slow
def test_hostile_text_of_the_service_stays_on_its_line():
    file = {"md5sum": MD5SUM, "filename": HOSTILE + "\n.vcf", "file-type": "vcf"}
    error = {"code": 400, "message": HOSTILE + "\nsecond line"}
    for body, status in ((file, "200 OK"), (error, "400 BAD\x1b[31m"), (HOSTILE, "200 OK"), (error, "503 SERVICE")):
        with scripted_server(respond(http_response(json.dumps(body).encode(), status))) as server:
            for arguments in (
                ["known", "--md5", MD5SUM],
                ["list", "--isolate", "x"],
                ["-v", "ping"],
                ["--debug", "ping"],
            ):
                done = run("--host", server.host, "--timeout", "2", "--retry-for", "0.1", *arguments)
                assert not controls(done.stdout.encode()) - {"\t", "\u202e"}, arguments
                assert not controls(done.stderr.encode()), arguments
                if arguments[0] == "known":
                    assert len(done.stdout.splitlines()) == 2


@pytest.mark.skipif(not has_gnu_md5sum(), reason="md5sum of GNU coreutils is not installed")
@pytest.mark.parametrize("variables", [{}, {"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}])
def test_md5_is_what_md5sum_prints_and_accepts(tmp_path, variables):
    names = [b"plain.fastq", b"-dash", *HOSTILE_NAMES]
    for name in names:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(name)
    done = run("md5", "--", *names, cwd=tmp_path, **variables)
    assert (done.returncode, done.stderr) == (0, "")
    ours = done.stdout.encode("utf-8", "surrogateescape")
    # subprocess translates line ends
    ours = subprocess.run([*COMMAND, "md5", "--", *names], cwd=tmp_path, capture_output=True, check=True).stdout
    assert ours == subprocess.run(["md5sum", "--", *names], cwd=tmp_path, capture_output=True, check=True).stdout
    subprocess.run(["md5sum", "-c", "--strict"], cwd=tmp_path, input=ours, check=True, stdout=subprocess.DEVNULL)


def test_stdout_that_is_closed_is_found_before_anything_is_sent(two, tracking_service):
    tracking_service.requests.clear()
    done = in_shell(">&-", *two)
    assert (done.returncode, tracking_service.requests) == (2, [])
    assert done.stderr == (
        "tracking-client: standard output is closed; redirect it to /dev/null if you do not need it\n"
    )


@pytest.mark.parametrize("redirection", ["2>&-", "<&-", "2>&- <&-"])
def test_other_streams_may_be_closed(two, redirection):
    assert in_shell(redirection, *two).stdout == run(*two).stdout
    done = in_shell(redirection, "--host", "127.0.0.1:9", "--timeout", "1", "ping")
    assert (done.returncode, done.stdout) == (75, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
@pytest.mark.parametrize(
    "command", [["known", "--md5", MD5SUM], ["md5", __file__], ["config"], ["config", "--format=json"]]
)
def test_output_that_cannot_be_written_is_a_failure(two, command):
    done = in_shell(">/dev/full", *command)
    assert done.returncode == 1
    (message,) = done.stderr.splitlines()
    assert message.startswith("tracking-client: cannot write the output: ")


def in_shell(redirection: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", "-c", f'exec "$@" {redirection}', "sh", *COMMAND, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@on_posix
def test_head_ends_the_command_quietly(tracking_service):
    sums = [f"{number:032x}" for number in range(300)]
    script = '"$@" | head -n 1'
    command = ["sh", "-c", script, "sh", *COMMAND, "known", "--md5", *sums]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == HEADER + "\n"


@on_posix
def test_home_may_be_read_only(two, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(stat.S_IRUSR | stat.S_IXUSR)
    for variables in ({"HOME": str(home)}, {"HOME": "/nonexistent"}):
        done = run(*two, **variables)
        assert (done.returncode, done.stderr) == (3, "tracking-client: 1 tracked, 1 untracked\n")
    assert list(home.iterdir()) == []


def test_rows_are_written_as_soon_as_they_are_there(tracking_service):
    tracking_service.delay(f"GET /files/{UNTRACKED}", 600)
    process = subprocess.Popen(
        [*COMMAND, "known", "--md5", MD5SUM, UNTRACKED], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout.readline().startswith("status")
        assert process.stdout.readline().startswith("untracked")
    finally:
        process.kill()
        process.communicate()


def test_escaped_text_is_told_from_text_with_a_backslash():
    assert printable("a\nb") == r"a\nb"
    assert printable(r"a\nb") == r"a\\nb"


def test_tsv_is_read_by_csv_readers(two):
    rows = list(csv.DictReader(run(*two).stdout.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert rows[0]["type"] == "vcf"


def test_error_is_one_line_and_debug_adds_the_traceback():
    arguments = ("--host", "127.0.0.1:9", "--timeout", "1", "ping")
    done = run(*arguments)
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    debugged = run("--debug", *arguments)
    assert (debugged.returncode, debugged.stdout) == (75, "")
    assert "Traceback (most recent call last):" in debugged.stderr
    assert debugged.stderr.splitlines()[-1].startswith("tracking-client: ")


def test_unexpected_error_is_a_failure_without_a_traceback():
    script = "import tracking_client.cli.service as s; s.settings_of = None; " + COMMAND[-1]
    done = subprocess.run([sys.executable, "-c", script, "config"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "tracking-client: TypeError: 'NoneType' object is not callable; --debug shows where\n"
