"""The command ``tracking-client``."""
