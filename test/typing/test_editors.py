"""What editors show of the models' constructors: jedi, as in Jupyter and IPython, and pyright, as in VS Code."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tracking_client

OPTIONAL = {
    "Sample": {"experiment_id", "isolate_id", "id"},
    "Event": {"id"},
    "ValidatedEvent": {"id"},
    "Status": {"stage"},
}

MODELS = ["Error", "Event", "File", "QcResult", "Sample", "Status", "ValidatedEvent"]

# Each line that pyright has to reject says so.
CODE = """
from tracking_client import Event, File, QcResult, Sample, Status, ValidatedEvent

File("a", "b", "vcf")
File()  # error
File("a", "b")  # error
Sample()
QcResult(35.5, 12)  # error
Status()  # error
Event(name="QC", software="a", software_version="b", start_time=1.5, duration=3, command="c")
Event(None, "QC", "a", "b", 1.5, 3, "c")
Event(name="QC")  # error
ValidatedEvent(name="QC", software="a", software_version="b", start_time=1.5, duration=3, command="c")
ValidatedEvent(name="QC")  # error
"""


@pytest.mark.parametrize("name", MODELS)
def test_jedi_shows_required_fields_in_a_notebook(name):
    jedi = pytest.importorskip("jedi")
    (signature,) = jedi.Interpreter(f"{name}(", [{name: getattr(tracking_client, name)}]).get_signatures()
    optional = {*OPTIONAL.get(name, ()), "local_vars_configuration"}
    assert {each.name for each in signature.params if each.to_string().endswith("=None")} == optional


@pytest.mark.parametrize("name", MODELS)
def test_jedi_shows_required_fields_in_an_editor(name):
    jedi = pytest.importorskip("jedi")
    project = jedi.Project(Path(tracking_client.__file__).parents[1])
    code = f"from tracking_client import {name}\n{name}("
    (signature,) = jedi.Script(code, project=project).get_signatures()
    # jedi shows the code after the annotation as the default.
    shown = {each.name for each in signature.params if not each.to_string().endswith(("]", "=REQUIRED"))}
    assert shown == OPTIONAL.get(name, set())


def test_pyright_reports_exactly_the_marked_lines(tmp_path):
    pytest.importorskip("pyright")
    if not shutil.which("node"):
        pytest.skip("Node.js is not installed")
    (tmp_path / "code.py").write_text(CODE, encoding="utf-8")
    settings = {"extraPaths": [str(Path(tracking_client.__file__).parents[1])], "include": ["code.py"]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pyright",
        "--pythonpath",
        sys.executable,
        "--outputjson",
        "--project",
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    errors = json.loads(done.stdout)["generalDiagnostics"]
    expected = {number for number, line in enumerate(CODE.splitlines()) if "# error" in line}
    assert {each["range"]["start"]["line"] for each in errors} == expected
