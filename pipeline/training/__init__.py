"""Learn and judge."""
