"""What of the registry can go, and what never does."""

from __future__ import annotations

from collections.abc import Mapping

from homeport.model.names import attached
from homeport.registry.manifests import Child, Manifest
from homeport.registry.retention import YOUNG, Garbage, Held, garbage

NOW, OLD = 1_000_000.0, 1_000_000.0 - 2 * YOUNG


def digest(name: str) -> str:
    """A digest that one can tell from others."""
    return f"sha256:{name.encode().hex():0<64}"[:71]


def image(*layers: str) -> Manifest:
    return Manifest(media_type="m", config=digest("c"), blobs=tuple(map(digest, layers)))


def index(*children: str) -> Manifest:
    kids = tuple(Child(digest=digest(c), media_type="m", size=1) for c in children)
    return Manifest(media_type="i", children=kids)


def held(
    tags: Mapping[str, str],
    manifests: Mapping[str, Manifest],
    *,
    at: float = OLD,
    layers_at: float = OLD,
    more_layers: tuple[str, ...] = (),
) -> Held:
    blobs = {b for m in manifests.values() for b in m.blobs} | set(map(digest, more_layers))
    return Held(
        tags={tag: digest(name) for tag, name in tags.items()},
        tagged_at=dict.fromkeys(tags, at),
        manifests={digest(name): manifest for name, manifest in manifests.items()},
        came_at={digest(name): at for name in manifests},
        layers=dict.fromkeys(blobs, layers_at),
    )


def found(
    repositories: Mapping[str, Held], *superseded: str, at: float = OLD, keep: float = YOUNG
) -> Garbage:
    blobs = {d for h in repositories.values() for d in (*h.manifests, *h.layers)}
    replaced = set(map(digest, superseded))
    return garbage(repositories, dict.fromkeys(blobs, at), superseded=replaced, now=NOW, keep=keep)


def test_what_a_tag_names_stays_with_all_its_children() -> None:
    repository = held(
        {"latest": "whole"}, {"whole": index("a", "b"), "a": image("1"), "b": image("1", "2")}
    )
    assert not found({"blog": repository})


def test_what_no_tag_names_goes_with_what_is_its_alone() -> None:
    repository = held({"latest": "new"}, {"new": image("1", "2"), "old": image("1", "0")})
    gone = found({"blog": repository})
    assert gone.manifests == (("blog", digest("old")),)
    assert gone.layers == (("blog", digest("0")),)
    assert set(gone.blobs) == {digest("old"), digest("0")}


def test_a_layer_that_another_repository_has_is_kept() -> None:
    one = held({}, {"old": image("1", "2")})
    other = held({"latest": "x"}, {"x": image("2")})
    assert set(found({"blog": one, "shop": other}).blobs) == {digest("old"), digest("1")}


def test_what_is_young_stays_for_its_tag_may_be_on_its_way() -> None:
    assert not found({"blog": held({}, {"child": image("1")}, at=NOW - 60)}, at=NOW - 60)


def test_a_layer_that_was_just_pushed_waits_for_its_manifest() -> None:
    repository = held({}, {}, more_layers=("1",), layers_at=NOW - 60)
    assert not found({"blog": repository}, at=NOW - 60)
    # It was stored long ago, and was linked just now: a client was told that it is there.
    assert not found({"blog": repository}, at=OLD)
    assert found({"blog": held({}, {}, more_layers=("1",))}).blobs == (digest("1"),)


def test_what_no_tag_names_stays_for_as_long_as_is_asked() -> None:
    """A CI pushes by digest, and names its index when the last machine is done."""
    repository = held({}, {"child": image("1")}, more_layers=("2",))
    assert not found({"blog": repository}, keep=2 * YOUNG + 1)
    gone = found({"blog": repository}, keep=2 * YOUNG)
    assert {digest("child"), digest("1"), digest("2")} == set(gone.blobs)


def test_what_homeport_replaced_goes_at_once_with_what_is_attached_to_it() -> None:
    sbom = Manifest(media_type="m", blobs=(digest("s"),), subject=digest("old"))
    manifests = {
        "new": index("a"),
        "a": image("1"),
        "old": index("b"),
        "b": image("0"),
        "sbom": sbom,
        "beside": index("sbom"),
    }
    tags = {"latest": "new", attached(digest("old")): "beside"}
    repository = held(tags, manifests, at=NOW - 60, layers_at=NOW - 60)
    gone = found({"blog": repository}, "old", at=NOW - 60)
    assert {d for _, d in gone.manifests} == {digest(n) for n in ("old", "b", "sbom", "beside")}
    assert gone.tags == (("blog", attached(digest("old"))),)
    assert digest("1") not in gone.blobs


def test_what_a_tag_names_stays_although_it_was_replaced_elsewhere() -> None:
    repository = held({"v1": "old", "latest": "new"}, {"old": image("0"), "new": image("1")})
    assert not found({"blog": repository}, "old")


def test_what_is_attached_to_a_kept_image_stays() -> None:
    sbom = Manifest(media_type="m", blobs=(digest("s"),), subject=digest("new"))
    tags = {"latest": "new", attached(digest("new")): "beside"}
    manifests = {"new": image("1"), "sbom": sbom, "beside": index("sbom")}
    assert not found({"blog": held(tags, manifests)})


def test_a_signature_stays_with_what_it_signs_and_goes_with_it() -> None:
    """cosign's tags end with .sig, .att and .sbom; what is attached may be signed, too."""
    sbom = Manifest(media_type="m", blobs=(digest("s"),), subject=digest("new"))
    tags = {
        "latest": "new",
        f"{attached(digest('new'))}.sig": "signature",
        attached(digest("new")): "beside",
        f"{attached(digest('sbom'))}.sig": "signed",
    }
    manifests = {
        "new": image("1"),
        "signature": image("2"),
        "sbom": sbom,
        "beside": index("sbom"),
        "signed": image("3"),
    }
    assert not found({"blog": held(tags, manifests)})
    del tags["latest"]
    gone = found({"blog": held(tags, manifests)}, "new")
    assert {tag for _, tag in gone.tags} == tags.keys()
    assert {d for _, d in gone.manifests} == {digest(name) for name in manifests}


def test_a_signature_that_comes_before_its_image_waits_for_it() -> None:
    tags = {f"{attached(digest('later'))}.sig": "signature"}
    repository = held(tags, {"signature": image("2")}, at=NOW - 60, layers_at=NOW - 60)
    assert not found({"blog": repository}, at=NOW - 60)
    assert found({"blog": held(tags, {"signature": image("2")})}).tags


def test_tags_of_a_build_that_never_ended_go_in_the_end() -> None:
    repository = held({"homeport-staged-7-arm64": "x"}, {"x": image("1")})
    assert not found({"blog": repository}).tags
    left = held({"homeport-staged-7-arm64": "x"}, {"x": image("1")}, at=NOW - 7 * 3600)
    gone = found({"blog": left})
    assert gone.tags == (("blog", "homeport-staged-7-arm64"),)
    assert gone.manifests == (("blog", digest("x")),)
