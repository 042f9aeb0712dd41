"""An image from a Dockerfile, by BuildKit."""
