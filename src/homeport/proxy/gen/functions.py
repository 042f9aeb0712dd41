"""docker-gen's template functions, by its names. Pure.

Each is a function, with its arguments in docker-gen's order, and a filter, whose input is what the
function is about: `hasPrefix("www.", host)` and `host | hasPrefix("www.")`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from homeport.proxy.gen import select, text
from homeport.proxy.gen.options import parse_bool
from homeport.proxy.gen.sites import quoted, read_sites

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "closest": text.closest,
    "coalesce": text.coalesce,
    "comment": text.comment,
    "contains": text.contains,
    "dict": text.make_dict,
    "dir": text.directory,
    "exists": text.exists,
    "first": text.first,
    "fromYaml": text.from_yaml,
    "groupBy": select.group_by,
    "groupByKeys": select.group_by_keys,
    "groupByLabel": select.group_by_label,
    "groupByLabelWithDefault": select.group_by_label_with_default,
    "groupByMulti": select.group_by_multi,
    "groupByWithDefault": select.group_by_with_default,
    "hasPrefix": text.has_prefix,
    "hasSuffix": text.has_suffix,
    "include": text.include,
    "intersect": text.intersect,
    "json": text.to_json,
    "keys": text.keys,
    "last": text.last,
    "parseBool": parse_bool,
    "parseJson": text.parse_json,
    "queryEscape": text.query_escape,
    "replace": text.replace,
    "sha1": text.sha1,
    "sortObjectsByKeysAsc": select.sort_objects_by_keys_asc,
    "sortObjectsByKeysDesc": select.sort_objects_by_keys_desc,
    "sortStringsAsc": text.sort_strings_asc,
    "sortStringsDesc": text.sort_strings_desc,
    "split": text.split,
    "splitN": text.split_n,
    "toLower": text.to_lower,
    "toUpper": text.to_upper,
    "toYaml": text.to_yaml,
    "trim": text.trim,
    "trimPrefix": text.trim_prefix,
    "trimSuffix": text.trim_suffix,
    "values": text.values,
    "when": text.when,
    "where": select.where,
    "whereAll": select.where_all,
    "whereAny": select.where_any,
    "whereExist": select.where_exist,
    "whereLabelDoesNotExist": select.where_label_does_not_exist,
    "whereLabelExists": select.where_label_exists,
    "whereLabelValueMatches": select.where_label_value_matches,
    "whereNot": select.where_not,
    "whereNotExist": select.where_not_exist,
}
# What docker-gen has not.
OURS: Mapping[str, Callable[..., Any]] = {"quoted": quoted, "sites": read_sites}
_SUBJECT_LAST = ("comment", "hasPrefix", "hasSuffix", "trimPrefix", "trimSuffix")


def filters() -> dict[str, Callable[..., Any]]:
    """Every function as a filter."""
    every = {**FUNCTIONS, **OURS}
    return {n: _turned(f) if n in _SUBJECT_LAST else f for n, f in every.items()}


def _turned(function: Callable[[str, str], Any]) -> Callable[[str, str], Any]:
    def turned(subject: str, argument: str) -> Any:
        return function(argument, subject)

    return turned
