"""Where the embedded service stores its data."""
