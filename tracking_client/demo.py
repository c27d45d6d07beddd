"""The client's main job, step by step, each shown as the code that does it.

The files are a tuberculosis isolate's in small: paired reads simulated from the gene *dnaA* of the reference
NC_000962.3, and a VCF of variants that are known to occur, most of them with drug resistance.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import (
    ApiClient,
    ApiException,
    Configuration,
    ConflictException,
    File,
    FileApi,
    NotFoundException,
    OpenApiException,
)

DATA = Path(__file__).parent / "demo_data"

_BLOCK = 1024 * 1024  # bytes


class DemoFailure(OpenApiException):
    """A step that came out otherwise than it should."""


def md5sum(path: Path) -> str:
    """The MD5 digest of a file's bytes, in hexadecimal, as the program ``md5sum`` prints it."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def run(host: str) -> None:
    """Does the main job on the service at a host, and takes back what it left there.

    Raises:
        DemoFailure: a step came out otherwise than it should.
        ApiException: a request did not come out.
    """
    _say("A client, and the endpoints of files on top of it", f"configuration = Configuration(host={host!r})")
    _code("api_client = ApiClient(configuration)", "api = FileApi(api_client)")
    with ApiClient(Configuration(host=host)) as api_client, _sample(api_client) as sample_id:
        api = FileApi(api_client)
        try:
            _files(api, sample_id)
        finally:
            _say("Tidy up: delete what is left of the sample's files", "for file in api.samples_id_files_get(id):")
            _code("    api.samples_id_files_md5sum_delete(id, file.md5sum)")
            for file in api.samples_id_files_get(sample_id):
                api.samples_id_files_md5sum_delete(sample_id, file.md5sum)


@contextmanager
def _sample(api_client: ApiClient) -> Iterator[str]:
    """A sample that is there for the block."""
    names = {"isolate-id": f"demo-{uuid.uuid4()}"}
    _say(
        "A sample, which files are registered with. It is another resource of the service",
        f'sample = api_client.call_api("/samples", "POST", body={names},',
    )
    _code('                             response_type="object", _return_http_data_only=True)', 'id = sample["id"]')
    sample = api_client.call_api("/samples", "POST", body=names, response_type="object", _return_http_data_only=True)
    sample_id = sample.get("id") if isinstance(sample, dict) else None
    if not isinstance(sample_id, str):
        raise DemoFailure(f"the service made a sample without an id: {sample!r}")
    _result(sample_id)
    try:
        yield sample_id
    finally:
        try:
            api_client.call_api("/samples/{id}", "DELETE", {"id": sample_id})
        except ApiException as error:
            _say("The service keeps the sample", 'api_client.call_api("/samples/{id}", "DELETE", {"id": id})')
            _result(str(error))


def _files(api: FileApi, sample_id: str) -> None:
    files = [
        File(md5sum(path), path.name, "vcf" if path.suffix == ".vcf" else "fastq") for path in sorted(DATA.iterdir())
    ]
    file = files[0]

    _say("A file is known by the md5sum of its bytes", "md5sum = hashlib.md5(path.read_bytes()).hexdigest()")
    _code("file = File(md5sum, path.name, file_type)")
    _result("\n".join(map(repr, files)))

    _say("Is the first of them tracked already?", "api.files_md5sum_get(file.md5sum)")
    with _expected(NotFoundException, "is the demo running elsewhere, or has it been cut off here?"):
        api.files_md5sum_get(file.md5sum)

    _say(
        "It is not. Register it, and the others",
        "added, status, headers = api.samples_id_files_post_with_http_info(id, file)",
    )
    for each in files:
        added, status, headers = api.samples_id_files_post_with_http_info(sample_id, each)
        _check(added == each and status == 201, f"the service registered {added!r}, status {status}")
        _result(f"{added!r}\nat {headers.get('location')}")

    _say("Now it is tracked, whoever asks", "api.files_md5sum_get(file.md5sum)")
    found = api.files_md5sum_get(file.md5sum)
    _check(found == file, f"the service found {found!r}")
    _result(repr(found))

    _say("The sample's files", "api.samples_id_files_get(id)")
    listed = sorted(api.samples_id_files_get(sample_id), key=lambda each: each.filename)
    _check(listed == sorted(files, key=lambda each: each.filename), f"the service listed {listed!r}")
    _result("\n".join(map(repr, listed)))

    _say("No file is registered twice, on this sample or another", "api.samples_id_files_post(id, file)")
    with _expected(ConflictException):
        api.samples_id_files_post(sample_id, file)

    _say("Delete it", "api.samples_id_files_md5sum_delete(id, file.md5sum)")
    api.samples_id_files_md5sum_delete(sample_id, file.md5sum)

    _say("Then the service knows it no more", "api.samples_id_files_md5sum_get(id, file.md5sum)")
    with _expected(NotFoundException):
        api.samples_id_files_md5sum_get(sample_id, file.md5sum)


@contextmanager
def _expected(kind: type[ApiException], question: str = "") -> Iterator[None]:
    """A step that the service refuses, as it should."""
    try:
        yield
    except kind as error:
        _result(f"{kind.__name__}: {error}")
    else:
        raise DemoFailure(f"the service did not answer with {kind.__name__}. {question}".rstrip(". "))


def _check(held: bool, problem: str) -> None:
    if not held:
        raise DemoFailure(problem)


def _say(title: str, code: str) -> None:
    print(f"\n# {title}.".replace("?.", "?"))
    _code(code)


def _code(*lines: str) -> None:
    for line in lines:
        print(f">>> {line}")


def _result(text: str) -> None:
    print("\n".join(f"    {line}" for line in text.splitlines()))
