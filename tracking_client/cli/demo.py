"""The command ``tracking-client demo``: what the client does, step by step, each shown as the code that does it.

The files are small versions of those of a tuberculosis isolate: paired reads simulated from the gene *dnaA* of the
reference NC_000962.3, and a VCF of known variants, most of which are associated with drug resistance.
"""

from __future__ import annotations

import argparse
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from .. import ApiClient, ApiException, ApiResponseError, File, FileApi, NotFoundException, Sample, SampleApi
from .._wire.urls import without_credentials
from . import exit_codes
from .errors import CommandError
from .output import printable_message
from .serve import start_service
from .session import session_of

DATA = Path(__file__).parent / "demo_data"


class _Step(NamedTuple):
    """A step of the demo.

    Attributes:
        title: what it shows.
        code: what is shown and run: an expression.
        error: the class of the error that it has to raise; empty if it has to succeed.
        name: the name that its value gets; empty for none.
    """

    title: str
    code: str
    error: str = ""
    name: str = ""


_STEPS = (
    _Step("A file is identified by the md5sum of its bytes", "[File.from_path(path) for path in paths]", name="files"),
    _Step("Is the first file tracked?", "api.files_md5sum_get(files[0].md5sum)", "NotFoundException"),
    _Step("It is not. Register all files", "[api.samples_id_files_post(id, file) for file in files]"),
    _Step("Now it is tracked, and every client can find it", "api.files_md5sum_get(files[0].md5sum)"),
    _Step("List the files of the sample", "api.samples_id_files_get(id)"),
    _Step("No file can be registered twice", "api.samples_id_files_post(id, files[0])", "ConflictException"),
    _Step("Delete its record", "api.samples_id_files_md5sum_delete(id, files[0].md5sum)"),
    _Step("It is no longer tracked", "api.samples_id_files_md5sum_get(id, files[0].md5sum)", "NotFoundException"),
)


def run(options: argparse.Namespace) -> int:
    """Run the demo on a service.

    Args:
        options: the options of the command. If they have no host, a service is started for the demo: the host of the
            environment is not used, because the demo writes to it.

    Raises:
        ApiException: a request failed.
        CommandError: a step did not have the expected result, a setting is invalid, or Werkzeug is not installed.
    """
    with ExitStack() as stack:
        if options.host is None:
            options.host = stack.enter_context(start_service())
            print("# A tracking service, started for this demo and stopped after it. To run one: tracking-client serve")
            print(f"    {options.host}")
        api_client = stack.enter_context(session_of(options)).api_client
        host = without_credentials(api_client.configuration.host)
        client = (f"configuration = Configuration(host={host!r})", "api_client = ApiClient(configuration)")
        _show("Create a client, and the API of files", *client, "api = FileApi(api_client)")
        sample = stack.enter_context(_sample(api_client))
        names = {"File": File, "paths": sorted(DATA.iterdir()), "api": FileApi(api_client), "id": sample}
        for step in _STEPS:
            _run_step(step, names)
    print("\n# Every step succeeded.")
    return exit_codes.DONE


def _run_step(step: _Step, names: dict[str, Any]) -> None:
    """Show a step, run it, and show its result.

    Raises:
        CommandError: it did not raise the error that it has to raise.
        ApiException: it failed.
    """
    _show(step.title, f"{step.name} = {step.code}" if step.name else step.code)
    try:
        value = eval(step.code, names)  # noqa: S307
    except ApiException as error:
        if type(error).__name__ != step.error:
            raise
        _result(f"{step.error}: {error}")
        return
    if step.error:
        problem = f"{step.error} was not raised. Is the demo running elsewhere, or was it interrupted before?"
        raise CommandError(problem, exit_codes.FAILED)
    names[step.name] = value
    _result("\n".join(map(repr, value)) if isinstance(value, list) else "" if value is None else repr(value))


@contextmanager
def _sample(api_client: ApiClient) -> Iterator[str]:
    """Create a sample, yield its id, and delete its files and the sample, also after Ctrl-C."""
    sample_api = SampleApi(api_client)
    # Chosen here, so that it is known even if the response never arrives.
    id_ = str(uuid.uuid4())
    sample = Sample(id=id_, isolate_id=f"demo-{id_}")
    names = f"id, isolate_id = {sample.id!r}, {sample.isolate_id!r}"
    post = "sample_api.samples_post(Sample(id=id, isolate_id=isolate_id))"
    _show("Create a sample to register files with", "sample_api = SampleApi(api_client)", names, post)
    may_exist = True
    try:
        try:
            created = sample_api.samples_post(sample)
        except ApiException as error:
            may_exist = error.outcome_unknown or isinstance(error, ApiResponseError)
            raise
        _result(repr(created))
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
    api = FileApi(api_client)
    kept = ""
    try:
        # The files come first: the service keeps them without a sample, and then nothing can delete them.
        for file in api.samples_id_files_get(id_):
            api.samples_id_files_md5sum_delete(id_, file.md5sum)
    except NotFoundException:
        return  # the sample was not created
    except ApiException as error:
        message = f"the sample {id_} and its files may be left on the service: {error}"
        raise CommandError(message, exit_codes.FAILED) from error
    try:
        SampleApi(api_client).samples_id_delete(id_)
    except ApiException as error:
        kept = f"the service keeps the sample: {error}"
    delete = "    api.samples_id_files_md5sum_delete(id, file.md5sum)"
    _show("Clean up: delete the other files of the sample", "for file in api.samples_id_files_get(id):", delete)
    _show("Then delete the sample", "sample_api.samples_id_delete(id)")
    _result(kept)


def _show(title: str, *code: str) -> None:
    print(f"\n# {title}.".replace("?.", "?"))
    for line in code:
        print("..." if line.startswith(" ") else ">>>", line)


def _result(text: str) -> None:
    for line in text.splitlines():
        print(f"    {printable_message(line)}")
