"""What brings sounds together."""
