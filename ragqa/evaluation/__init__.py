"""Evaluation: test sets, runs, measures, controls, comparisons, reports; `service` lists the entry points."""
