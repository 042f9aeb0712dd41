"""`.travis.yml` as it stands: from a file's text to the jobs of a run. Pure.

The order in which a file is read: `load` (YAML to a tree with positions), `normalise` (aliases,
typos and types, by `schema`), `expand` (the matrix), `stages`, `failures`; `plan` joins them.
"""

from homeport.pipeline.travis.branches import builds, skips
from homeport.pipeline.travis.defaults import commands
from homeport.pipeline.travis.load import MAX_BYTES
from homeport.pipeline.travis.messages import Level
from homeport.pipeline.travis.model import Config, Event, EventType, Job
from homeport.pipeline.travis.plan import plan

__all__ = [
    "MAX_BYTES",
    "Config",
    "Event",
    "EventType",
    "Job",
    "Level",
    "builds",
    "commands",
    "plan",
    "skips",
]
