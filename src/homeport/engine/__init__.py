"""The Docker Engine, its compose plugin, and processes: the only room that talks to them."""
