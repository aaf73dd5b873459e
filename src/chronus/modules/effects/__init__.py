"""What changes a sound that is there already."""
