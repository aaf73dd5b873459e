"""What moves other modules: slow waves, steps, comparisons, arithmetic."""
