"""The outside world. Edges fulfil the jobs' Protocols and know no job."""
