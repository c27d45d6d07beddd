"""What the tests of docs/pipelines/ share: files of isolates, and a service that is killed in the middle."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from clients import client_for

import tracking_client

ROOT = Path(__file__).parents[2]
PIPELINES = ROOT / "docs" / "pipelines"


def write_reads(directory: Path, isolate: str, names: tuple[str, ...]) -> list[str]:
    """Write files of an isolate, each with its own content, and return their paths relative to the directory."""
    folder = directory / "reads" / isolate
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text(f"{isolate} {name}", encoding="utf-8")
    return [f"reads/{isolate}/{name}" for name in names]


def registered(host: str) -> dict[str, list[str]]:
    """Return the names of the files of each isolate that a service has."""
    with client_for(host) as api_client:
        api = tracking_client.FileApi(api_client)
        return {
            sample.isolate_id: sorted(file.filename for file in api.samples_id_files_get(sample.id))
            for sample in tracking_client.SampleApi(api_client).samples_get()
        }


@contextlib.contextmanager
def dying_service(database: Path, posts: int) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run a service that is killed when that many files are registered. Yield its host and process."""
    command = [sys.executable, str(Path(__file__).with_name("dying_service.py")), str(database), str(posts)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()
