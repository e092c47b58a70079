"""The model as one thing: what it learned, and how it adds up."""
