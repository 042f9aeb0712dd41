"""What runs stays reachable: containers lead to routes."""
