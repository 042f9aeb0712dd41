"""NAT-PMP and PCP: what the router is asked, and what it answers. Pure.

Sources: RFC 6886, 3.2 (NAT-PMP); RFC 6887, 7 and 11 (PCP). PCP has no question for the address
alone: 11.6 says to map the discard port for a moment.
"""

from __future__ import annotations

import struct
from ipaddress import IPv6Address, ip_address

PORT = 5351
LARGEST = 1100  # bytes of a PCP message
NONCE = 12  # bytes
_NAT_PMP_ANSWER = struct.Struct("!BBHI4s")  # version, operation, result, epoch, address
_PCP_HEADER = struct.Struct("!BBHI16s")  # version, operation, reserved, lifetime, our address
_PCP_MAP = struct.Struct("!12sB3xHH16s")  # nonce, protocol, internal port, external port, address
_PCP_ANSWER = struct.Struct("!BBBBII12x")  # version, operation, reserved, result, lifetime, epoch
_MAP, _ANSWER, _UDP, _DISCARD = 1, 0x80, 17, 9
_SECONDS = 10  # for which the discard port is mapped

NAT_PMP_QUESTION = b"\x00\x00"


def nat_pmp_answer(data: bytes) -> str:
    """The router's outer address; "" where that is no answer, or it does not know yet."""
    if len(data) < _NAT_PMP_ANSWER.size:
        return ""
    version, operation, result, _, address = _NAT_PMP_ANSWER.unpack_from(data)
    return str(ip_address(address)) if (version, operation, result) == (0, _ANSWER, 0) else ""


def pcp_question(nonce: bytes, ours: str) -> bytes:
    """Maps the discard port for a moment, which tells the outer address.

    Args:
        nonce: 12 bytes of chance, by which the answer is known.
        ours: the address from which it is sent.
    """
    mapped = IPv6Address(f"::ffff:{ours}").packed
    header = _PCP_HEADER.pack(2, _MAP, 0, _SECONDS, mapped)
    any_address = IPv6Address("::ffff:0.0.0.0").packed
    return header + _PCP_MAP.pack(nonce, _UDP, _DISCARD, 0, any_address)


def pcp_answer(data: bytes, nonce: bytes) -> str:
    """The router's outer address; "" where that is no answer to the question with this nonce."""
    if len(data) < _PCP_ANSWER.size + _PCP_MAP.size:
        return ""
    version, operation, _, result, _, _ = _PCP_ANSWER.unpack_from(data)
    said, _, _, _, address = _PCP_MAP.unpack_from(data, _PCP_ANSWER.size)
    if (version, operation, result, said) != (2, _ANSWER | _MAP, 0, nonce):
        return ""
    mapped = IPv6Address(address).ipv4_mapped
    return str(mapped or IPv6Address(address))
