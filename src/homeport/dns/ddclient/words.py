"""What may stand in ddclient.conf: the keywords of all protocols, with their defaults. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from homeport.dns.ddclient.keywords import DAY, MINUTE, Keyword, Kind

_T, _B, _S, _I, _D = Kind.TEXT, Kind.BOOL, Kind.SOME, Kind.INTERFACE, Kind.DELAY

# Those that a line without a host sets for all, and that the command line has, too.
GLOBALS: Mapping[str, Keyword] = {
    "daemon": Keyword(_D, None, least=MINUTE),
    "foreground": Keyword(_B, "0"),
    "file": Keyword(_S, "/etc/ddclient.conf"),
    "cache": Keyword(_S, "/var/cache/ddclient/ddclient.cache"),
    "pid": Keyword(_S, ""),
    "proxy": Keyword(Kind.FQDNP),
    "protocol": Keyword(Kind.PROTOCOL, "dyndns2"),
    "use": Keyword(Kind.USE, "ip"),
    "usev4": Keyword(Kind.USEV4, "disabled"),
    "usev6": Keyword(Kind.USEV6, "disabled"),
    "ip": Keyword(Kind.IP),
    "ipv4": Keyword(Kind.IPV4),
    "ipv6": Keyword(Kind.IPV6),
    "if": Keyword(_I, "ppp0"),
    "ifv4": Keyword(_I, "default"),
    "ifv6": Keyword(_I, "default"),
    "web": Keyword(_T, "dyndns"),
    "webv4": Keyword(_T, "googledomains"),
    "webv6": Keyword(_T, "googledomains"),
    "fw": Keyword(_T, ""),
    "fwv4": Keyword(_T, ""),
    "fwv6": Keyword(_T, ""),
    "fw-login": Keyword(_S, "", required=True),
    "fw-password": Keyword(_T, "", required=True),
    "cmd": Keyword(_S, ""),
    "cmdv4": Keyword(_S, ""),
    "cmdv6": Keyword(_S, ""),
    **{
        f"{use}-skip": Keyword(_T, "", required=True)
        for use in ("web", "webv4", "webv6", "fw", "fwv4", "fwv6", "cmd")
    },
    "timeout": Keyword(_D, "120", least=120),
    "facility": Keyword(_T, "daemon"),
    "priority": Keyword(_T, "notice"),
    "mail": Keyword(_T, ""),
    "mail-failure": Keyword(_T, ""),
    "max-warn": Keyword(Kind.NUMBER, "1"),
    "exec": Keyword(_B, "1"),
    **{
        switch: Keyword(_B, "0")
        for switch in (
            *("retry", "force", "ssl", "curl", "syslog", "debug", "verbose", "quiet"),
            *("help", "test"),
        )
    },
    "geturl": Keyword(_T, ""),
    "postscript": Keyword(_T, ""),
    "ssl_ca_dir": Keyword(_S),
    "ssl_ca_file": Keyword(_S),
}

# What every host has, unless its protocol says otherwise.
COMMON: Mapping[str, Keyword] = {
    "server": Keyword(Kind.FQDNP, "members.dyndns.org", required=True),
    "login": Keyword(_S, "", required=True),
    "password": Keyword(_T, "", required=True),
    "host": Keyword(_T, "", required=True, cached=True),
    "use": Keyword(Kind.USE, "ip"),
    "if": Keyword(_I, "ppp0"),
    "web": Keyword(_T, "dyndns"),
    "web-skip": Keyword(_T, ""),
    "web-ssl-validate": Keyword(_B, "1"),
    "fw": Keyword(_T, ""),
    "fw-skip": Keyword(_T, ""),
    "fw-login": Keyword(_S, ""),
    "fw-password": Keyword(_T, ""),
    "fw-ssl-validate": Keyword(_B, "1"),
    "cmd": Keyword(_S, ""),
    "cmd-skip": Keyword(_T, ""),
    "ip": Keyword(Kind.IP, cached=True),
    "ipv4": Keyword(Kind.IPV4, cached=True),
    "ipv6": Keyword(Kind.IPV6, cached=True),
    "wtime": Keyword(_D, "0", cached=True, least=30),
    "mtime": Keyword(Kind.NUMBER, "0", cached=True),
    "atime": Keyword(Kind.NUMBER, "0", cached=True),
    "status": Keyword(_T, "", cached=True),
    "status-ipv4": Keyword(_T, "", cached=True),
    "status-ipv6": Keyword(_T, "", cached=True),
    "min-interval": Keyword(_D, "30", least=0),
    "max-interval": Keyword(_D, str(30 * DAY), least=0),
    "min-error-interval": Keyword(_D, "300", least=0),
    "warned-min-interval": Keyword(_T, "0", cached=True),
    "warned-min-error-interval": Keyword(_T, "0", cached=True),
}

# Those of the protocols that came from DynDNS.
MAIL: Mapping[str, Keyword] = {
    "backupmx": Keyword(_B, "0", cached=True),
    "mx": Keyword(Kind.OFQDN, "", cached=True),
    "static": Keyword(_B, "0", cached=True),
    "wildcard": Keyword(_B, "0", cached=True),
}

# Those of single protocols, as a file may say them before it says which protocol.
_SINGLE: Mapping[str, Keyword] = {
    "custom": Keyword(_B),
    "script": Keyword(_T),
    "zone": Keyword(Kind.ZONE),
    "ttl": Keyword(Kind.TTL),
    "tcp": Keyword(_B),
    "dynurl": Keyword(_T),
    "quietreply": Keyword(_B),
    "min_interval": Keyword(Kind.FQDNP),
}

# Those that ddclient has not: it leaves them out, and says so.
OWN: Mapping[str, Keyword] = {
    "ipv6-suffix": Keyword(Kind.SUFFIX),
    "router": Keyword(Kind.ROUTER, "auto"),
}

# Those that came with ddclient 4.
NEW: Mapping[str, Keyword] = {
    "on-root-domain": Keyword(_B, "0"),
    "root-domain": Keyword(Kind.OFQDN),
    "apikey": Keyword(_T),
    "secretapikey": Keyword(_T),
    "use-personal-access-token": Keyword(_B, "0"),
    "ssl-validate": Keyword(_B, "1"),
    "path": Keyword(_T),
    "urlv4": Keyword(_T),
    "urlv6": Keyword(_T),
}


def known(compat: str) -> Mapping[str, Keyword]:
    """What may stand in a file."""
    return {**OWN, **_SINGLE, **MAIL, **COMMON, **GLOBALS, **(NEW if compat == "4.0" else {})}
