"""What a container asks of the proxy: nginx-proxy's variables and labels, typed. Pure.

`read_wish` parses every value into what it has to be, or refuses with the name of the variable and
the reason: where a compose file is read, and again where a container is routed. What is in a Wish
cannot end a token of nginx's; a regular expression has to be quoted (`proxy.quote`).
"""

from __future__ import annotations

from homeport.model.wish.kinds import (
    SSL_POLICIES,
    AcmeChallenge,
    Balance,
    HttpsMethod,
    LoadBalance,
    NetworkAccess,
    Protocol,
    Refused,
    ServerTokens,
    VerifyClient,
)
from homeport.model.wish.options import KEEPALIVE_AUTO, Options, unknown_labels
from homeport.model.wish.places import MOST_HOSTS, Place, is_regex
from homeport.model.wish.read import Wish, asks, only_port, read_wish

__all__ = [
    "KEEPALIVE_AUTO",
    "MOST_HOSTS",
    "SSL_POLICIES",
    "AcmeChallenge",
    "Balance",
    "HttpsMethod",
    "LoadBalance",
    "NetworkAccess",
    "Options",
    "Place",
    "Protocol",
    "Refused",
    "ServerTokens",
    "VerifyClient",
    "Wish",
    "asks",
    "is_regex",
    "only_port",
    "read_wish",
    "unknown_labels",
]
