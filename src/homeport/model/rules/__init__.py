"""How a route is served, beyond what nginx-proxy knows: `x-homeport.route`, typed. Pure.

Read where the compose file is, with the field that is wrong, and again from the labels
`homeport.route.*` where a container is routed. What is in Rules cannot end a token of nginx's.
"""

from __future__ import annotations

from homeport.model.rules.kinds import Canary, ForwardAuth, Rate
from homeport.model.rules.read import LABEL, Rules, read_rules, rules_of_labels
from homeport.model.rules.written import flat

__all__ = [
    "LABEL",
    "Canary",
    "ForwardAuth",
    "Rate",
    "Rules",
    "flat",
    "read_rules",
    "rules_of_labels",
]
