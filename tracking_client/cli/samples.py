"""The commands for samples and their records: ``list``, ``delete`` and ``sample``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
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
from .sample_arguments import SAMPLE_COLUMNS
from .session import Session, ask, required_sample, session_of


def run_list(options: argparse.Namespace) -> int:
    """List the files of a sample."""
    required_sample(options.sample, options.isolate, options.experiment)
    with session_of(options) as session:
        sample = sample_id_of(session, options)
        files = session.call(lambda: FileApi(session.api_client).samples_id_files_get(sample))
    rows = ({"md5sum": file.md5sum, "name": file.filename, "type": file.file_type} for file in files)
    Output(options, ("md5sum", "name", "type")).write(rows)
    return exit_codes.DONE


def run_delete(options: argparse.Namespace) -> int:
    """Delete the records of files: md5sums, or what manifests name."""
    required_sample(options.sample, options.isolate, options.experiment)
    with session_of(options) as session:
        names = _names_by_md5sum(Inputs(options))
        sample = sample_id_of(session, options)
        records = f"{len(names)} record{'s' * (len(names) > 1)}"
        ask(f"Delete {records} of sample {options.isolate or options.experiment or sample}?", options.yes)
        codes: list[int] = []
        Output(options, ("status", "md5sum", "name")).write(_deleted(session, sample, names, codes))
    return exit_codes.worst(codes)


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


def _deleted(
    session: Session, sample: str, names: dict[str, str | None], codes: list[int]
) -> Iterator[dict[str, str | None]]:
    """Delete records, and yield a row for each. Keep the exit code of one that does not exist."""
    api = FileApi(session.api_client)
    for md5sum, name in names.items():
        try:
            session.call(partial(api.samples_id_files_md5sum_delete, sample, md5sum))
        except NotFoundException:
            codes.append(exit_codes.NOT_TRACKED)
            yield {"status": "untracked", "md5sum": md5sum, "name": name}
        else:
            yield {"status": "deleted", "md5sum": md5sum, "name": name}


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
        Output(options, SAMPLE_COLUMNS).write([row])
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


def sample_id_of(session: Session, options: argparse.Namespace) -> str:
    """Return the id of the sample that the options name.

    Raises:
        CommandError: there is none with the names.
    """
    if options.sample is not None:
        return str(options.sample)
    names = {"isolate_id": options.isolate, "experiment_id": options.experiment}
    sample = session.call(lambda: find_sample(session.api_client, **names))
    if sample is None or sample.id is None:
        raise CommandError("there is no sample with these names", exit_codes.NOT_TRACKED)
    return sample.id
