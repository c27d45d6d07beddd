"""The pages: every operation and field is described, every code block runs, and every link and test exists."""

from __future__ import annotations

import gzip
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from clients import client_for
from endpoints import API_CLASSES, SUFFIX, endpoint_of, methods_of, parameters_of
from forks import run_in_fork, run_script
from processes import PYTEST
from sessions import HOST, on_terminal

import tracking_client
from tracking_client.cli import arguments
from tracking_client.service import running_service

pytestmark = pytest.mark.once


ROOT = Path(__file__).parent.parent
DOCS = sorted((ROOT / "docs").rglob("*.md"))
START = ROOT / "docs" / "start.md"

ORIGINAL_HOST = "http://tracking-api-service/api/v1"
"""The host in the pages of the API classes and models. That of an embedded service replaces it and `HOST`."""

SAMPLE = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
MD5SUM = "9e107d9d372bb6826bd81d3542a419d6"


def blocks_of(path: Path) -> list[tuple[str, str]]:
    """Return the language and the text of each code block of a page."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def is_one_script(path: Path) -> bool:
    """Return whether the first block of a page makes the client for all of them."""
    blocks = blocks_of(path)
    return bool(blocks) and re.search(r"^client = ", blocks[0][1], re.MULTILINE) is not None


BLOCKS = [
    # Those for a shell install packages.
    pytest.param(
        language, block, id=f"{path.relative_to(ROOT)}-{number}", marks=[pytest.mark.slow] if language == "sh" else []
    )
    for path in [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS]
    if path != START and not is_one_script(path)
    for number, (language, block) in enumerate(blocks_of(path), 1)
    if language not in ("console", "text")  # test_cli_page.py runs the sessions
]


@pytest.fixture
def seeded_host() -> Iterator[str]:
    """The host of a service with the sample of the pages. It has a file, the event 1, a QC result and a status."""
    steps = [name for name in tracking_client.Status.attribute_map if name != "stage"]
    with running_service() as host, client_for(host) as api_client:
        tracking_client.SampleApi(api_client).samples_post({"id": SAMPLE})
        file = tracking_client.File(MD5SUM, "isolate.vcf", "vcf")
        tracking_client.FileApi(api_client).samples_id_files_post(SAMPLE, file)
        event = tracking_client.Event(None, "QC", "fastqc", "0.11.9", 1589200000.25, 90000, "fastqc isolate.fastq.gz")
        added = tracking_client.EventApi(api_client).samples_id_events_post(SAMPLE, event)
        assert added.id == 1
        qc_result = tracking_client.QcResult(35.5, 12, "passed")
        tracking_client.QcResultApi(api_client).samples_id_qc_result_put(SAMPLE, qc_result)
        status = tracking_client.Status(**dict.fromkeys(steps, "pending"))
        tracking_client.SampleStatusApi(api_client).samples_id_status_put(SAMPLE, status)
        yield host


def run(command: list[str], directory: Path, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options
    )


@pytest.mark.parametrize(("language", "block"), BLOCKS)
def test_code_block_runs(language, block, seeded_host, tmp_path):
    (tmp_path / "run_17").mkdir()
    for read in ("R1", "R2"):
        (tmp_path / "run_17" / f"isolate_1_{read}.fastq.gz").write_bytes(gzip.compress(read.encode()))
    block = block.replace(ORIGINAL_HOST, seeded_host).replace(HOST, seeded_host)
    if block.startswith("# test_"):
        run_tests(block, tmp_path)
    elif language == "python":
        run_python(block, tmp_path)
    elif language == "sh":
        run_shell(block, tmp_path)
    else:
        pytest.fail(f"cannot run a block of the language {language!r}")


@pytest.mark.parametrize("page", list(filter(is_one_script, DOCS)), ids=lambda page: page.stem)
def test_page_runs_as_one_script(page, host, tmp_path):
    """On a service without data, in the folder that docs/start.md leaves."""
    (tmp_path / "run_17").mkdir()
    (tmp_path / "run_17" / "isolate_1.fastq").write_text("@read 1\nACGT\n+\nIIII\n")
    run_python("\n".join(block for _, block in blocks_of(page)).replace(HOST, host), tmp_path)


def test_first_steps(host, tmp_path):
    """Every block of docs/start.md, in order. What a command prints is the next block."""
    (_, install), (_, serve), *blocks = blocks_of(START)
    assert install.endswith('pip install ".[service]"\n')  # test_code_block_runs runs it for README.md
    options = arguments.parse(serve.split()[1:])
    assert f"http://{options.bind}:{options.port}/api/v1" == HOST
    printed = ""
    for language, block in blocks:
        if language == "bash":
            printed = on_terminal(["bash", "-ec", block.replace(HOST, host)], host, tmp_path)
        elif language == "text":
            assert printed == block
        else:
            run_python(block.replace(HOST, host), tmp_path)


def run_python(block: str, tmp_path: Path) -> None:
    """Run a script, and compare what it prints with the comments after its calls of ``print``."""
    done = run_in_fork(run_script, block, cwd=tmp_path, env=os.environ)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Exception when calling" not in done.stdout
    expected = re.findall(r"^\s*print\(.*\)\s+# (.*)$", block, re.MULTILINE)
    assert [line for line in expected if line not in done.stdout] == []


def run_tests(block: str, tmp_path: Path) -> None:
    """Run a test file of docs/testing.md, beside the other files of that page. The first line of each is its name."""
    page = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    for name, text in re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = run([*PYTEST, block.split()[1]], tmp_path, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f" {block.count('def test_')} passed" in done.stdout


def run_shell(block: str, tmp_path: Path) -> None:
    """Run a command of README.md in a copy of the project, with a new virtual environment."""
    if block == "pip install tox && tox -p\n":
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


OPERATION_ROW = re.compile(r"^\[\*\*(\w+)\*\*\]\(\w+\.md#\w+\) \|.*$", re.MULTILINE)


@pytest.mark.parametrize("api_class", API_CLASSES)
def test_page_describes_each_operation(api_class):
    name = api_class.__name__
    page = ROOT / "docs" / f"{name}.md"
    assert page.exists(), f"write docs/{name}.md"
    assert f" - [{name}](docs/{name}.md)\n" in (ROOT / "README.md").read_text(encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    operations = [method for method in methods_of(api_class) if not method.endswith(SUFFIX)]
    assert sorted(OPERATION_ROW.findall(text)) == operations, f"the table of docs/{name}.md"
    sections = dict(re.findall(r"^# \*\*(\w+)\*\*\n(.*?)^\[\[Back to top", text, re.MULTILINE | re.DOTALL))
    assert sorted(sections) == operations, f"the sections of docs/{name}.md"
    for operation, section in sections.items():
        endpoint = endpoint_of(operation)
        where = f"docs/{name}.md#{operation}"
        row = next(row[0] for row in OPERATION_ROW.finditer(text) if row[1] == operation)
        assert f"| **{endpoint.method}** /" in row, where
        shown = re.findall(r"^ \*\*(\w+)\*\* \| ", section, re.MULTILINE)
        assert shown == parameters_of(getattr(api_class, operation)), where
        assert f"api_instance.{operation}(" in section, where
        returned = inspect.signature(getattr(api_class, operation)).return_annotation
        assert section.startswith(f"> {operation}(" if returned == "None" else f"> {returned} {operation}("), where
        assert f"[**{returned}**]" in section or (returned == "None" and "\nvoid (" in section), where
        assert f"\n**{endpoint.status}** | " in section, where


# By their names, because a model is an attribute of the package only once it is used.
MODELS = [
    model
    for model in (getattr(tracking_client, name) for name in tracking_client.__all__)
    if hasattr(model, "openapi_types")
]


@pytest.mark.parametrize("model", MODELS)
def test_page_describes_each_field(model):
    text = (ROOT / "docs" / f"{model.__name__}.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\*\*(\w+)\*\* \| \*\*(\w+)\*\* \| ", text, re.MULTILINE)
    own = {"duration": "int"} if model is tracking_client.ValidatedEvent else model.openapi_types
    assert dict(shown) == own, f"docs/{model.__name__}.md"
    assert f" - [{model.__name__}](docs/{model.__name__}.md)\n" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("page", "count"), [("guarantees.md", 90), ("benchmarks.md", 7)])
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
    text = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
    guarantees = re.findall(r"^- .*(?:\n  .*)*", text, re.MULTILINE)
    assert len(guarantees) > 80
    assert [each for each in guarantees if not re.search(r"\.\s+`[\w/]*test_\w+\.py(::test_\w+)?`", each)] == []


def test_readme_and_index_list_each_page():
    readme = set(re.findall(r"\]\((docs/[^)#]*\.md)", (ROOT / "README.md").read_text(encoding="utf-8")))
    of_the_root = {"docs/index.md", "docs/changelog.md", "docs/contributing.md"}
    assert {path.relative_to(ROOT).as_posix() for path in DOCS} - of_the_root == readme
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8").splitlines()
    classes = {model.__name__ for model in MODELS} | {api_class.__name__ for api_class in API_CLASSES}
    assert {page.removeprefix("docs/").removesuffix(".md") for page in readme} - classes <= set(index)


def test_links_resolve():
    for path in [*sorted(ROOT.glob("*.md")), *DOCS]:
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", path.read_text(encoding="utf-8")):
            linked = (path.parent / target).resolve() if target else path
            assert linked.exists(), f"{path.name}: {target}"
            if anchor:
                headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
                anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
                assert anchor in anchors, f"{path.name}: #{anchor}"
