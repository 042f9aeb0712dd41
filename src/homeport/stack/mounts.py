"""Volumes, bind mounts, tmpfs, secrets and configs, in the Engine's terms. Pure.

Source: docker/compose v2, pkg/compose/create.go (buildContainerVolumes).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from homeport.errors import FileFault
from homeport.model.stack import GivenFile

Model = Mapping[str, Any]


class Mounts(msgspec.Struct, frozen=True, kw_only=True):
    """What a container mounts; `writable` are the mounts that are state, for people."""

    binds: list[str] = msgspec.field(default_factory=list)
    mounts: list[dict[str, Any]] = msgspec.field(default_factory=list)
    writable: tuple[str, ...] = ()
    files: tuple[GivenFile, ...] = ()  # secrets and configs that are no files of the host


def mounts_of(service: Model, model: Model, where: str) -> Mounts:
    """Everything that a service mounts.

    Raises:
        FileFault: something that the Engine cannot do by itself, such as an external secret.
    """
    found = Mounts()
    writable = []
    for volume in service.get("volumes") or ():
        if not volume.get("read_only") and volume["type"] in ("volume", "bind"):
            writable.append(_name(volume))
        _add(found, volume, model)
    files = []
    for kind in ("secrets", "configs"):
        for wanted in service.get(kind) or ():
            given = (model.get(kind) or {}).get(wanted["source"]) or {}
            if "content" in given:
                files.append(_given(kind, wanted, given))
            else:
                found.mounts.append(_file(kind, wanted, given, where))
    return Mounts(
        binds=found.binds, mounts=found.mounts, writable=tuple(writable), files=tuple(files)
    )


def mounted_in(mounts: Mounts, digests: Mapping[str, str]) -> dict[str, str]:
    """Those of the files of the machine with a digest that are mounted here."""
    sources = [bind.split(":")[0] for bind in mounts.binds]
    sources += [str(mount.get("Source") or "") for mount in mounts.mounts]
    return {path: digests[path] for path in sorted(set(sources)) if path in digests}


def _name(volume: Model) -> str:
    return f"{volume['type']} {volume.get('source') or volume['target']}"


def _add(found: Mounts, volume: Model, model: Model) -> None:
    kind, source = volume["type"], str(volume.get("source") or "")
    if kind == "bind" and (volume.get("bind") or {}).get("create_host_path"):
        found.binds.append(_bind(source, volume))
    elif kind == "volume" and source and not _special(volume):
        named = (model.get("volumes") or {}).get(source) or {}
        found.binds.append(_bind(named.get("name", source), volume))
    else:
        found.mounts.append(_mount(volume, model))


def _special(volume: Model) -> bool:
    return bool((volume.get("volume") or {}).get("subpath"))


def _bind(source: str, volume: Model) -> str:
    """`source:target:mode`: unlike a mount, it makes a source that is not there."""
    options = ["ro" if volume.get("read_only") else "rw"]
    bind = volume.get("bind") or {}
    options += [str(bind[key]) for key in ("selinux", "propagation") if bind.get(key)]
    if (volume.get("volume") or {}).get("nocopy"):
        options.append("nocopy")
    return f"{source}:{volume['target']}:{','.join(options)}"


def _mount(volume: Model, model: Model) -> dict[str, Any]:
    kind, source = volume["type"], volume.get("source", "")
    mount: dict[str, Any] = {"Type": kind, "Target": volume["target"]}
    if kind == "volume" and source:
        source = ((model.get("volumes") or {}).get(source) or {}).get("name", source)
    if source:
        mount["Source"] = source
    if volume.get("read_only"):
        mount["ReadOnly"] = True
    if volume.get("consistency"):
        mount["Consistency"] = volume["consistency"]
    return {**mount, **_options(kind, volume)}


def _options(kind: str, volume: Model) -> dict[str, Any]:
    given = volume.get(kind) or {}
    if kind == "bind" and given.get("propagation"):
        return {"BindOptions": {"Propagation": given["propagation"]}}
    if kind == "volume" and given:
        options = {"NoCopy": bool(given.get("nocopy"))}
        return {"VolumeOptions": options | _subpath(given)}
    if kind == "tmpfs" and given:
        sizes = {"SizeBytes": int(given["size"])} if given.get("size") else {}
        modes = {"Mode": int(given["mode"])} if given.get("mode") else {}
        return {"TmpfsOptions": sizes | modes}
    return {}


def _subpath(given: Model) -> dict[str, Any]:
    return {"Subpath": given["subpath"]} if given.get("subpath") else {}


def _given(kind: str, wanted: Model, given: Model) -> GivenFile:
    """One whose content is known: it is written into the container, as Compose does it."""
    return GivenFile(
        path=_target(kind, wanted),
        content=str(given["content"]),
        mode=_mode(wanted.get("mode")),
        uid=int(wanted.get("uid") or 0),
        gid=int(wanted.get("gid") or 0),
    )


def _mode(value: object) -> int:
    """A mode as a number, or in octal digits; Compose's default is 0444."""
    if value is None:
        return 0o444
    return int(value, 8) if isinstance(value, str) else int(str(value))


def _file(kind: str, wanted: Model, given: Model, where: str) -> dict[str, Any]:
    """A secret or a config that is a file of the host is mounted read-only, as Compose does it."""
    if not given.get("file"):
        one = kind.removesuffix("s")
        name = wanted["source"]
        said = f"{one} {name} is not a file of the repository"
        hint = f"give {one} {name} a `file:`; `external` is Swarm's"
        raise FileFault(said, file="compose", field=f"{where}.{kind}", hint=hint)
    return {
        "Type": "bind",
        "Source": given["file"],
        "Target": _target(kind, wanted),
        "ReadOnly": True,
    }


def _target(kind: str, wanted: Model) -> str:
    target = str(wanted.get("target") or wanted["source"])
    folder = "/run/secrets/" if kind == "secrets" else "/"
    return target if target.startswith("/") else folder + target
