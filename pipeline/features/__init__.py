"""What customers had done before the as-of date."""
