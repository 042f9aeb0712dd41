"""Certificates: who gets one, when it is renewed, and how it comes by ACME or the box's own CA."""
