"""Generators: what writes an answer sheet from a prompt."""
