"""3,039 real `.travis.yml` with the jobs that Travis makes of them."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from typing import Any

from homeport.pipeline.travis.model import Event
from homeport.pipeline.travis.plan import plan
from homeport.pipeline.travis.printed import as_data
from tests.corpus.conftest import DATA

FIELDS = ["language", "os", "arch", "stage", "name", "allow_failure", "versions", "env", "phases"]
AT_LEAST = 0.99


def configurations() -> list[dict[str, Any]]:
    """Each with `slug`, `yml`, `jobs` and `stages`."""
    with gzip.open(DATA / "travis-jobs.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


def difference(found: dict[str, Any]) -> str:
    """What of a plan is not as it should be; "" for nothing."""
    config = plan(found["yml"], file=".travis.yml", event=Event(repo=found["slug"]))
    ours = as_data(config)
    if len(ours["jobs"]) != len(found["jobs"]):
        return "number of jobs"
    pairs = zip(ours["jobs"], found["jobs"], strict=True)
    differing = {field for one, other in pairs for field in FIELDS if one[field] != other[field]}
    if ours["stages"] != found["stages"]:
        differing.add("stages")
    return ", ".join(sorted(differing))


def test_plans_agree_with_traviss_own() -> None:
    """Where they do not: the data has no letter beyond ASCII, which homeport leaves as written."""
    found = configurations()
    differences = Counter(difference(one) for one in found)
    agreed = differences.pop("", 0)
    print(f"{agreed} of {len(found)} agree ({agreed / len(found):.2%}); others: {differences}")
    assert agreed >= AT_LEAST * len(found)
