"""git: receiving a push, and checking out what was pushed."""
