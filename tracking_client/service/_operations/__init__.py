"""The operations of the embedded service: validation, processing and responses, without HTTP or WSGI."""
