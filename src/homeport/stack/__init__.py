"""docker-compose's room: what a stack should be, what is there, and the steps between the two."""
