"""One module for each number of `script/bench`: `measure(quick)` gives its figures."""
