"""The registry of this box: who may do what, what it holds, and what is published."""
