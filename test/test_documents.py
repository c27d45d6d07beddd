"""Every fenced block of README.md and docs is run, the host in it replaced by an embedded service's."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tracking_client.service import running_service

ROOT = Path(__file__).parent.parent
HOST = "http://tracking-api-service/api/v1"
SAMPLE = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
MD5SUM = "9e107d9d372bb6826bd81d3542a419d6"

BLOCKS = [
    pytest.param(language, block, id=f"{path.relative_to(ROOT)}-{number}")
    for path in [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
    for number, (language, block) in enumerate(
        re.findall(r"^```(\w*)\n(.*?)^```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL), 1
    )
]


@pytest.fixture
def seeded_host(tmp_path):
    """A service that has the sample and the file that the documents name."""
    database = tmp_path / "documents.sqlite"
    with running_service(database):
        pass
    with sqlite3.connect(database) as connection:
        connection.execute("INSERT INTO sample VALUES (?, NULL, NULL)", (SAMPLE,))
        connection.execute("INSERT INTO file VALUES (?, ?, 'isolate.vcf', 'vcf')", (MD5SUM, SAMPLE))
    connection.close()
    with running_service(database) as host:
        yield host


def run(command, tmp_path, **options):
    return subprocess.run(
        command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options
    )


@pytest.mark.parametrize(("language", "block"), BLOCKS)
def test_block(language, block, seeded_host, tmp_path):
    block = block.replace(HOST, seeded_host)
    if language == "python":
        done = run([sys.executable, "-W", "error", "-c", block], tmp_path, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        assert "Exception when calling" not in done.stdout
        said = re.findall(r"^\s*print\(.*\)\s+# (.*)$", block, re.MULTILINE)
        assert [line for line in said if line not in done.stdout] == []
    elif language == "console":
        run_console(block, tmp_path)
    elif language == "sh":
        run_shell(block, tmp_path)
    else:
        pytest.fail(f"a block of the language {language!r} is not run")


def run_console(block, tmp_path):
    """A command that goes on until it is told to end, and what it prints."""
    command, *expected = block.splitlines()
    assert command.startswith("$ tracking-client serve")
    port = re.search(r"--port (\d+)", command)[1]
    # A port that is free in place of the one that is shown.
    arguments = command[2:].replace(f"--port {port}", "--port 0").split()
    process = subprocess.Popen(
        [os.path.join(os.path.dirname(sys.executable), arguments[0]), *arguments[1:]],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    printed = process.stdout.readline().strip()
    process.terminate()
    process.communicate(timeout=20)
    assert [re.sub(r":\d+/", f":{port}/", printed)] == expected


def run_shell(block, tmp_path):
    """A command of README.md's, typed in a copy of the project with a fresh environment."""
    if block == "pip install tox && tox\n":
        # What this test is part of: the project's CI runs it.
        assert "README.md" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
        return
    copy = tmp_path / "clone"
    copy.mkdir()
    names = "setup.py", "pyproject.toml", "README.md", "LICENSE", "tracking_client"
    done = run(["cp", "-r", *(str(ROOT / name) for name in names), str(copy)], tmp_path)
    assert done.returncode == 0, done.stderr
    script = f"{sys.executable} -m venv v && . v/bin/activate && cd clone && {block}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = run(["bash", "-ec", script], tmp_path, timeout=300, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every step came out as it should" in done.stdout


@pytest.mark.parametrize(("page", "count"), [("reliability.md", 30), ("performance.md", 7)])
def test_the_tests_that_guarantees_name_are_there(page, count):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    named = re.findall(r"`(?:(test_\w+\.py))?(?:::)?(test_\w+)?`", text)
    file = ""
    for each, name in named:
        file = each or file
        if file:
            assert f"def {name}(" in (ROOT / "test" / file).read_text(encoding="utf-8") or not name, f"{file}::{name}"
    assert len(named) > count


def test_links_lead_somewhere():
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", path.read_text(encoding="utf-8")):
            linked = (path.parent / target).resolve() if target else path
            assert linked.exists(), f"{path.name}: {target}"
            if anchor:
                headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
                anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
                assert anchor in anchors, f"{path.name}: #{anchor}"
