"""What is in tables: built-in ones made by formula, files of the user's, and where both are kept by what is in them."""
