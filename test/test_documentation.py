"""The pages: every code block runs, every link resolves, and every test that a page names exists."""

from __future__ import annotations

import inspect
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tracking_client.api
from tracking_client.service import running_service

ROOT = Path(__file__).parent.parent
DOCS = sorted((ROOT / "docs").glob("*.md"))

HOST = "http://tracking-api-service/api/v1"
"""The host in the pages. In a test, that of an embedded service replaces it."""

SAMPLE = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
MD5SUM = "9e107d9d372bb6826bd81d3542a419d6"

BLOCKS = [
    pytest.param(language, block, id=f"{path.relative_to(ROOT)}-{number}")
    for path in [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS]
    for number, (language, block) in enumerate(
        re.findall(r"^```(\w*)\n(.*?)^```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL), 1
    )
]


@pytest.fixture
def seeded_host(tmp_path: Path) -> Iterator[str]:
    """The host of a service with the sample and the file that the pages use."""
    database = tmp_path / "documentation.sqlite"
    with running_service(database):
        pass  # creates the tables
    with sqlite3.connect(database) as connection:
        connection.execute("INSERT INTO sample VALUES (?, NULL, NULL)", (SAMPLE,))
        connection.execute("INSERT INTO file VALUES (?, ?, 'isolate.vcf', 'vcf')", (MD5SUM, SAMPLE))
    connection.close()
    with running_service(database) as host:
        yield host


def run(command: list[str], directory: Path, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options
    )


@pytest.mark.parametrize(("language", "block"), BLOCKS)
def test_code_block_runs(language, block, seeded_host, tmp_path):
    block = block.replace(HOST, seeded_host)
    if language == "python":
        run_python(block, tmp_path)
    elif language == "console":
        run_console(block, tmp_path)
    elif language == "sh":
        run_shell(block, tmp_path)
    else:
        pytest.fail(f"cannot run a block of the language {language!r}")


def run_python(block: str, tmp_path: Path) -> None:
    """Run a script, and compare what it prints with the comments after its calls of ``print``."""
    done = run([sys.executable, "-W", "error", "-c", block], tmp_path, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Exception when calling" not in done.stdout
    expected = re.findall(r"^\s*print\(.*\)\s+# (.*)$", block, re.MULTILINE)
    assert [line for line in expected if line not in done.stdout] == []


def run_console(block: str, tmp_path: Path) -> None:
    """Run a command that does not end by itself, compare what it prints, and terminate it."""
    command, *expected = block.splitlines()
    assert command.startswith("$ tracking-client serve")
    port = re.search(r"--port (\d+)", command)[1]
    # The port in the page may be in use; 0 selects a free one.
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


def run_shell(block: str, tmp_path: Path) -> None:
    """Run a command of README.md in a copy of the project, with a new virtual environment."""
    if block == "pip install tox && tox\n":
        # It runs this test suite. CI takes the command from README.md and runs it.
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
    assert done.stdout.endswith("# Every step succeeded.\n")


@pytest.mark.parametrize(("page", "count"), [("reliability.md", 30), ("benchmarks.md", 7)])
def test_named_tests_exist(page, count):
    """A page names ``folder/test_x.py::test_y``, ``::test_y`` for the same file again, or a whole file."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]*test_\w+\.py)?(?:::(test_\w+))?`", text)
    path = ""
    for other_path, function in filter(any, named):
        path = other_path or path
        source = (ROOT / "test" / path).read_text(encoding="utf-8")
        assert not function or f"def {function}(" in source, f"{path}::{function}"
    assert len([each for each in named if any(each)]) > count


def test_every_guarantee_names_a_test():
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    tables = re.findall(r"^\| guarantee \| test \|\n\| --- \| --- \|\n((?:\|.*\n)+)", text, re.MULTILINE)
    rows = [row for table in tables for row in table.splitlines()]
    assert len(rows) > 30
    assert [row for row in rows if not re.search(r"\| `[\w/]*test_\w+\.py(::test_\w+)?`[^|]*\|$", row)] == []


def test_links_resolve():
    for path in [*sorted(ROOT.glob("*.md")), *DOCS]:
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", path.read_text(encoding="utf-8")):
            linked = (path.parent / target).resolve() if target else path
            assert linked.exists(), f"{path.name}: {target}"
            if anchor:
                headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
                anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
                assert anchor in anchors, f"{path.name}: #{anchor}"


@pytest.mark.parametrize("name", tracking_client.api.__all__)
def test_every_operation_is_documented(name):
    page = f"docs/{name}.md"
    text = (ROOT / page).read_text(encoding="utf-8") if (ROOT / page).exists() else ""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for method, _ in inspect.getmembers(getattr(tracking_client.api, name), inspect.isfunction):
        if not method.startswith("_") and not method.endswith("_with_http_info"):
            assert f"\n# **{method}**\n" in text, f"document {method} in {page}"
            assert f"]({page}#{method})" in readme, f"add {method} to the table of operations in README.md"
