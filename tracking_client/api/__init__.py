"""The endpoints of the API, one class per resource."""

from .file_api import FileApi
from .operation import CallOptions

__all__ = ["CallOptions", "FileApi"]
