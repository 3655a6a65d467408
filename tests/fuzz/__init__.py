"""Fuzzing: damaged inputs at every door, and what was found so far (``tests/corpus/found``)."""
