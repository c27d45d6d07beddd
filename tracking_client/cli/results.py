"""The results of many calls as a command writes them: rows, failures, a summary, and an exit code."""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping

from .. import bulk
from ..bulk._tables import check_report, write_report
from ..bulk.results import COLUMNS, NOT_VERIFIED, STATUSES
from ..exceptions import RunInterrupted, ServiceUnavailableError
from . import exit_codes
from .inputs import Inputs
from .output import Output, tell

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


class ResultWriter:
    """Writes results.

    Args:
        options: those of `arguments.add_results`.
        inputs: what the results are about.
        codes: the exit codes of further statuses.

    Raises:
        CommandError: the options are invalid.
        ApiValueError, ApiFileError: the report cannot be written there.
    """

    def __init__(self, options: argparse.Namespace, inputs: Inputs, codes: Mapping[str, int] | None = None) -> None:
        if options.report is not None:
            check_report(options.report, inputs.paths())
        self._output = Output(options, COLUMNS, _TEXT_COLUMNS)
        self._report = options.report
        self._only = options.only
        self._inputs = inputs
        self._code_of_status = {**_CODES, **(codes or {})}
        self._counts: Counter[str] = Counter()
        self._codes: list[int] = []
        self._kept: list[bulk.Result] = []

    def write(self, results: Iterable[bulk.Result]) -> int:
        """Write results as they come, and return the exit code.

        Raises:
            RunInterrupted: Ctrl-C was pressed. The summary tells what was done.
        """
        ending: RunInterrupted | None = None
        try:
            for result in itertools.chain(self._inputs.unusable, results):
                self._write(result)
        except ServiceUnavailableError as error:
            self._write_rest(error)
            self._codes.append(exit_codes.exit_code_of(error))
            tell(str(error))
        except RunInterrupted as error:
            self._write_rest(error)
            ending = error
        self._output.end()
        self._tell_summary()
        if self._report is not None:
            write_report(self._report, [result.as_row() for result in self._kept], COLUMNS, self._inputs.paths())
        if ending is not None:
            raise ending
        return exit_codes.worst(self._codes)

    def _write_rest(self, error: RunInterrupted | ServiceUnavailableError) -> None:
        """Write what there is when a run has ended early: definite results, and what is left."""
        for result in error.results:
            self._write(result)
        for entry in error.left:
            if isinstance(error, RunInterrupted):
                self._counts["left"] += 1
            else:
                self._write_row(bulk.Result(entry, entry, bulk.ResultStatus.FAILED, message="no result"))

    def _write(self, result: bulk.Result) -> None:
        self._codes.append(self._code_of(result))
        is_bad = result.status in (bulk.ResultStatus.FAILED, bulk.ResultStatus.CONFLICT)
        if is_bad and not (self._output.shows_messages and self._is_wanted(result)):
            row = result.as_row()
            tell(f"{result.status}: {row['source'] or row['path'] or row['md5sum'] or result.item}: {row['message']}")
        self._write_row(result)

    def _write_row(self, result: bulk.Result) -> None:
        self._counts[result.status] += 1
        self._counts[NOT_VERIFIED] += NOT_VERIFIED in (result.message or "")
        if self._report is not None:
            self._kept.append(result)
        if self._is_wanted(result):
            self._output.write_row(result.as_row())

    def _is_wanted(self, result: bulk.Result) -> bool:
        return not self._only or result.status in self._only

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
