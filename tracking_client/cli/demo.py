"""The command ``tracking-client demo``: what the client does, step by step, each shown as the code that does it.

The files are small versions of those of a tuberculosis isolate: paired reads simulated from the gene *dnaA* of the
reference NC_000962.3, and a VCF of known variants, most of which are associated with drug resistance.
"""

from __future__ import annotations

import argparse
import signal
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .. import (
    ApiClient,
    ApiException,
    ApiResponseError,
    ConflictException,
    File,
    FileApi,
    NotFoundException,
    OpenApiException,
    Sample,
    SampleApi,
)
from .._wire.urls import without_credentials
from . import exit_codes
from .output import printable_message
from .serve import start_service
from .session import session_of

DATA = Path(__file__).parent / "demo_data"


class DemoFailure(OpenApiException):
    """A step that did not have the expected result."""

    exit_code = exit_codes.FAILED


def run(options: argparse.Namespace) -> None:
    """Run the demo on a service.

    Args:
        options: the options of the command. If they have no host, a service is started for the demo: the host of the
            environment is not used, because the demo writes to it.

    Raises:
        DemoFailure: a step did not have the expected result.
        ApiException: a request failed.
        CommandError: a setting is invalid, or Werkzeug is not installed.
    """
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):  # they clean up as Ctrl-C does
            signal.signal(getattr(signal, name), signal.default_int_handler)
    with ExitStack() as stack:
        if options.host is None:
            options.host = stack.enter_context(start_service())
            print("# A tracking service, started for this demo and stopped after it. To run one: tracking-client serve")
            print(f"    {options.host}")
        api_client = stack.enter_context(session_of(options)).api_client
        _run_with(api_client)
    print("\n# Every step succeeded.")


def _run_with(api_client: ApiClient) -> None:
    """Run the demo with a client, and delete what it left on the service."""
    host = without_credentials(api_client.configuration.host)
    _step("Create a client, and the API of files", f"configuration = Configuration(host={host!r})")
    _code("api_client = ApiClient(configuration)", "api = FileApi(api_client)")
    with _sample(api_client) as sample_id:
        _register_and_look_up(FileApi(api_client), sample_id)


@contextmanager
def _sample(api_client: ApiClient) -> Iterator[str]:
    """Create a sample, yield its id, and delete its files and the sample, also after Ctrl-C."""
    sample_api = SampleApi(api_client)
    # Chosen here, so that it is known even if the response never arrives.
    id_ = str(uuid.uuid4())
    sample = Sample(id=id_, isolate_id=f"demo-{id_}")
    _step("Create a sample to register files with", "sample_api = SampleApi(api_client)")
    _code(f"id, isolate_id = {sample.id!r}, {sample.isolate_id!r}")
    _code("sample = sample_api.samples_post(Sample(id=id, isolate_id=isolate_id))")
    may_exist = True
    try:
        try:
            created = sample_api.samples_post(sample)
        except ApiException as error:
            may_exist = error.outcome_unknown or isinstance(error, ApiResponseError)
            raise
        _check(created == sample, f"the service created {created!r}")
        _result(id_)
        yield id_
    finally:
        if may_exist:
            try:
                _clean_up(api_client, id_)
            except KeyboardInterrupt:
                _clean_up(api_client, id_)  # it was interrupted itself
                raise


def _clean_up(api_client: ApiClient, id_: str) -> None:
    """Delete what the demo created. Nothing is printed before that, because printing may fail (``demo | head``)."""
    api, sample_api = FileApi(api_client), SampleApi(api_client)
    try:
        # The files come first: the service keeps them without a sample, and then nothing can delete them.
        for file in api.samples_id_files_get(id_):
            api.samples_id_files_md5sum_delete(id_, file.md5sum)
        kept = _delete_sample(sample_api, id_)
    except NotFoundException:
        return  # the sample was not created
    except ApiException as error:
        raise DemoFailure(f"the sample {id_} and its files may be left on the service: {error}") from error
    _step("Clean up: delete the other files of the sample", "for file in api.samples_id_files_get(id):")
    _code("    api.samples_id_files_md5sum_delete(id, file.md5sum)")
    _step("Then delete the sample", "sample_api.samples_id_delete(id)")
    if kept:
        _result(kept)


def _delete_sample(sample_api: SampleApi, id_: str) -> str:
    """Delete a sample. Return why the service keeps it, empty if it does not."""
    try:
        sample_api.samples_id_delete(id_)
    except ApiException as error:
        return f"the service keeps the sample: {error}"
    return ""


def _register_and_look_up(api: FileApi, sample_id: str) -> None:
    files = [File.from_path(path) for path in sorted(DATA.iterdir())]
    file = files[0]

    _step("A file is identified by the md5sum of its bytes", "file = File.from_path(path)")
    _result("\n".join(map(repr, files)))

    _step("Is the first file tracked?", "api.files_md5sum_get(file.md5sum)")
    with _expected(NotFoundException, "Is the demo running elsewhere, or was it interrupted before?"):
        api.files_md5sum_get(file.md5sum)

    _step(
        "It is not. Register it, and the other files",
        "created, status, headers = api.samples_id_files_post_with_http_info(id, file)",
    )
    for each in files:
        created, status, headers = api.samples_id_files_post_with_http_info(sample_id, each)
        _check(created == each and status == 201, f"the service registered {created!r}, status {status}")
        _result(f"{created!r}\nat {headers.get('location')}")

    _step("Now it is tracked, and every client can find it", "api.files_md5sum_get(file.md5sum)")
    found = api.files_md5sum_get(file.md5sum)
    _check(found == file, f"the service found {found!r}")
    _result(repr(found))

    _step("List the files of the sample", "api.samples_id_files_get(id)")
    listed = sorted(api.samples_id_files_get(sample_id), key=lambda each: each.filename)
    _check(listed == sorted(files, key=lambda each: each.filename), f"the service listed {listed!r}")
    _result("\n".join(map(repr, listed)))

    _step("No file can be registered twice, with this sample or another", "api.samples_id_files_post(id, file)")
    with _expected(ConflictException):
        api.samples_id_files_post(sample_id, file)

    _step("Delete its record", "api.samples_id_files_md5sum_delete(id, file.md5sum)")
    api.samples_id_files_md5sum_delete(sample_id, file.md5sum)

    _step("Now it is no longer tracked", "api.samples_id_files_md5sum_get(id, file.md5sum)")
    with _expected(NotFoundException):
        api.samples_id_files_md5sum_get(sample_id, file.md5sum)


@contextmanager
def _expected(kind: type[ApiException], hint: str = "") -> Iterator[None]:
    """Run a step that has to raise an exception."""
    try:
        yield
    except kind as error:
        _result(f"{kind.__name__}: {error}")
    else:
        raise DemoFailure(f"{kind.__name__} was not raised. {hint}".strip())


def _check(is_expected: bool, problem: str) -> None:
    if not is_expected:
        raise DemoFailure(problem)


def _step(title: str, code: str) -> None:
    print(f"\n# {title}.".replace("?.", "?"))
    _code(code)


def _code(*lines: str) -> None:
    for line in lines:
        print("..." if line.startswith(" ") else ">>>", line)


def _result(text: str) -> None:
    print("\n".join(f"    {printable_message(line)}" for line in text.splitlines()))
