"""Where recordings become audio files: ffmpeg as a subprocess, tags by mutagen, all verified."""

from feeds.edges.studio.making import make
from feeds.edges.studio.programs import Programs, find_programs
from feeds.edges.studio.shelf import Shelf, verify

__all__ = ["Programs", "Shelf", "find_programs", "make", "verify"]
