"""Protocols, one at a time: requests as data, and what an answer says of each host. Pure."""
