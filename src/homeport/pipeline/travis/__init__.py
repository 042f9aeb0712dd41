"""`.travis.yml` as it stands: from a file's text to the jobs of a run. Pure.

The order in which a file is read: `load` (YAML to a tree with positions), `normalise` (aliases,
typos and types, by `schema`), `expand` (the matrix), `stages`, `failures`; `plan` joins them.
"""
