"""What is struck: drums, each made by one formula."""
