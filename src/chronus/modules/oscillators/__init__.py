"""What sounds by itself."""
