"""An event as a line of text: for a push, the CLI and a notification alike.

The lines are readable without colour, and never hold a secret since events never do.
"""

from __future__ import annotations

from homeport import events as e


def tell(event: e.Event) -> str:  # noqa: C901 - a table of kinds
    """Return the line that a person reads, "" where an event is of no interest to one."""
    match event:
        case e.StageStarted():
            return f"-----> {event.stage}" + (f": {event.detail}" if event.detail else "")
        case e.StageFinished():
            detail = f": {event.detail}" if event.detail else ""
            return f"       {event.stage} done in {event.seconds:.2f} s{detail}"
        case e.Warned():
            return f"       warning: {event.text}"
        case e.ActionStarted():
            return f"       #{event.number} {event.action} {event.target} ({event.why})"
        case e.ActionFailed():
            return f"       #{event.number} {event.action} {event.target} failed: {event.reason}"
        case e.WentLive():
            where = ", ".join(event.urls) or "no route"
            return f"-----> Live after {event.seconds:.2f} s: {where}"
        case e.JobStarted() | e.JobFinished():
            return _job(event)
        case e.BuildStarted() | e.ImagePushed() | e.BuildFinished():
            return _published(event)
        case e.TakenBack():
            return f"-----> Release {event.release} goes back to {event.to}: {event.reason}"
        case e.RunApproved():
            return f"-----> approved by {event.by or 'local'}"
        case e.RunFinished():
            return _finished(event)
        case _:
            return _elsewhere(event)


def _job(event: e.JobStarted | e.JobFinished) -> str:
    if isinstance(event, e.JobStarted):
        return f"-----> job {event.job}: {event.name} ({event.why})"
    why = f": {event.reason}" if event.reason else ""
    return f"       job {event.job} {event.state} after {event.seconds:.2f} s{why}"


def _published(event: e.BuildStarted | e.ImagePushed | e.BuildFinished) -> str:
    match event:
        case e.BuildStarted():
            what = f"{event.repository} for {', '.join(event.platforms)}"
            return f"-----> publish {what} as {', '.join(event.tags)}"
        case e.ImagePushed():
            return f"       {event.repository}:{event.tag} is {event.digest[:19]}"
        case e.BuildFinished():
            return _built(event)


def _built(event: e.BuildFinished) -> str:
    if event.state == "success":
        how = " (nothing had changed)" if event.reused else ""
        return f"-----> Published {event.repository} after {event.seconds:.2f} s{how}"
    if event.state == "skipped":
        return f"-----> nothing is published: {event.reason}" if event.reason else ""
    return f"-----> {event.repository} is not published ({event.state}): {event.reason}"


def _finished(event: e.RunFinished) -> str:
    if event.state in ("live", "passed"):
        why = f": {event.reason}" if event.reason else ""
        return f"=====> Run {event.run} {event.state} after {event.seconds:.2f} s{why}"
    lines = [f"=====> Run {event.run} {event.state}: {event.reason}"]
    if event.hint:
        lines.append(f"       hint: {event.hint}")
    return "\n".join(lines)


def _elsewhere(event: e.Event) -> str:
    """Lines for `homeport events`, which shows more than a push does."""
    match event:
        case e.RouteLive():
            return f"route {event.host} -> {', '.join(event.upstreams) or 'nobody'}"
        case e.RouteGone():
            return f"route {event.host} is gone"
        case e.RouteRefused():
            return f"route of {event.container} refused: {event.reason}"
        case e.ProxyRefused() | e.CertificateRefused():
            return _refused(event)
        case e.BaseMoved() | e.DiskShort():
            return _images(event)
        case e.EngineLost():
            return f"the Engine is gone: {event.reason}"
        case e.EngineBack():
            return "the Engine is back"
        case e.LoopFailed():
            return f"{event.loop} failed: {event.reason}; again in {event.again_in:g} s"
        case e.DaemonStarted():
            return f"homeport {event.version} started"
        case _:
            return _remotes(event)


def _refused(event: e.ProxyRefused | e.CertificateRefused) -> str:
    if isinstance(event, e.ProxyRefused):
        return f"nginx refused the configuration: {event.reason}"
    return f"no https by the certificate {event.name}: {event.reason}"


def _images(event: e.BaseMoved | e.DiskShort) -> str:
    match event:
        case e.BaseMoved():
            then = "it is built again" if event.rebuilds else "the next push builds on it"
            return f"{event.image} moved, which {event.app} is built from: {then}"
        case e.DiskShort():
            used, budget = event.used / 1e9, event.budget / 1e9
            return f"images take {used:.1f} GB of {budget:.1f} GB, and all are needed"


def _remotes(event: e.Event) -> str:
    match event:
        case e.RemoteMoved():
            where = f"is {event.commit[:12]} now" if event.commit else "is gone"
            return f"-----> {event.ref} of the remote {where} ({event.by})"
        case e.RemoteLost():
            return f"{event.app}: {event.reason}"
        case e.RemoteBack():
            return f"{event.app}: the remote answers again"
        case e.HookRefused():
            return f"a webhook for {event.app} was refused: {event.reason}"
        case e.HookMade():
            return f"the hook of {event.app} has a new secret"
        case e.StatusLost():
            return f"       the forge was not told: {event.reason}"
        case _:
            return _records(event)


def _records(event: e.Event) -> str:
    match event:
        case e.RecordMade():
            return f"{event.host} leads to {', '.join(event.values)}"
        case e.RecordChanged():
            return f"{event.host} leads to {', '.join(event.values)} now ({event.why})"
        case e.RecordRemoved():
            return f"{event.host} has no records any more" + (f": {event.why}" if event.why else "")
        case e.RecordLive():
            return f"{event.host} is answered by {', '.join(event.servers)} ({event.seconds:.1f} s)"
        case e.RecordLate():
            return f"{event.host} is not answered as it should be: {event.reason}"
        case e.RecordFailed():
            return f"records of {event.host or event.zone}: {event.reason}"
        case _:
            return _addresses(event)


def _addresses(event: e.Event) -> str:
    match event:
        case e.AddressChanged():
            return f"the address is {event.v4 or event.v6} now ({event.source})"
        case e.AddressUnknown():
            return f"the address is not known: {event.reason}"
        case e.ZonesRead():
            return f"{event.file} was read anew: {', '.join(event.zones) or 'no zones'}"
        case e.ZonesRefused():
            return f"{event.place}: {event.reason}; what it said before holds"
        case e.NotifyTried():
            return f"a notification was asked for by {event.by or 'local'}"
        case e.NotifyLost():
            return f"a notification did not reach address {event.number}: {event.reason}"
        case _:
            return _certificates(event)


def _certificates(event: e.Event) -> str:
    match event:
        case e.CertificateOrdered():
            return f"certificate of {_names(event.names)} is ordered ({event.why})"
        case e.CertificateIssued():
            return f"certificate of {_names(event.names)} came after {event.seconds:g} s"
        case e.CertificateFailed():
            again = f"; again in {event.again_in:.0f} s" if event.again_in else ""
            what = f"certificate of {_names(event.names)}"
            return f"{what} failed ({event.step}): {event.reason}{again}"
        case e.CertificateRevoked():
            return f"certificate of {_names(event.names)} is revoked"
        case e.VariableIgnored():
            what = f"{event.variable} of {_names(event.names)}"
            return f"{what} is not carried out: {event.reason}"
        case e.ContainerRestarted():
            how = f" could not be restarted: {event.fault}" if event.fault else " is restarted"
            return f"{event.container}{how} (its certificate is another)"
        case e.HttpsLive():
            return f"https answers at {_names(event.names)} after {event.seconds:g} s"
        case _:
            return ""


def _names(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
