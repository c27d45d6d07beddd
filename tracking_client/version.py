"""The package's version, and that of the API it was written for."""

__version__ = "0.1.0"

API_VERSION = "1.0.0"
