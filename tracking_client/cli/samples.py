"""The commands for samples and their records: ``list``, ``delete`` and ``sample``."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from functools import partial

from .. import bulk
from ..api.file_api import FileApi
from ..api.sample_api import SampleApi
from ..bulk._entries import SampleKey, sample_key
from ..bulk._entry_samples import find_by_key
from ..bulk._items import undecided
from ..bulk._look_up import tracked_file
from ..bulk._register import given_entry, with_given
from ..bulk.samples import find_or_create_sample, find_sample
from ..exceptions import NotFoundException
from ..models.sample import Sample
from . import exit_codes
from .errors import CommandError
from .inputs import Inputs
from .output import Output, Row, tell
from .session import Session, ask, required_sample, session_of, writes_rows

_CREATED = bulk.ResultStatus.CREATED


@writes_rows
def run_list(session: Session, options: argparse.Namespace) -> list[Row]:
    """List the files of a sample."""
    sample = sample_id_of(session, options)
    files = session.call(partial(FileApi(session.api_client).samples_id_files_get, sample))
    return [{"md5sum": file.md5sum, "name": file.filename, "type": file.file_type} for file in files]


def run_delete(options: argparse.Namespace) -> int:
    """Delete the records of files: md5sums, and what manifests name; of a report only what its run has created."""
    if not options.manifest or any((options.sample, options.isolate, options.experiment)):
        required_sample(options.sample, options.isolate, options.experiment)
    output = Output(options)
    counts: Counter[str] = Counter()
    with session_of(options) as session:
        entries = _entries_to_delete(options, counts)
        keys = [*dict.fromkeys(map(sample_key, entries))]
        if entries:
            number = len({(sample_key(entry), entry.md5sum) for entry in entries})
            samples = str(keys[0]) if len(keys) == 1 else f"{len(keys)} samples"
            ask(f"Delete {number} record{'s' * (number > 1)} of {samples}?", options.yes)
        ids = {key: _required_id(session, key) for key in keys}
        names = {(ids[sample_key(entry)], str(entry.md5sum)): entry.name for entry in entries}
        for (sample, md5sum), name in names.items():
            status = session.call(partial(_delete, FileApi(session.api_client), sample, md5sum))
            if status == "untracked" and session.call(partial(tracked_file, FileApi(session.api_client), md5sum)):
                status = "conflict"
            output.write_row({"status": status, "md5sum": md5sum, "name": name})
            counts[status] += 1
        output.end()
    tell(", ".join(f"{count} {word}" for word, count in sorted((+counts).items())), is_error=False)
    codes = {"untracked": exit_codes.NOT_TRACKED, "conflict": exit_codes.CONFLICT}
    return exit_codes.worst(code for status, code in codes.items() if counts[status])


def _entries_to_delete(options: argparse.Namespace, counts: Counter[str]) -> list[bulk.Entry]:
    """Return the entries whose records are to be deleted, each with its sample, and count the others.

    Raises:
        ApiValueError: an entry contradicts the options.
        CommandError: one has no md5sum or no sample.
    """
    given = given_entry(options.sample, options.isolate, options.experiment, None)
    inputs = Inputs(options)
    rows = [with_given(given, row) for row in undecided(inputs.items)]
    # Only a report has a status. What its run has not created was there before, or is not there.
    created = [row for row in rows if _status_of(row.entry) == _CREATED]
    for row in created:
        if row.error is not None or row.entry.md5sum is None:
            problem = row.error or f"{row.entry.path!r} has no md5sum in its manifest"
            raise CommandError(f"nothing was deleted: {problem}", exit_codes.BAD_INPUT)
    counts["left alone, for their status is not created"] = len(rows) - len(created)
    counts["skipped"] = inputs.skipped
    return [row.entry for row in created]


def _status_of(entry: bulk.Entry) -> str:
    """Return the status in a report of `register`; that of what is to be deleted if the manifest is none."""
    values = (str(value) for name, value in entry.columns.items() if name.strip().lower() == "status")
    return next(values, _CREATED).strip().lower()


def _delete(api: FileApi, sample: str, md5sum: str) -> str:
    """Delete the record of a file, and return what has become of it."""
    try:
        api.samples_id_files_md5sum_delete(sample, md5sum)
    except NotFoundException:
        return "untracked"
    return "deleted"


@writes_rows
def run_find(session: Session, options: argparse.Namespace) -> list[Row]:
    """Find a sample by its names."""
    return _with_names(session, options, find_sample)


@writes_rows
def run_create(session: Session, options: argparse.Namespace) -> list[Row]:
    """Find a sample by its names, or create it."""
    return _with_names(session, options, find_or_create_sample)


def _with_names(session: Session, options: argparse.Namespace, function: Callable[..., Sample | None]) -> list[Row]:
    required_sample(None, options.isolate, options.experiment)
    names = {"isolate_id": options.isolate, "experiment_id": options.experiment}
    sample = session.call(partial(function, session.api_client, **names))
    if sample is None:
        raise CommandError(f"there is no {SampleKey(None, **names)}", exit_codes.NOT_TRACKED)
    return [_row_of(sample)]


@writes_rows
def run_show(session: Session, options: argparse.Namespace) -> list[Row]:
    """Show a sample."""
    return [_row_of(session.call(partial(SampleApi(session.api_client).samples_id_get, options.sample)))]


def run_delete_sample(options: argparse.Namespace) -> int:
    """Delete a sample that has no files."""
    ask(f"Delete the record of sample {options.sample}?", options.yes)
    with session_of(options) as session:
        # The service would keep the files without a sample, and then nothing could delete them.
        if session.call(partial(FileApi(session.api_client).samples_id_files_get, options.sample)):
            raise CommandError("the sample has files: delete their records first", exit_codes.CONFLICT)
        session.call(partial(SampleApi(session.api_client).samples_id_delete, options.sample))
    return exit_codes.DONE


def _row_of(sample: Sample) -> Row:
    return {"sample": sample.id, "isolate": sample.isolate_id, "experiment": sample.experiment_id}


def sample_id_of(session: Session, options: argparse.Namespace, code: int = exit_codes.NOT_TRACKED) -> str:
    """Return the id of the sample that the options name.

    Args:
        session: the session.
        options: those of `file_commands.add_sample`.
        code: the exit code if there is no sample with the names.

    Raises:
        CommandError: there is none with the names, or they name none.
    """
    required_sample(options.sample, options.isolate, options.experiment)
    if options.sample is not None:
        return str(options.sample)
    return _required_id(session, SampleKey(None, options.isolate, options.experiment), code)


def _required_id(session: Session, key: SampleKey, code: int = exit_codes.NOT_TRACKED) -> str:
    """Return the id of a sample that must exist.

    Raises:
        CommandError: it does not.
        SampleConflictError: its names or its id belong to different samples.
    """
    sample = session.call(partial(find_by_key, session.api_client, key))
    if sample is None or sample.id is None:
        raise CommandError(f"there is no {key}", code)
    return sample.id
