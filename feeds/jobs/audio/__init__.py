"""Audio: what a publication knows of its recordings, and the files that are made of them."""
