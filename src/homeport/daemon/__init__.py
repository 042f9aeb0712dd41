"""The daemon: composes the rooms, and keeps their loops running."""
