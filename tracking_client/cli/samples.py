"""The commands for samples and their records: ``list``, ``delete`` and ``sample``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial

from ..api.file_api import FileApi
from ..api.sample_api import SampleApi
from ..bulk.samples import find_or_create_sample, find_sample
from ..exceptions import NotFoundException
from ..models.sample import Sample
from . import exit_codes
from .output import Output, tell
from .session import CommandError, Session, ask, required_sample, session_of

_SAMPLE_COLUMNS = ("sample", "isolate", "experiment")


def run_list(options: argparse.Namespace) -> int:
    """List the files of a sample."""
    required_sample(options.sample, options.isolate, options.experiment)
    with session_of(options) as session:
        sample = sample_id_of(session, options)
        files = session.call(lambda: FileApi(session.api_client).samples_id_files_get(sample))
    columns = ("md5sum", "filename", "type")
    rows = ({"md5sum": file.md5sum, "filename": file.filename, "type": file.file_type} for file in files)
    Output(options.format, columns).write(rows)
    return exit_codes.DONE


def run_delete(options: argparse.Namespace) -> int:
    """Delete the records of files."""
    count = len(options.md5sums)
    ask(f"Delete {count} record{'s' if count > 1 else ''} of sample {options.sample}?", options.yes)
    codes: list[int] = []
    with session_of(options) as session:
        rows = _deleted(session, options.sample, options.md5sums, codes)
        Output(options.format, ("status", "md5sum")).write(rows)
    return exit_codes.worst(codes)


def _deleted(session: Session, sample: str, md5sums: list[str], codes: list[int]) -> Iterator[dict[str, str]]:
    """Delete records, and yield a row for each. Keep the exit code of one that does not exist."""
    api = FileApi(session.api_client)
    for md5sum in md5sums:
        try:
            session.call(partial(api.samples_id_files_md5sum_delete, sample, md5sum))
        except NotFoundException:
            codes.append(exit_codes.NOT_TRACKED)
            yield {"status": "not tracked", "md5sum": md5sum}
        else:
            yield {"status": "deleted", "md5sum": md5sum}


def run_sample(options: argparse.Namespace) -> int:
    """Find, create, show or delete a sample."""
    if options.action in ("find", "create"):
        required_sample(None, options.isolate, options.experiment)
    if options.action == "delete":
        ask(f"Delete the record of sample {options.sample}?", options.yes)
    with session_of(options) as session:
        sample = session.call(lambda: _act_on_sample(session, options))
    if sample is not None:
        row = {"sample": sample.id, "isolate": sample.isolate_id, "experiment": sample.experiment_id}
        Output(options.format, _SAMPLE_COLUMNS).write([row])
    elif options.action == "find":
        tell("there is no such sample")
        return exit_codes.NOT_TRACKED
    return exit_codes.DONE


def _act_on_sample(session: Session, options: argparse.Namespace) -> Sample | None:
    api_client = session.api_client
    if options.action == "find":
        return find_sample(api_client, isolate_id=options.isolate, experiment_id=options.experiment)
    if options.action == "create":
        return find_or_create_sample(api_client, isolate_id=options.isolate, experiment_id=options.experiment)
    if options.action == "show":
        return SampleApi(api_client).samples_id_get(options.sample)
    # The service would keep the files without a sample, and then nothing could delete them.
    if FileApi(api_client).samples_id_files_get(options.sample):
        raise CommandError("the sample has files: delete their records first", exit_codes.CONFLICT)
    SampleApi(api_client).samples_id_delete(options.sample)
    return None


def sample_id_of(session: Session, options: argparse.Namespace, *, create: bool = False) -> str:
    """Return the id of the sample that the options name.

    Raises:
        CommandError: there is none with the names.
    """
    if options.sample is not None:
        return str(options.sample)
    names = {"isolate_id": options.isolate, "experiment_id": options.experiment}
    find = find_or_create_sample if create else find_sample
    sample: Sample | None = session.call(lambda: find(session.api_client, **names))
    if sample is None:
        raise CommandError("there is no sample with these names; --create makes one", exit_codes.NOT_TRACKED)
    return sample.id
