"""HTTP: git, the API, and later the pages."""
