"""git over SSH: nothing but pushing and fetching, with the keys of the box's own."""
