"""The real yt-dlp, its YouTube extractor as it is, and a YouTube on this machine."""
