"""The edge towards users' files: each source hands over rows of the contract's kinds."""
