"""JupyterLab in a real browser: the bar, tables and errors, in a light and a dark theme."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from scripted_server import http_response, requested_file, scripted_server
from test_shown_errors import MAX_LINES

SETUP = """
import tracking_client
from tracking_client.bulk import Entry, Result, Results, find_sample, look_up, overview, register
from tracking_client.service import start_service

service = start_service()
api_client = tracking_client.ApiClient(tracking_client.Configuration(host=service.host))
entries = [Entry(md5sum=f"{number:032x}", name=f"{number}.vcf", isolate_id="isolate 1") for number in range(30)]
register(api_client, entries, create=True)

path = "run_17/isolate_17_L001_R1.fastq.gz"
sample_id = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
long_entry = Entry(path=path, md5sum="0" * 32, name=path[7:], sample_id=sample_id, isolate_id="isolate 17")
long_results = Results([Result(path, long_entry, "failed", message="it cannot be read " * 5)])
"""

CONTRAST = """element => {
    const numbers = text => text.match(/[\\d.]+/g).map(Number);
    const luminance = ([...rgb]) => rgb.slice(0, 3).map(each => each / 255)
        .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
        .reduce((sum, each, index) => sum + each * [0.2126, 0.7152, 0.0722][index], 0);
    let behind = element;
    while (numbers(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
    const both = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor];
    const [dark, light] = both.map(each => luminance(numbers(each))).sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
}"""
"""Returns the contrast of the text of an element, as the Web Content Accessibility Guidelines define it."""


class Lab(NamedTuple):
    """A running JupyterLab.

    Attributes:
        url: its address.
        folder: the folder of the notebooks.
        settings: the folder of its settings.
    """

    url: str
    folder: Path
    settings: Path

    def run(self, page: Any, cells: list[str], theme: str = "light") -> Any:
        """Open a notebook with these cells, begin to run all, and return the cells on the page."""
        import nbformat

        (self.settings / "themes.jupyterlab-settings").write_text(json.dumps({"theme": f"JupyterLab {theme.title()}"}))
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        for cell in notebook.cells:
            cell.metadata["tags"] = ["raises-exception"]  # an error does not end the run
        name = f"{len([*self.folder.iterdir()])}.ipynb"
        nbformat.write(notebook, self.folder / name)
        page.goto(f"{self.url}lab/tree/{name}?token=secret&reset")
        page.get_by_text("| Idle").wait_for(timeout=120_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        return page.locator(".jp-Notebook .jp-CodeCell")


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[Lab]:
    """Yield a JupyterLab that has its files and settings in a temporary folder."""
    for name in ("jupyterlab", "ipykernel", "ipywidgets", "nbformat", "tqdm"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    root = tmp_path_factory.mktemp("lab")
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    places = {name: str(root / name) for name in (*names, "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    folder = root / "notebooks"
    settings = root / "JUPYTERLAB_SETTINGS_DIR" / "@jupyterlab" / "apputils-extension"
    folder.mkdir()
    settings.mkdir(parents=True)
    no_news = {"fetchNews": "false", "checkForUpdates": False}
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(no_news))
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={folder}", "--IdentityProvider.token=secret"]
    with open(root / "log", "wb") as log:
        process = subprocess.Popen(command, env={**os.environ, **places}, stdout=log, stderr=log)
    try:
        yield Lab(url_of(root / "JUPYTER_RUNTIME_DIR", process), folder, settings)
    finally:
        process.terminate()
        process.wait(60)


def url_of(folder: Path, process: subprocess.Popen[bytes]) -> str:
    """Wait until JupyterLab has started, and return its address."""
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        for path in folder.glob("jpserver-*.json"):
            if text := path.read_text():
                return str(json.loads(text)["url"])
        time.sleep(0.1)
    raise AssertionError("JupyterLab has not started")


@pytest.fixture
def page(browser) -> Iterator[Any]:
    page = browser.new_page(viewport={"width": 1280, "height": 3000})
    page.set_default_timeout(120_000)
    yield page
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bar_is_as_wide_as_its_cell_and_tells_what_has_become_of_the_items(lab, page, theme):
    goes_on = threading.Event()

    def action(connection):
        while request := connection.request():
            if len(server.requests) > 20:
                goes_on.wait(120)
            connection.send(http_response(requested_file(request)))

    with scripted_server(action) as server:
        run = f"""
import tracking_client
from tracking_client.bulk import look_up
api_client = tracking_client.ApiClient(tracking_client.Configuration(host={server.host!r}))
names = [f"{{number:032x}}" for number in range(40)]
results = look_up(api_client, [*names, "no-such-file.vcf"], max_workers=1, progress=True)
"""
        (cell,) = lab.run(page, [run], theme).all()
        bar = cell.locator(".widget-hprogress .progress-bar")
        cell.get_by_text("/41").wait_for()
        around = cell.locator(".jp-OutputArea-output").bounding_box()
        assert cell.locator(".widget-hbox").bounding_box()["width"] > 0.9 * around["width"]
        assert bar.bounding_box()["width"] < 0.6 * around["width"]
        goes_on.set()
        cell.get_by_text("41/41").wait_for()
    text = cell.locator(".widget-hbox").inner_text().replace("\u2007", " ")
    assert re.sub(r"\s+", " ", text).startswith("looking up: 100%")
    assert "tracked=40, failed=1" in text
    assert bar.evaluate("element => getComputedStyle(element).backgroundColor") == "rgb(255, 0, 0)"
    assert cell.get_by_text("41/41").evaluate(CONTRAST) > 4.5


def test_bar_is_a_line_without_widgets(lab, page):
    run = "import sys; sys.modules['ipywidgets'] = None\n" + SETUP.replace("create=True", "create=True, progress=True")
    (cell,) = lab.run(page, [run]).all()
    cell.get_by_text("created=30").wait_for()
    shown = cell.locator(".jp-OutputArea-output").first.inner_text().splitlines()
    lines = [line for line in shown if "checking" in line]
    assert len(lines) == 1
    assert "30/30" in lines[0]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_tables_and_errors_can_be_read(lab, page, theme):
    shown = [
        "look_up(api_client, [*(entry.md5sum for entry in entries), '<b>no-such-file.vcf'])",
        "overview(api_client, ['isolate 1', 'isolate 2'])",
        "find_sample(api_client, isolate_id='isolate 1')",
        "look_up(api_client, '0' * 32)[0]",
        "long_results",
        "tracking_client.FileApi(api_client).files_md5sum_get('no such file')",
    ]
    _, *cells, failed = lab.run(page, [SETUP, *shown], theme).all()
    error = failed.locator(".jp-OutputArea-output")
    error.wait_for()
    captions = [cell.locator(".jp-OutputArea-output p").first.inner_text() for cell in cells]
    assert captions == [
        "Results: 30 tracked, 1 failed",
        "Overview: 2 samples, 1 failed",
        "Sample",
        "Result",
        "Results: 1 failed",
    ]
    assert cells[0].locator("tbody tr").count() == 20
    assert "<b>no-such-file.vcf" in cells[0].locator("tbody tr").first.inner_text()
    assert "the sample does not exist" in cells[1].locator("tbody tr").first.inner_text()
    for cell in cells:
        assert cell.locator(".jp-RenderedHTML").evaluate("element => element.scrollWidth <= element.clientWidth")
        for each in (*cell.locator("p").all(), *cell.locator("th").all()[:9], *cell.locator("td").all()[:9]):
            assert each.evaluate(CONTRAST) > 4.5
    lines = error.inner_text().splitlines()
    assert len(lines) <= MAX_LINES
    assert "urllib3" not in error.inner_text()
    assert len([line for line in lines if line.startswith("File ")]) <= 1
    assert lines[-1].startswith("hint: ")
