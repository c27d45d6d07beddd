"""Shell completion of the command by argcomplete (docs/cli.md)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("argcomplete")

COMMAND = os.path.join(os.path.dirname(sys.executable), "tracking-client")


def completions(line: str, tmp_path: Path) -> list[str]:
    """Return what the shell offers at the end of a line."""
    offered = tmp_path / "offered"
    environment = {
        **os.environ,
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(offered),
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
        "COMP_TYPE": "9",
    }
    done = subprocess.run(
        [COMMAND], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return [word.strip() for word in offered.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("tracking-client kn", ["known"]),
        ("tracking-client sample f", ["find"]),
        ("tracking-client register --isol", ["--isolate"]),
        ("tracking-client register --type ", ["fastq", "vcf"]),
        ("tracking-client known --retry", ["--retry-for"]),
        ("tracking-client --retry", ["--retry-for"]),
        ("tracking-client known rea", ["reads/"]),
    ],
)
def test_command_is_completed(line, expected, tmp_path):
    (tmp_path / "reads").mkdir()
    assert completions(line, tmp_path) == expected


def test_bash_completes():
    """With the line of the page that registers the completion."""
    script = """
    eval "$(register-python-argcomplete tracking-client)"
    COMP_WORDS=(tracking-client reg) COMP_CWORD=1 COMP_LINE='tracking-client reg' COMP_POINT=19 COMP_TYPE=9
    _python_argcomplete tracking-client reg tracking-client
    echo "${COMPREPLY[@]}"
    """
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["register"], "")


def test_global_completion_recognizes_the_command():
    """By the module that the script of ``activate-global-python-argcomplete`` runs."""
    check = [sys.executable, "-m", "argcomplete._check_console_script", COMMAND]
    done = subprocess.run(check, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
