"""Links: what documents point at, whether it is there, and whether it is what they say."""
