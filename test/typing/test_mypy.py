"""What mypy reports in code that uses the package, and in the package itself where there are no type stubs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("mypy")

# Each line that mypy has to reject says with which error code. mypy must report nothing else.
SNIPPETS = {
    "operations": """
from typing_extensions import Unpack
from urllib3 import HTTPHeaderDict
from tracking_client import ApiClient, File
from tracking_client.api import _parameters
from tracking_client.api._operation import CallOptions, Operation

SAMPLE = {"id": _parameters.sample_id}
GET_FILES = Operation("samples_id_files_get", "GET", "/samples/{id}/files", list[File], path_validators=SAMPLE)
DELETE = Operation("samples_id_files_delete", "DELETE", "/samples/{id}/files", type(None), path_validators=SAMPLE)

class SampleApi:
    def __init__(self, api_client: ApiClient) -> None:
        self.api_client = api_client

    def correct(self, id: str, **options: Unpack[CallOptions]) -> list[File]:
        return GET_FILES.call(self.api_client, options, path_params={"id": id})

    def correct_response(self, id: str, **options: Unpack[CallOptions]) -> tuple[list[File], int, HTTPHeaderDict]:
        return GET_FILES.response(self.api_client, options, path_params={"id": id})

    def correct_delete(self, id: str, **options: Unpack[CallOptions]) -> None:
        return DELETE.call(self.api_client, options, path_params={"id": id})

    def wrong_type(self, id: str, **options: Unpack[CallOptions]) -> File:
        return GET_FILES.call(self.api_client, options, path_params={"id": id})  # error: return-value

    def wrong_type_of_response(self, id: str, **options: Unpack[CallOptions]) -> tuple[File, int, HTTPHeaderDict]:
        return GET_FILES.response(self.api_client, options, path_params={"id": id})  # error: return-value

    def response_instead_of_data(self, id: str, **options: Unpack[CallOptions]) -> list[File]:
        return GET_FILES.response(self.api_client, options, path_params={"id": id})  # error: return-value

    def misnamed_parameter(self, id: str, **options: Unpack[CallOptions]) -> list[File]:
        return GET_FILES.call(self.api_client, options, path_params={"id": sample_id})  # error: name-defined

    def forgotten_return(self, id: str, **options: Unpack[CallOptions]) -> list[File]:  # error: return
        GET_FILES.call(self.api_client, options, path_params={"id": id})
""",
    "options": """
from urllib3 import Timeout
from tracking_client import ApiClient, FileApi

api = FileApi(ApiClient())
api.files_md5sum_get("a", async_req=True)  # error: arg-type
api.files_md5sum_get("a", _preload_content=False)  # error: arg-type
api.files_md5sum_get("a", _return_http_data_only=True)  # error: arg-type
api.files_md5sum_get_with_http_info("a", async_req=True)  # error: arg-type
api.files_md5sum_get_with_http_info("a", _preload_content=False)  # error: arg-type
api.files_md5sum_get_with_http_info("a", _return_http_data_only=True)  # error: arg-type
api.files_md5sum_get("a", _request_timeout="soon")  # error: arg-type
api.files_md5sum_get("a", nonesuch=1)  # error: call-arg
api.files_md5sum_get("a", async_req=False, _preload_content=True, _return_http_data_only=False)
api.files_md5sum_get("a", async_req=None, _return_http_data_only=None, _request_timeout=None)
api.files_md5sum_get("a", _request_timeout=(1, 2))
api.files_md5sum_get("a", _request_timeout=0.5)
api.files_md5sum_get("a", _request_timeout=Timeout(connect=1, read=2))
""",
    "models": """
from typing_extensions import assert_type
from tracking_client import Configuration, Error, File, FileType

File()  # error: call-arg
File("a", "b")  # error: call-arg
File(md5sum=7, filename="b", file_type="vcf")  # error: arg-type
File("a", "b", None)  # error: arg-type
File("a", "b", "vcf", size=7)  # error: call-arg
Error("404", "Not found")  # error: arg-type
file = File("a", "b", "vcf")
file.filename = 7  # error: assignment
file.size = 7  # error: attr-defined
FileType.BAM  # error: attr-defined
File("a", "b", FileType.VCF, local_vars_configuration=None)
File("a", filename="b", file_type=FileType.FASTQ, local_vars_configuration=Configuration())
Error(404, message="Not found", local_vars_configuration=None)
file.filename = "c"
assert_type(file.file_type, str)
assert_type(Error(404, "Not found").code, int)
assert_type(File.from_json({}), File)
assert_type(File.list_from_json([]), list[File])
""",
    "events": """
from tracking_client import Configuration, Event, ValidatedEvent

Event(name="QC", software="a", software_version="b", start_time=1.5, duration=3, command="c")
Event(None, "QC", "a", "b", 1.5, 3, "c")
Event(7, "QC", "a", "b", 1.5, 3, command="c", local_vars_configuration=Configuration())
ValidatedEvent(None, "QC", "a", "b", 1.5, 3, "c")
ValidatedEvent(id=7, name="QC", software="a", software_version="b", start_time=1.5, duration=3, command="c")
Event()  # error: call-overload
Event(name="QC")  # error: call-overload
Event(None, "QC", "a", "b", 1.5, 3)  # error: call-overload
Event(None, "QC", "a", "b", 1.5, "3", "c")  # error: call-overload
ValidatedEvent(name="QC", software="a", software_version="b", start_time=1.5, duration=3)  # error: call-overload

class Own(Event):
    pass

Own(None, "QC", "a", "b", 1.5, 3, "c")
""",
    "declarations": """
from typing import Annotated, Optional
from typing_extensions import assert_type
from tracking_client import File
from tracking_client.models._field import Field
from tracking_client.models._model import Model

class Run(Model):
    name: Annotated[str, Field("The name.")]
    depth: Annotated[Optional[float], Field("The depth.")] = None

class Sized(File):
    size: Annotated[int, Field("The size.")]

assert_type(Run("a").depth, Optional[float])
Run("a", 1.5)
Run(name="a", depth=None, local_vars_configuration=None)
Sized("a", "b", "vcf", 7)
Run()  # error: call-arg
Run("a", "deep")  # error: arg-type
Sized("a", "b", "vcf")  # error: call-arg
Sized("a", "b", "vcf", "7")  # error: arg-type
""",
    "script": """
import tracking_client

configuration = tracking_client.Configuration(host="http://tracking-api-service/api/v1")
with tracking_client.ApiClient(configuration) as api_client:
    api = tracking_client.FileApi(api_client)
    try:
        for file in api.samples_id_files_get("9d1b5e28-2b9f-4a51-8d3e-0c6f0e4c7c11"):
            print(file.md5sum, file.filename.upper())
    except tracking_client.NotFoundException as error:
        print(error.status, error.error)
""",
}


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[tuple[int, str]]]:
    """Return the line and code of each error that mypy reports, by the name of the snippet or the path of the file.

    mypy sees the package and its dependencies that have types, but no type stubs. It also checks the package.
    """
    folder = tmp_path_factory.mktemp("mypy")
    packages = folder / "packages"
    for name in ("tracking_client", "urllib3", "certifi"):
        source = Path(find_spec(name).origin).parent
        shutil.copytree(source, packages / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, code in SNIPPETS.items():
        (folder / f"{name}.py").write_text(code, encoding="utf-8")
    settings = folder / "mypy.ini"
    settings.write_text("[mypy]\nstrict = True\n[mypy-urllib3.*]\nfollow_imports = silent\n", encoding="utf-8")
    arguments = ["--config-file", str(settings), "--no-site-packages", "--cache-dir", str(folder / "cache")]
    arguments += ["--strict", "--no-pretty", "--no-error-summary", "--no-color-output", "--show-error-codes"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *arguments, *(f"{name}.py" for name in SNIPPETS)],
        cwd=folder,
        env={**os.environ, "MYPYPATH": str(packages)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (1, ""), done.stdout + done.stderr
    errors: dict[str, set[tuple[int, str]]] = {}
    for line in done.stdout.splitlines():
        match = re.fullmatch(r"(.+?)(?:\.py)?:(\d+): error: .*\[([\w-]+)\]", line)
        assert match or ": note: " in line, line
        if match:
            errors.setdefault(match[1], set()).add((int(match[2]), match[3]))
    return errors


@pytest.mark.parametrize("name", SNIPPETS)
def test_mypy_reports_exactly_the_marked_lines(name, reported):
    expected = {
        (number, line.partition("# error: ")[2])
        for number, line in enumerate(SNIPPETS[name].splitlines(), 1)
        if "# error: " in line
    }
    assert reported.get(name, set()) == expected


def test_package_has_no_errors_without_type_stubs(reported):
    """A user's script imports the package, so mypy follows the import."""
    assert {path: errors for path, errors in reported.items() if path not in SNIPPETS} == {}
