"""homeport's numbers, measured: `script/bench`, and the measurements behind its choices."""
