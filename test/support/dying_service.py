"""Run an embedded service that kills its process when a file is registered: the file is stored, the response is lost.

    python dying_service.py DATABASE N

The N-th POST of a file is the one. The base URL is printed first.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from tracking_client.service import TrackingService
from tracking_client.service.server import serving


class DyingService(TrackingService):
    def __init__(self, database: str, posts: int) -> None:
        super().__init__(database)
        self._posts = posts
        self._lock = threading.Lock()

    def __call__(self, environ, start_response):
        with self._lock:
            response = super().__call__(environ, start_response)
            if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].endswith("/files"):
                self._posts -= 1
                if self._posts == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return response


if __name__ == "__main__":
    with serving(DyingService(sys.argv[1], int(sys.argv[2]))) as host:
        print(host, flush=True)
        threading.Event().wait()
