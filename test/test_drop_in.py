"""A script written for the generated client runs unchanged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent / "drop_in_script.py"


def test_script_for_the_generated_client_runs_unchanged(host):
    done = subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPT), host], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "unchanged\n", "")
