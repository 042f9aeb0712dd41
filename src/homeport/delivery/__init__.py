"""A push becomes live: check out, build, release, roll out."""
