"""Everything that happens, as typed events.

`record(event)` is the only way a status changes. The lines of a push, the CLI, the dashboard and
the audit log are renderings of these. An event carries names and numbers, never a secret, and
never output: output is a log. They are stored and sent as JSON, so they are Structs, not
dataclasses; forty of those would also cost each command 10 ms to define.
"""

from __future__ import annotations

from homeport.events.apps import (
    AppChanged,
    AppCreated,
    AppRemoved,
    HookMade,
    HookRefused,
    KeyAdded,
    KeyRemoved,
    RemoteBack,
    RemoteLost,
    RemoteMoved,
    SecretChanged,
    StatusLost,
    TokenCreated,
    TokenRevoked,
)
from homeport.events.base import Event, Record, Recorded
from homeport.events.box import (
    DaemonStarted,
    DaemonStopped,
    EngineBack,
    EngineLost,
    LoopFailed,
    NotifyLost,
    NotifyTried,
)
from homeport.events.deploys import (
    ActionDone,
    ActionFailed,
    ActionStarted,
    DeploymentFinished,
    DeploymentStarted,
    ReleaseMade,
    TakenBack,
    WentLive,
)
from homeport.events.images import (
    BaseMoved,
    BuildFinished,
    BuildQueued,
    BuildStarted,
    DiskFreed,
    DiskShort,
    ImageBuilt,
    ImagePushed,
)
from homeport.events.names import (
    AddressChanged,
    AddressUnknown,
    CertificateFailed,
    CertificateIssued,
    CertificateOrdered,
    CertificateRevoked,
    ContainerRestarted,
    HttpsLive,
    RecordChanged,
    RecordFailed,
    RecordLate,
    RecordLive,
    RecordMade,
    RecordRemoved,
    VariableIgnored,
    ZonesRead,
    ZonesRefused,
)
from homeport.events.proxy import (
    CertificateRefused,
    ProxyRefused,
    RouteGone,
    RouteLive,
    RouteRefused,
)
from homeport.events.runs import (
    JobFinished,
    JobStarted,
    RunApproved,
    RunFinished,
    RunQueued,
    RunStarted,
    StageFinished,
    StageStarted,
    Warned,
)

__all__ = [
    "KINDS",
    "ActionDone",
    "ActionFailed",
    "ActionStarted",
    "AddressChanged",
    "AddressUnknown",
    "AppChanged",
    "AppCreated",
    "AppRemoved",
    "BaseMoved",
    "BuildFinished",
    "BuildQueued",
    "BuildStarted",
    "CertificateFailed",
    "CertificateIssued",
    "CertificateOrdered",
    "CertificateRefused",
    "CertificateRevoked",
    "ContainerRestarted",
    "DaemonStarted",
    "DaemonStopped",
    "DeploymentFinished",
    "DeploymentStarted",
    "DiskFreed",
    "DiskShort",
    "EngineBack",
    "EngineLost",
    "Event",
    "HookMade",
    "HookRefused",
    "HttpsLive",
    "ImageBuilt",
    "ImagePushed",
    "JobFinished",
    "JobStarted",
    "KeyAdded",
    "KeyRemoved",
    "LoopFailed",
    "NotifyLost",
    "NotifyTried",
    "ProxyRefused",
    "Record",
    "RecordChanged",
    "RecordFailed",
    "RecordLate",
    "RecordLive",
    "RecordMade",
    "RecordRemoved",
    "Recorded",
    "ReleaseMade",
    "RemoteBack",
    "RemoteLost",
    "RemoteMoved",
    "RouteGone",
    "RouteLive",
    "RouteRefused",
    "RunApproved",
    "RunFinished",
    "RunQueued",
    "RunStarted",
    "SecretChanged",
    "StageFinished",
    "StageStarted",
    "StatusLost",
    "TakenBack",
    "TokenCreated",
    "TokenRevoked",
    "VariableIgnored",
    "Warned",
    "WentLive",
    "ZonesRead",
    "ZonesRefused",
]


def _subclasses(kind: type[Event]) -> dict[str, type[Event]]:
    return {sub.__name__: sub for sub in kind.__subclasses__()}


KINDS: dict[str, type[Event]] = _subclasses(Event)
