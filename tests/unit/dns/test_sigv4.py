"""AWS's own example of a signed request."""

from __future__ import annotations

import calendar

from homeport.dns.providers.sigv4 import Credentials, signed

EXAMPLE = Credentials(
    key="AKIDEXAMPLE",
    secret="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    region="us-east-1",
    service="iam",
)


def test_the_example_of_the_documentation_has_its_signature() -> None:
    url = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08"
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    now = calendar.timegm((2015, 8, 30, 12, 36, 0))
    found = signed(EXAMPLE, "GET", url, headers, b"", now=now)
    assert (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    ) == found["Authorization"]
    assert EXAMPLE.secret not in str(found)
