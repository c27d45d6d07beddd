"""The arguments of the command: where options may stand, and what its help says and imports."""

from __future__ import annotations

import subprocess
import sys

import pytest
from processes import COMMAND, run

from tracking_client.cli.arguments import parser

MD5SUM = "9e107d9d372bb6826bd81d3542a419d6"


def commands(of=None):
    """Return the names of all commands, such as ``sample find``."""
    subparsers = next(action for action in (of or parser())._actions if action.dest in ("command", "action"))
    for name, command in subparsers.choices.items():
        yield name
        if name == "sample":
            yield from (f"{name} {action}" for action in commands(command))


COMMANDS = sorted(commands())


def test_commands_are_those_of_the_manual():
    names = {"ping", "md5", "known", "register", "check", "where", "list", "delete", "config", "serve", "demo"}
    names |= {"status", "qc", "event", "sample"}
    assert set(COMMANDS) == names | {f"sample {action}" for action in ("find", "create", "show", "delete")}


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_an_example_and_does_not_import_urllib3(command):
    script = f"""
import sys
{COMMAND[-1].partition(";")[0]}
try:
    c.main({[*command.split(), "--help"]!r})
except SystemExit as end:
    assert end.code == 0
unwanted = {{"urllib3", "ssl", "http.client", "werkzeug", "sqlite3"}} & set(sys.modules)
assert not unwanted, unwanted
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"usage: tracking-client {command}".rstrip() in done.stdout
    if command not in ("", "sample"):
        assert "examples:\n  " in done.stdout
        assert f"tracking-client {command}" in done.stdout.partition("examples:")[2]


@pytest.mark.parametrize("command", ["known", "sample find"])
def test_common_options_stand_before_or_after_the_command(tracking_service, command):
    tracking_service.sample("i1")
    words = command.split()
    rest = ["--isolate", "i1"] if words[0] == "sample" else ["--exit-zero", "--md5", MD5SUM]
    outputs = [
        run(*common[:before], *words, *common[before:], *rest, TRACKING_CLIENT_HOST="http://127.0.0.1:9")
        for common in [["--format=jsonl", f"--host={tracking_service.host}", "--header=X-Step: 7", "--timeout=20"]]
        for before in range(5)
    ]
    assert {(done.returncode, done.stdout, done.stderr) for done in outputs} == {
        (0, outputs[0].stdout, outputs[0].stderr)
    }
    assert outputs[0].stdout.startswith("{")
    assert {request.headers["X-Step"] for request in tracking_service.requests} == {"7"}


def test_common_options_stand_between_the_words_of_a_command(tracking_service):
    tracking_service.sample("i1")
    done = run("sample", "--format", "json", "find", "--isolate", "i1")
    assert (done.returncode, done.stdout[0]) == (0, "[")


@pytest.mark.parametrize("arguments", [("--quiet", "--help"), ("--header=A: 1", "ping", "--header=B: 2")])
def test_option_of_a_command_takes_precedence(tracking_service, arguments):
    done = run(*arguments)
    assert done.returncode == 0
    if "ping" in arguments:
        assert tracking_service.requests[0].headers["B"] == "2"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--hos", "http://127.0.0.1:9", "ping"),
        ("ping", "--hos", "http://127.0.0.1:9"),
        ("--time", "1", "ping"),
        ("known", "--man", "x"),
        ("sample", "find", "--iso", "i1"),
        ("register", "--dry", "--manifest", "study.tsv"),
        ("register", "--dry", "--isolate", "i1", "x.fastq"),
    ],
)
def test_abbreviations_are_errors(tracking_service, arguments):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "unrecognized arguments" in done.stderr or "invalid choice" in done.stderr or "required" in done.stderr
    assert tracking_service.requests == []


def test_python_m_runs_the_command():
    command = [sys.executable, "-m", "tracking_client", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0
    assert done.stdout == run("--help").stdout


def test_path_that_looks_like_an_option_stands_after_two_dashes(tmp_path):
    (tmp_path / "--host").write_bytes(b"data")
    done = run("md5", "--", "--host", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "8d777f385d3dfec8815d20f7496026dc  --host\n")


def test_known_of_an_md5sum_imports_only_what_it_needs(tracking_service):
    script = f"""
import sys
{COMMAND[-1].partition(";")[0]}
assert c.main(["known", "--md5", {MD5SUM!r}]) == 3
modules = ("_register", "_compare", "samples", "_executors")
unwanted = {{"werkzeug", "sqlite3", "dateutil", "gzip"}}
unwanted |= {{f"tracking_client.bulk.{{name}}" for name in modules}}
assert not unwanted & set(sys.modules), unwanted & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "tracking-client: 1 untracked\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_parser_of_one_command_is_that_of_all(command):
    words = command.split()
    one, every = parser(["--header", "A: b", *words]), parser()
    for word in words:
        one, every = (
            next(action for action in root._actions if action.dest in ("command", "action")).choices[word]
            for root in (one, every)
        )
    assert one.format_help() == every.format_help()
    assert parser([command]).format_help() == parser().format_help()
