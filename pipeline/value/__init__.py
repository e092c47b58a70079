"""What a customer is worth if kept."""
