"""The endpoints of the API, a class for each resource."""

from .endpoint import CallOptions
from .file_api import FileApi

__all__ = ["CallOptions", "FileApi"]
