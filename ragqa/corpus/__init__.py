"""The corpus: its store, the passages cut from it, and the formats it is imported from."""
