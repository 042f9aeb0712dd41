"""What asking a name server brings into the daemon's memory."""

from __future__ import annotations

import subprocess
import sys

_LOADED = """
import sys
import homeport.dns.authoritative, homeport.dns.apex, homeport.dns.providers.rfc2136
print(*sorted({"aioquic", "cryptography", "h2", "httpx", "ssl"} & set(sys.modules)))
"""


def test_a_name_server_is_asked_without_the_libraries_for_https_and_quic() -> None:
    """They are installed here, for other tests."""
    done = subprocess.run([sys.executable, "-c", _LOADED], check=True, capture_output=True)
    assert b"ssl" == done.stdout.strip()
