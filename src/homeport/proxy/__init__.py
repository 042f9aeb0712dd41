"""nginx-proxy's room: containers that want a host name, and the nginx that serves them."""
