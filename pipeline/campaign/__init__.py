"""Act, and learn from acting."""
