"""The command ``tracking-client``: its usage and exit status."""

from __future__ import annotations

import subprocess
import sys

import pytest
from processes import COMMAND, run

import tracking_client


def test_version():
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"tracking-client {tracking_client.__version__}\n", "")


@pytest.mark.parametrize("arguments", [(), ("nonesuch",), ("serve", "--port", "x")])
def test_wrong_usage_exits_with_2(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert "usage: tracking-client" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (("nonesuch",), "tracking-client"),
        (("known", "--jobs", "0"), "tracking-client known"),
        (("known", "--no-such-option"), "tracking-client known"),
        (("qc", "set"), "tracking-client qc set"),
    ],
)
def test_wrong_usage_is_two_lines_that_name_the_help(arguments, command):
    usage, error = run(*arguments).stderr.splitlines()
    assert usage.startswith(f"usage: {command} ")
    assert usage.endswith(" [OPTION...] ARGUMENT...")
    assert error.startswith(f"{command}: error: ")
    assert error.endswith(f"; see {command} --help")


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_missing_werkzeug_says_what_to_install(command, tmp_path):
    blocked = "import sys; sys.modules['werkzeug'] = None; sys.modules['werkzeug.exceptions'] = None; "
    arguments = [sys.executable, "-c", blocked + COMMAND[-1], command]
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "pip install werkzeug" in done.stderr
