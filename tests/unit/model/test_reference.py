"""Names that no image can have, by the grammar of distribution/reference."""

from __future__ import annotations

import pytest

from homeport.model.reference import fault_of

SHA = "0123456789abcdef" * 4
GOOD = [
    "nginx", "nginx:1.27", "library/nginx", "docker.io/library/nginx:latest", "localhost/app",
    "localhost:5000/app", "127.0.0.1:5000/team/app:v1.0_2-rc", "[::1]:5000/app", "UPPER:5000/app",
    "Registry.Example.org/a/b/c", "a__b/c--d.e_f", "1a:2", f"nginx@sha256:{SHA}", SHA,
    f"nginx:1@sha256:{SHA}", f"a@sha512:{SHA}{SHA}", f"sha256:{SHA}", "x:" + "t" * 128, "a" * 237,
    "e.org/" + "a" * 249,
]  # fmt: skip


@pytest.mark.parametrize("reference", GOOD)
def test_what_an_image_can_be_named_has_no_fault(reference: str) -> None:
    assert fault_of(reference) is None


SMALL = "which an image's name has not"
DIGITS = "sha256: and 64 digits of 0-9 and a-f"
BAD = {
    "UPPER/case:x": f"'UPPER/case' has capitals, {SMALL}",
    "Nginx": f"'Nginx' has capitals, {SMALL}",
    "e.org/Team/app": f"'Team/app' has capitals, {SMALL}",
    "a b": "'a b' is no name of an image",
    "..": "'..' is no name of an image",
    "": "'' is no name of an image",
    ":1": "'' is no name of an image",
    "/a": "'/a' is no name of an image",
    "a//b": "'a//b' is no name of an image",
    "a/": "'a/' is no name of an image",
    "a___b": "'a___b' is no name of an image",
    "-a": "'-a' is no name of an image",
    "a-": "'a-' is no name of an image",
    "ä": "'ä' is no name of an image",
    "a\n": "'a\\n' is no name of an image",
    "https://e.org/a": "'https:' is no host of a registry",
    "-e.org/a": "'-e.org' is no host of a registry",
    "e.org:port/a": "'e.org:port' is no host of a registry",
    "x@sha256:short": "'sha256:short' is no digest",
    f"x@sha256:{SHA.upper()}": None,
    f"x@md5:{SHA}": None,
    "x@": "'' is no digest",
    "x:": "'' is no tag",
    "x:.1": "'.1' is no tag",
    "x:a b": "'a b' is no tag",
    "x:ü": "'ü' is no tag",
    "a" * 300: "a name of 318 characters is too long",
    "a" * 238: "a name of 256 characters is too long",
    "e.org/" + "a" * 250: "a name of 256 characters is too long",
    "x:" + "t" * 129: None,
}


@pytest.mark.parametrize("reference", BAD)
def test_what_no_image_can_be_named_is_said(reference: str) -> None:
    found = fault_of(reference)
    assert found is not None
    assert BAD[reference] in (None, found[0])
    assert found[1]


def test_a_long_name_is_told_of_and_not_printed() -> None:
    assert ("'" + "A" * 60 + "...' has capitals, " + SMALL) == (fault_of("A" * 200) or ("",))[0]
