"""The version of the package, and of the API that it was written for."""

__version__ = "0.1.0"

API_VERSION = "1.0.0"
