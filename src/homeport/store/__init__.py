"""Wishes and history: one SQLite file, and the logs beside it. What runs is never stored."""
