"""Which files of the context a Dockerfile takes at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.build.sources import taken


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("COPY app.py /", ["app.py"], ["README", "app.pyc"]),
        ("COPY ./src/ /app", ["src", "src/a", "src/b/c"], ["srcs", "docs/a"]),
        ("COPY *.py data?.txt /", ["a.py", "data1.txt"], ["b/a.py", "data.txt"]),
        ('COPY ["a b", "c", "/x/"]', ["a b", "c"], ["d"]),
        ("COPY busybox-${TARGETARCH} /bin/", ["busybox-arm64"], ["README"]),
        ("COPY --chown=1:1 --from=build /x /y", [], ["x", "README"]),
        ("FROM a\nRUN make", [], ["README"]),
        ("COPY <<EOF /x\nhello\nEOF", [], ["README"]),
        ("RUN --mount=type=cache,target=/x make\nCOPY a /", ["a"], ["b"]),
        ("COPY a \\\n  b /", ["a", "b"], ["c"]),
    ],
)
def test_only_what_is_named_counts(text: str, yes: list[str], no: list[str]) -> None:
    pattern = taken(text)
    assert pattern
    assert [name for name in yes + no if pattern.fullmatch(name)] == yes


@pytest.mark.parametrize(
    "text",
    [
        "COPY . /app",
        "COPY ./ /app",
        "ADD / /",
        "COPY $SRC /x",
        "COPY ../x /x",
        "RUN --mount=type=bind,target=/src make",
        "RUN --mount=target=/src make",
        'COPY "a b" /x',
        "COPY --exclude=x a /y",
        "ONBUILD COPY . /app",
    ],
)
def test_everything_counts_where_more_may_be_taken(text: str) -> None:
    assert taken(text) is None


@given(st.text(max_size=300))
def test_no_text_makes_it_fail(text: str) -> None:
    taken(f"COPY {text}")
