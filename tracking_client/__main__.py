"""The command ``tracking-client``, as ``python -m tracking_client``."""

from .cli.main import main

raise SystemExit(main())
