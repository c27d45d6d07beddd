"""urllib3-future, installed in place of urllib3, is refused. `tox -e urllib3-future` runs this without the conftest."""

from __future__ import annotations

import subprocess
import sys

import pytest
import urllib3

IMPORTS = [
    "from tracking_client import ApiClient",
    "from tracking_client import FileApi",
    "import tracking_client; tracking_client.ApiClient",
    "import tracking_client.rest",
]


@pytest.mark.skipif(not hasattr(urllib3, "AsyncPoolManager"), reason="urllib3-future is not installed")
@pytest.mark.parametrize("statement", IMPORTS)
def test_urllib3_future_is_refused_at_the_import(statement):
    completed = subprocess.run(
        [sys.executable, "-c", statement], capture_output=True, text=True, check=False, timeout=60
    )
    assert completed.returncode == 1
    assert "ImportError: tracking_client does not work with urllib3-future" in completed.stderr
