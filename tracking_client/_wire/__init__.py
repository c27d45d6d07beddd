"""What a request and a response look like as text: urls, headers, JSON. Private."""
