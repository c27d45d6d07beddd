"""The commands for samples and their records: ``list``, ``delete`` and ``sample``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

from ..api.file_api import FileApi
from ..api.sample_api import SampleApi
from ..bulk._items import undecided
from ..bulk.samples import find_or_create_sample, find_sample
from ..exceptions import NotFoundException
from ..models.sample import Sample
from . import exit_codes
from .errors import CommandError
from .inputs import Inputs
from .output import Output, tell
from .sample_commands import SAMPLE_COLUMNS
from .session import Session, ask, required_sample, session_of


def run_list(options: argparse.Namespace) -> int:
    """List the files of a sample."""
    with session_of(options) as session:
        sample = sample_id_of(session, options)
        files = session.call(lambda: FileApi(session.api_client).samples_id_files_get(sample))
    rows = ({"md5sum": file.md5sum, "name": file.filename, "type": file.file_type} for file in files)
    Output(options, ("md5sum", "name", "type")).write(rows)
    return exit_codes.DONE


def run_delete(options: argparse.Namespace) -> int:
    """Delete the records of files: md5sums, or what manifests name."""
    required_sample(options.sample, options.isolate, options.experiment)
    output = Output(options, ("status", "md5sum", "name"))
    with session_of(options) as session:
        names = _names_by_md5sum(Inputs(options))
        sample = sample_id_of(session, options)
        records = f"{len(names)} record{'s' * (len(names) > 1)}"
        ask(f"Delete {records} of sample {options.isolate or options.experiment or sample}?", options.yes)
        statuses = set()
        for md5sum, name in names.items():
            status = session.call(partial(_delete, FileApi(session.api_client), sample, md5sum))
            output.write_row({"status": status, "md5sum": md5sum, "name": name})
            statuses.add(status)
        output.end()
    return exit_codes.NOT_TRACKED if "untracked" in statuses else exit_codes.DONE


def _names_by_md5sum(inputs: Inputs) -> dict[str, str | None]:
    """Return the name of each md5sum.

    Raises:
        CommandError: an item has none.
    """
    rows = [*undecided(inputs.items)]
    for row in rows:
        if row.error is not None or row.entry.md5sum is None:
            problem = row.error or f"{row.entry.path!r} has no md5sum in its manifest"
            raise CommandError(f"nothing was deleted: {problem}", exit_codes.BAD_INPUT)
    return {str(row.entry.md5sum): row.entry.name for row in rows}


def _delete(api: FileApi, sample: str, md5sum: str) -> str:
    """Delete the record of a file, and return what has become of it."""
    try:
        api.samples_id_files_md5sum_delete(sample, md5sum)
    except NotFoundException:
        return "untracked"
    return "deleted"


def run_find(options: argparse.Namespace) -> int:
    """Find a sample by its names."""
    return _run_with_names(options, find_sample)


def run_create(options: argparse.Namespace) -> int:
    """Find a sample by its names, or create it."""
    return _run_with_names(options, find_or_create_sample)


def _run_with_names(options: argparse.Namespace, function: Callable[..., Sample | None]) -> int:
    required_sample(None, options.isolate, options.experiment)
    with session_of(options) as session:
        sample = _by_names(session, function, options)
    if sample is None:
        tell("there is no such sample")
        return exit_codes.NOT_TRACKED
    return _write(options, sample)


def _by_names(session: Session, function: Callable[..., Sample | None], options: argparse.Namespace) -> Sample | None:
    """Return what a function returns for the names of a sample."""
    names = {"isolate_id": options.isolate, "experiment_id": options.experiment}
    return session.call(partial(function, session.api_client, **names))


def run_show(options: argparse.Namespace) -> int:
    """Show a sample."""
    with session_of(options) as session:
        sample = session.call(partial(SampleApi(session.api_client).samples_id_get, options.sample))
    return _write(options, sample)


def run_delete_sample(options: argparse.Namespace) -> int:
    """Delete a sample that has no files."""
    ask(f"Delete the record of sample {options.sample}?", options.yes)
    with session_of(options) as session:
        # The service would keep the files without a sample, and then nothing could delete them.
        if session.call(partial(FileApi(session.api_client).samples_id_files_get, options.sample)):
            raise CommandError("the sample has files: delete their records first", exit_codes.CONFLICT)
        session.call(partial(SampleApi(session.api_client).samples_id_delete, options.sample))
    return exit_codes.DONE


def _write(options: argparse.Namespace, sample: Sample) -> int:
    row = {"sample": sample.id, "isolate": sample.isolate_id, "experiment": sample.experiment_id}
    Output(options, SAMPLE_COLUMNS).write([row])
    return exit_codes.DONE


def sample_id_of(session: Session, options: argparse.Namespace) -> str:
    """Return the id of the sample that the options name.

    Raises:
        CommandError: there is none with the names, or they name none.
    """
    required_sample(options.sample, options.isolate, options.experiment)
    if options.sample is not None:
        return str(options.sample)
    sample = _by_names(session, find_sample, options)
    if sample is None or sample.id is None:
        raise CommandError("there is no sample with these names", exit_codes.NOT_TRACKED)
    return sample.id
