"""Use: a probability, its reasons, and the files that carry them."""
