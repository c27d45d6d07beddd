"""The pytest plugin in pytest processes, with test files as a user writes them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from processes import PYTEST

pytestmark = pytest.mark.once


STEP = """
import os
import sys
import tracking_client

configuration = tracking_client.Configuration(host=os.environ["TRACKING_CLIENT_HOST"])
with tracking_client.ApiClient(configuration) as api_client:
    file = tracking_client.File("9e107d9d372bb6826bd81d3542a419d6", "isolate.vcf", "vcf")
    tracking_client.FileApi(api_client).samples_id_files_post(sys.argv[1], file)
"""

TESTS = """
import subprocess
import sys
import pytest

def step(id_):
    return subprocess.run([sys.executable, "step.py", id_], check=False).returncode

@pytest.mark.parametrize("number", range(3))
def test_each_test_has_a_clean_service(tracking_service, number):
    tracking_service.fail("GET *", times=None)
    assert step(tracking_service.sample(isolate_id="the same in each test")) == 0
    assert len(tracking_service.requests) == 1

def test_errors(tracking_service):
    tracking_service.fail("POST /samples/*", status=503, times=2)
    assert step(tracking_service.sample()) == 0
    assert len(tracking_service.requests) == 3

def test_dropped_response(tracking_service):
    tracking_service.drop_response("POST /samples/*/files", times=1)
    assert step(tracking_service.sample()) == 0
    assert tracking_service.requests[0].json["filename"] == "isolate.vcf"

def test_delay(tracking_service):
    tracking_service.delay("POST /samples/*", seconds=0.5)
    assert step(tracking_service.sample()) == 0

def test_step_that_gives_up(tracking_service):
    tracking_service.fail("POST *", status=400)
    assert step(tracking_service.sample()) == 1
"""

ENVIRONMENT_TESTS = """
import os

NAMES = ["TRACKING_CLIENT_HOST", "ATLAS_TRACKING_API", "no_proxy", "NO_PROXY"]
BEFORE = {name: os.environ.get(name) for name in NAMES}

def test_it_is_set(tracking_service, monkeypatch):
    assert os.environ["TRACKING_CLIENT_HOST"] == os.environ["ATLAS_TRACKING_API"] == tracking_service.host
    assert os.environ["no_proxy"] == os.environ["NO_PROXY"] == "example.org,127.0.0.1"
    monkeypatch.setenv("TRACKING_CLIENT_HOST", "changed by the test")

def test_it_is_restored():
    assert {name: os.environ.get(name) for name in NAMES} == BEFORE
"""


def run_pytest(directory: Path, files: dict[str, str], *arguments: str, **environment: str) -> tuple[int, str]:
    """Run pytest in a directory with these files, and return its exit code and output."""
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    done = subprocess.run(
        [*PYTEST, *arguments],
        cwd=directory,
        env={**kept, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [[], pytest.param(["-n", "2"], marks=pytest.mark.slow)])
def test_step_meets_faults(tmp_path, arguments):
    # A proxy that refuses connections: requests to the service must not be sent through it.
    proxies = {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "no_proxy": "", "NO_PROXY": ""}
    code, output = run_pytest(tmp_path, {"step.py": STEP, "test_step.py": TESTS}, *arguments, **proxies)
    assert code == 0, output
    assert "7 passed" in output


def test_environment_is_set_and_restored(tmp_path):
    given = {"ATLAS_TRACKING_API": "http://real", "no_proxy": "example.org", "NO_PROXY": "unused"}
    code, output = run_pytest(tmp_path, {"test_environment.py": ENVIRONMENT_TESTS}, **given)
    assert code == 0, output


def test_proxy_setting_for_all_hosts_is_kept(tmp_path):
    test = "import os\ndef test_it(tracking_service):\n    assert os.environ['NO_PROXY'] == '*'\n"
    code, output = run_pytest(tmp_path, {"test_it.py": test}, no_proxy="*", NO_PROXY="*")
    assert code == 0, output


def test_test_that_fails_stays_a_failure(tmp_path):
    test = "def test_it(tracking_service):\n    tracking_service.fail('POST /sample/*')\n"
    code, output = run_pytest(tmp_path, {"test_it.py": test})
    assert code == 1
    assert "No operation matches 'POST /sample/*'" in output
    assert re.search(r"= 1 failed in [\d.]+s", output)


def test_missing_extra_is_named(tmp_path):
    files = {
        "conftest.py": "import sys\nsys.modules['werkzeug'] = None\n",
        "test_it.py": "def test_it(tracking_service):\n    pass\ndef test_other():\n    pass\n",
    }
    code, output = run_pytest(tmp_path, files)
    assert code == 1
    assert "pip install werkzeug" in output
    assert "Traceback" not in output
    assert "1 passed, 1 error" in output


def test_fixture_is_listed_with_its_description(tmp_path):
    code, output = run_pytest(tmp_path, {}, "--fixtures")
    assert code in (0, 5)
    assert re.search(r"tracking_service -- .*\n +Run a tracking service without data for this test", output)
