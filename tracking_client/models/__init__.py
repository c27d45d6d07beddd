"""The schemas of the API."""

from .error import Error
from .file import File

__all__ = ["Error", "File"]
