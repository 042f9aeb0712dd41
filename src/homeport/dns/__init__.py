"""Names that lead to this box: which records there should be, and who is asked to make them."""
