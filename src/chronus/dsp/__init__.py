"""What a module is made of: lanes, their mathematics, declarations, and the kernels that these become."""
