"""May this request? What a job's Docker socket lets through, and as what. Pure.

A job speaks with the Engine of the box through a socket of its own. Every name that it gives gets
the job's prefix on the way in, and loses it on the way out: jobs do not see one another, nor what
is live. What would own the host is refused, with the reason.
"""
