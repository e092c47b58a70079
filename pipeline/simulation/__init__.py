"""A made-up business whose truth is known: written as files like a user's own, read by nothing but a source and a command."""
