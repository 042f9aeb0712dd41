"""What is done to a commit before it may go on: its tests."""
