"""ddclient's place: its file, its flags, its cache and its requests, as they stand."""
