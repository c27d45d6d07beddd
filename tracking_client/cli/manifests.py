"""Manifests that a command reads."""

from __future__ import annotations

import sys

from .. import bulk
from .output import tell


def read_manifest(path: str, root: str | None = None) -> bulk.Manifest:
    """Return the manifest at a path; ``-`` stands for standard input. Tell what is to be said about its lines."""
    manifest = bulk.read_manifest(sys.stdin.buffer if path == "-" else path, root=root)
    for note in manifest.notes:
        tell(f"{path}: {note}")
    return manifest
