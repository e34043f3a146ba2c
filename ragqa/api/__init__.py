"""The HTTP interface: ask, maintain the corpus, evaluate; errors as problem+json (RFC 9457)."""
