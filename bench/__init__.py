"""Benchmarks: what a build costs, on generated publications. Not part of the package."""
