"""The nouns that rooms share. Frozen, and free of any input or output."""
