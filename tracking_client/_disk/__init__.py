"""Files on disk: what they contain, their md5sums, and a cache of them."""
