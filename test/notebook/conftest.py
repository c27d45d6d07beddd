"""A kernel, as JupyterLab starts one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def run_cell() -> Iterator[Callable[[str], list[Any]]]:
    """Yield a function that runs a cell in a real kernel, and returns its outputs (see `nbformat.v4`)."""
    for name in ("ipykernel", "nbclient"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.v4.new_notebook()
    client = NotebookClient(notebook, timeout=120, startup_timeout=120, kernel_name="python3", allow_errors=True)

    def run(code: str) -> list[Any]:
        cell = nbformat.v4.new_code_cell(code)
        notebook.cells.append(cell)
        client.execute_cell(cell, len(notebook.cells) - 1)
        return cell.outputs

    with client.setup_kernel():
        yield run
