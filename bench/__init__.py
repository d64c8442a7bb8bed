"""Every figure that the documents quote, each by one command: `python -m bench.NAME`."""
