"""Which process this is, told without a system call, which may take as long as much of a request."""

from __future__ import annotations

import os

this_process = object()
"""Another object in each process: a child of a fork has one of its own."""


def _renew() -> None:
    global this_process
    this_process = object()


if hasattr(os, "register_at_fork"):  # else there are no forks
    os.register_at_fork(after_in_child=_renew)
