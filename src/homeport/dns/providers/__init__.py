"""Providers, a small class each: observe() says what is there, apply() makes a change."""
