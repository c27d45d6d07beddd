"""The notebooks of the pages: each runs as it is, and shows what it says and what was kept of its outputs.

After a change of a notebook, ``python test/notebook/test_notebooks.py`` runs all of them and keeps their outputs.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))

MAX_SIZE = 200_000
"""Bytes of a notebook with its outputs."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FOLDER = re.compile(r"(?<![\w.])/(home|mnt|opt|root|tmp|usr|var|work|Users)/|\b[A-Z]:\\")

_WITHOUT_WIDGETS = "import sys; sys.modules['ipywidgets'] = None"
"""Without its kernel, a widget shows nothing. The outputs are kept with bars of text."""

parametrize = pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])


def executed(path: Path, folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Return a notebook with its outputs, after it ran in a folder."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(_WITHOUT_WIDGETS))
    client = NotebookClient(
        notebook,
        timeout=600,
        startup_timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        coalesce_streams=True,
    )
    client.execute(env={**os.environ, "COLUMNS": "100"})
    del notebook.cells[0]
    notebook.metadata = {key: notebook.metadata[key] for key in ("kernelspec", "language_info")}
    notebook.metadata["language_info"] = {"name": "python"}
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(cells, 1):
        cell.execution_count = number
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = number
    return notebook


def cells_of(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def text_of(lines: str | list[str]) -> str:
    return "".join(lines)


def shown(cell: dict[str, Any]) -> list[str]:
    """Return the texts and tables that a cell shows, without the ids that the service has chosen.

    Bars, which tell durations, and pictures are left out.
    """
    texts = []
    for output in cell["outputs"]:
        if output.get("name") != "stderr":
            data = output.get("data", {"text": output.get("text", "")})
            texts += [_UUID.sub("...", text_of(data[kind])) for kind in sorted(data) if not kind.startswith("image/")]
    return texts


@parametrize
def test_notebook_shows_what_was_kept_and_changes_no_file_of_the_user(path, tmp_path):
    for name in ("ipykernel", "matplotlib", "nbclient", "pandas", "tqdm"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    of_the_user = [tmp_path / name for name in ("run_17/isolate_1.fastq", "ena_report.tsv", "registered.tsv")]
    for file in of_the_user:
        file.parent.mkdir(exist_ok=True)
        file.write_text(file.name)
    cells = executed(path, tmp_path)["cells"]
    for kept, cell in zip(cells_of(path), cells, strict=True):
        if kept["cell_type"] == "code":
            assert shown(cell) == shown(kept), text_of(kept["source"])
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(left) == sorted(of_the_user)
    assert [file.read_text() for file in of_the_user] == [file.name for file in of_the_user]


@parametrize
def test_what_a_notebook_says_in_bold_is_in_the_outputs_before_it(path):
    before, said = "", 0
    for cell in cells_of(path):
        if cell["cell_type"] == "code":
            before = "\n".join(shown(cell)) or before
        for text in re.findall(r"\*\*(.+?)\*\*", text_of(cell["source"])) if cell["cell_type"] == "markdown" else ():
            said += 1
            assert text in before
    assert said


@parametrize
def test_kept_notebook_is_small_and_tells_no_folder_of_a_machine(path):
    assert path.stat().st_size < MAX_SIZE
    for cell in cells_of(path):
        texts = [text_of(cell["source"])]
        texts += [text_of(output.get("text", "")) for output in cell.get("outputs", ())]
        texts += shown(cell) if cell["cell_type"] == "code" else []
        assert not any(map(_FOLDER.search, texts))


@parametrize
def test_kept_outputs_are_those_of_one_run_without_errors(path):
    cells = [cell for cell in cells_of(path) if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == [*range(1, len(cells) + 1)]
    kinds = {output["output_type"] for cell in cells for output in cell["outputs"]}
    assert "error" not in kinds
    assert {"display_data", "execute_result"} <= kinds


if __name__ == "__main__":
    import nbformat

    for path in NOTEBOOKS:
        with tempfile.TemporaryDirectory() as folder:
            nbformat.write(executed(path, folder), path)
