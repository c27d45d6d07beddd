"""A tracking service to run beside the client: on a laptop, in a test, in a notebook.

It keeps what it is told in a SQLite file. Needs the extra ``service`` (Werkzeug); imports nothing of the client.
"""

from .application import BASE_PATH, TrackingService
from .server import running_service

__all__ = ["BASE_PATH", "TrackingService", "running_service"]
