"""What the kernel says of addresses: rtnetlink(7), decoded. Pure.

Source: linux/netlink.h, linux/rtnetlink.h, linux/if_addr.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_ADDRESS = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, index of the interface
_ATTRIBUTE = struct.Struct("=HH")  # length, type
_CACHE = struct.Struct("=II")  # preferred, valid: seconds
_NEW, _DEL, _GET = 20, 21, 22  # RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR
_DONE = 3  # NLMSG_DONE
_IFA_ADDRESS, _IFA_LOCAL, _IFA_CACHEINFO, _IFA_FLAGS = 1, 2, 6, 8
_REQUEST_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_LENGTHS = {2: 4, 10: 16}  # AF_INET, AF_INET6: bytes of an address

TEMPORARY = 0x01  # IFA_F_TEMPORARY; of an IPv4 address: IFA_F_SECONDARY, which harms nobody
_OPTIMISTIC, _DUPLICATE, _DEPRECATED, _TENTATIVE = 0x04, 0x08, 0x20, 0x40
_PERMANENT, _MANAGES_TEMPORARY, _STABLE_PRIVACY = 0x80, 0x100, 0x800
FOREVER = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One address of one interface."""

    index: int  # of the interface
    address: str
    prefix: int  # bits
    flags: int
    preferred: int = FOREVER  # seconds for which it is to be preferred; FOREVER: no end

    @property
    def temporary(self) -> bool:
        """Whether it is one that privacy extensions made, to be replaced in a day."""
        return ":" in self.address and bool(self.flags & TEMPORARY)

    @property
    def deprecated(self) -> bool:
        """Whether it goes away: no new connection is to use it."""
        return bool(self.flags & _DEPRECATED)

    @property
    def tentative(self) -> bool:
        """Whether it is not sure yet that nobody else has it, or it is sure that somebody has."""
        unsure = bool(self.flags & _TENTATIVE) and not self.flags & _OPTIMISTIC
        return unsure or bool(self.flags & _DUPLICATE)

    @property
    def stable(self) -> bool:
        """Whether it is made to stay: set by hand, or the one beside temporary ones."""
        return bool(self.flags & (_PERMANENT | _MANAGES_TEMPORARY | _STABLE_PRIVACY))


def question(sequence: int) -> bytes:
    """Asks for all addresses of all interfaces."""
    body = _ADDRESS.pack(0, 0, 0, 0, 0)
    return _HEADER.pack(_HEADER.size + len(body), _GET, _REQUEST_DUMP, sequence, 0) + body


def is_change(data: bytes) -> bool:
    """Whether a datagram tells of an address that came, went, or is another one now.

    Link-local ones, of which each container's start makes some, are of no interest.
    """
    told = (_heard(body) for kind, _, body in _messages(data) if kind in (_NEW, _DEL))
    return any(one is not None and not one.address.startswith("fe80:") for one in told)


def answered(data: bytes, sequence: int) -> tuple[list[Heard], bool]:
    """The addresses in a datagram that answers `question(sequence)`, and whether it is the last."""
    found = list(_messages(data))
    heard = [_heard(body) for kind, number, body in found if kind == _NEW and number == sequence]
    done = any(kind == _DONE and number == sequence for kind, number, _ in found)
    return [one for one in heard if one], done


def _messages(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Type, sequence number and body of each; what is cut short is left out."""
    while len(data) >= _HEADER.size:
        length, kind, _, sequence, _ = _HEADER.unpack_from(data)
        if not _HEADER.size <= length <= len(data):
            return
        yield kind, sequence, data[_HEADER.size : length]
        data = data[_aligned(length) :]


def _heard(body: bytes) -> Heard | None:
    if len(body) < _ADDRESS.size:
        return None
    family, prefix, flags, _, index = _ADDRESS.unpack_from(body)
    attributes = dict(_attributes(body[_ADDRESS.size :]))
    # Of a point-to-point link IFA_ADDRESS is the other end's.
    raw = attributes.get(_IFA_LOCAL) or attributes.get(_IFA_ADDRESS) or b""
    if len(raw) != _LENGTHS.get(family):
        return None
    if len(more := attributes.get(_IFA_FLAGS, b"")) == 4:
        flags = int(struct.unpack("=I", more)[0])
    cache = attributes.get(_IFA_CACHEINFO, b"")
    preferred = _CACHE.unpack_from(cache)[0] if len(cache) >= _CACHE.size else FOREVER
    address = str(ip_address(raw))
    return Heard(index=index, address=address, prefix=prefix, flags=flags, preferred=preferred)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(data)
        if not _ATTRIBUTE.size <= length <= len(data):
            return
        yield kind, data[_ATTRIBUTE.size : length]
        data = data[_aligned(length) :]


def _aligned(length: int) -> int:
    return (length + 3) & ~3
