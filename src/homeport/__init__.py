"""homeport: continuous deployment for a box you own."""

__version__ = "0.1.0"
