"""What colours a sound."""
