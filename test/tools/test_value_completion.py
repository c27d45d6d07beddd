"""Shell completion of the values that only a few words are allowed for (docs/cli.md)."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from test_completion import completions

from tracking_client.cli import argument_types as types

pytest.importorskip("argcomplete")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("tracking-client st", ["status"]),
        ("tracking-client status se", ["set"]),
        ("tracking-client status --exp", ["--experiment"]),
        ("tracking-client status set --isolate i variant", [f"variant-calling={each}" for each in types.STEP_STATUSES]),
        ("tracking-client status set --isolate i qc=complete stage", [f"stage={each}" for each in types.STAGES]),
        ("tracking-client qc set --decision ", [*types.DECISIONS]),
        ("tracking-client event add --isolate i ", [*types.EVENTS]),
        ("tracking-client event add --isolate i pre", ["prediction"]),
    ],
)
def test_value_is_completed(line, expected, tmp_path):
    offered = completions(line, tmp_path)
    assert [word for word in offered if not word.startswith("-") or word in expected] == expected


def test_bash_completes_the_status_of_a_step():
    """In bash, the sign = separates words."""
    script = """
    eval "$(register-python-argcomplete tracking-client)"
    COMP_LINE='tracking-client status set --isolate i qc=comp' COMP_POINT=46 COMP_TYPE=9
    COMP_WORDS=(tracking-client status set --isolate i qc = comp) COMP_CWORD=7
    _python_argcomplete tracking-client comp =
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
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["complete"], "")
