"""What acts on the world outside DVC, or only looks: one module a command."""
