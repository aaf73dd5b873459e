"""What shows that the promises hold: injures engines, measures them, compares. Looks into everything and is used by nothing."""
