"""TLS at the proxy: which certificate a host has, by which rules, and what nginx is given of it."""
