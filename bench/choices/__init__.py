"""The measurements behind what homeport is built on: `script/bench choices`."""
