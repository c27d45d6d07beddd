"""The results of many calls as a command writes them: rows, failures, a summary, and an exit code."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from .. import bulk
from ..argument_errors import OpenApiException
from ..bulk.results import COLUMNS, NOT_VERIFIED, STATUSES
from ..exceptions import RunInterrupted, ServiceUnavailableError
from . import exit_codes
from .errors import CommandError, in_words_of_options
from .inputs import Inputs
from .output import Output, Row, shows_progress, tell
from .session import session_of

_TEXT_COLUMNS = ("status", "md5sum", "path", "name", "isolate", "source", "message")

_OTHER_COUNTS = (NOT_VERIFIED, "skipped", "left")
"""What a summary counts besides the statuses."""

_CODES: Mapping[str, int] = {
    bulk.ResultStatus.UNTRACKED: exit_codes.NOT_TRACKED,
    bulk.ResultStatus.UNREGISTERED: exit_codes.NOT_TRACKED,
    bulk.ResultStatus.MISSING: exit_codes.NOT_TRACKED,
    bulk.ResultStatus.CHANGED: exit_codes.NOT_TRACKED,
    bulk.ResultStatus.CONFLICT: exit_codes.CONFLICT,
}
"""The exit codes of statuses, except that of what has failed, which follows from its error, and 0."""


def write_results(
    options: argparse.Namespace,
    function: Callable[..., Iterable[bulk.Result]],
    codes: Mapping[str, int] | None = None,
    **settings: Any,
) -> int:
    """Call a function of `bulk` for what the options name, write its results, and return the exit code.

    Args:
        options: those of `file_commands.add_inputs` and `file_commands.add_results`.
        function: the function.
        codes: the exit codes of further statuses.
        settings: arguments of the function, besides those that all have.

    Raises:
        OpenApiException: there are no inputs, a setting is invalid, or the run has ended early.
    """

    def results() -> Iterator[bulk.Result]:
        common = {"max_workers": options.jobs, "patience": session.patience, "progress": shows_progress()}
        yield from function(session.api_client, inputs.items, **common, **settings)

    with session_of(options) as session:
        try:
            inputs = Inputs(options)
        except OpenApiException:
            if options.report is not None and os.path.exists(options.report):
                tell(f"the report {options.report!r} was not written, and is that of an earlier run")
            raise
        writer = _ResultWriter(options, inputs, codes or {})
        return writer.write(results())


class _ResultWriter:
    """Writes results.

    Args:
        options: those of `file_commands.add_results`.
        inputs: what the results are about.
        codes: the exit codes of further statuses.

    Raises:
        CommandError: the options are invalid, or the report cannot be written there.
    """

    def __init__(self, options: argparse.Namespace, inputs: Inputs, codes: Mapping[str, int]) -> None:
        if options.report is not None:
            from .._reports import check_report  # only where there is one

            try:
                check_report(options.report, inputs.paths())
            except OpenApiException as error:
                raise CommandError(str(error), exit_codes.USAGE) from error
        self._output = Output(options, _TEXT_COLUMNS)
        self._options = options
        self._inputs = inputs
        self._code_of_status = {**_CODES, **codes}
        self._counts: Counter[str] = Counter()
        self._codes: list[int] = []
        self._rows: list[Row] = []  # of the report

    def write(self, results: Iterable[bulk.Result]) -> int:
        """Write results as they come, and return the exit code.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed. The summary tells what was done.
            CommandError: the report cannot be written.
        """
        ending: KeyboardInterrupt | ServiceUnavailableError | None = None
        try:
            for result in results:
                self._write(result)
        except (RunInterrupted, ServiceUnavailableError) as error:
            self._write_rest(error)
            ending = error
        except KeyboardInterrupt as error:  # while a row was written
            ending = error
        self._output.end()
        self._tell_summary()
        self._write_report()
        if ending is not None:
            raise ending
        return exit_codes.worst(self._codes)

    def _write_report(self) -> None:
        """Write the report, if there is to be one.

        Raises:
            CommandError: it cannot be written.
        """
        if self._options.report is None:
            return
        from .._reports import write_report

        try:
            write_report(self._options.report, self._rows, COLUMNS, self._inputs.paths())
        except OpenApiException as error:
            raise CommandError(f"cannot write the report: {error}", exit_codes.FAILED) from error

    def _write_rest(self, error: RunInterrupted | ServiceUnavailableError) -> None:
        """Write what there is when a run has ended early: definite results, and what is left."""
        for result in error.results:
            self._write(result)
        for item in error.left:
            if isinstance(error, RunInterrupted):
                self._counts["left"] += 1
            else:
                reason = str(error).partition(":")[0]
                self._write_row(row_of(_without_result(item, f"no result: {reason}")))

    def _write(self, result: bulk.Result) -> None:
        self._codes.append(self._code_of(result))
        row = row_of(result)
        is_bad = result.status in (bulk.ResultStatus.FAILED, bulk.ResultStatus.CONFLICT)
        if is_bad and not (self._output.shows_messages and self._is_wanted(row)):
            name = row["path"] or row["name"] or row["md5sum"]
            place = f"{name} ({row['source']})" if name and row["source"] else name or row["source"] or result.item
            tell(f"{result.status}: {place}: {row['message']}")
        self._write_row(row)

    def _write_row(self, row: Row) -> None:
        self._counts[row["status"]] += 1
        self._counts[NOT_VERIFIED] += NOT_VERIFIED in (row["message"] or "")
        if self._options.report is not None:
            self._rows.append(row)
        if self._is_wanted(row):
            self._output.write_row(row)

    def _is_wanted(self, row: Row) -> bool:
        return not self._options.only or row["status"] in self._options.only

    def _code_of(self, result: bulk.Result) -> int:
        if result.error is None or result.status != bulk.ResultStatus.FAILED:
            return self._code_of_status.get(result.status, exit_codes.DONE)
        code = exit_codes.exit_code_of(result.error)
        # Without its sample, a file cannot be registered: that is a failure.
        return exit_codes.FAILED if code == exit_codes.NOT_TRACKED else code

    def _tell_summary(self) -> None:
        self._counts["skipped"] = self._inputs.skipped
        parts = [f"{self._counts[word]} {word}" for word in (*STATUSES, *_OTHER_COUNTS) if self._counts[word]]
        tell(", ".join(parts) or "nothing was done", is_error=False)


def row_of(result: bulk.Result) -> dict[str, Any]:
    """Return the values of `COLUMNS`. The message says what to do in this command."""
    row = result.as_row()
    if result.entry.path is None and isinstance(result.item, str) and row["md5sum"] is None:
        row["path"] = result.item  # a path that cannot be used
    return {**row, "message": row["message"] and in_words_of_options(row["message"])}


def _without_result(item: Any, message: str) -> bulk.Result:
    """Return the result of an item that a run has left: an entry, with a message; or the problem of a manifest."""
    entry = item if isinstance(item, bulk.Entry) else bulk.Entry()
    return bulk.Result(item, entry, bulk.ResultStatus.FAILED, message=message if item is entry else str(item))
