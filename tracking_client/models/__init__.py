"""The schemas of the API."""

from .error import Error
from .file import File, FileType

__all__ = ["Error", "File", "FileType"]
