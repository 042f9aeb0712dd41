"""Whatever the variables and labels of containers hold, nginx takes default.conf."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeport.model.wish import SSL_POLICIES
from homeport.model.wish.options import LABEL
from tests.unit.proxy.dropin_cases import container, page_of

SIGNS = st.text(alphabet="abz09.*-_~/;{}\"'\\$#\n\r\t\0 [](),:@%é|+?^=&!", max_size=40)
# Of each variable values that can be, and that took over or broke the incumbent.
HOSTS = [
    *("a.example", "b.example,*.b.example,c.*", "[::1]", "10.0.0.1", "localhost", "_"),
    *(r"~^www\.(a|b)\.example$", "~.*", r"~^(\d{1,3}\.){3}x$", "~^a;b$", "~[a-z]+?(?=x)"),
    *("a.example; server_name innocent.example", "innocent.example", "x" * 300, "~" + "a" * 250),
    ",".join(f"h{n}.example" for n in range(100)),
    "a.example-" + "0" * 40,
]
PATHS = ["/", "/api/", "= /x", "^~ /y", r"~* \.(png|jpe?g)$", "~^/(a|b)/", "/; return 200 x; #"]
PATHS += ["/.well-known/acme-challenge/", "= /nginx-proxy-debug", "= /50x.html", "/a(b", "/%41"]
TOKENS = "off; } server { listen 80; server_name innocent.example; return 200 taken"
MULTI = 'a.example:\n  "/x":\n    port: 81\n    dest: "/y"\n    proto: https\n  "~ ^/z":\n'
VALUES = {
    "VIRTUAL_HOST": HOSTS,
    "VIRTUAL_PATH": PATHS,
    "VIRTUAL_DEST": ["", "/", "/a/b", "/$uri", "/ x"],
    "VIRTUAL_PORT": ["", "80", "8080", "65536", "80;"],
    "VIRTUAL_PROTO": ["http", "https", "uwsgi", "fastcgi", "grpc", "grpcs", "htp"],
    "VIRTUAL_ROOT": ["/srv/www", "/srv; x"],
    "VIRTUAL_HOST_MULTIPORTS": ["", MULTI, "{", '{"m.example": {"/": {"port": 1}}}'],
    "NETWORK_ACCESS": ["internal", "external", "x"],
    "HTTPS_METHOD": ["redirect", "noredirect", "nohttp", "nohttps"],
    "HSTS": ["off", "max-age=1; preload", 'x"; }'],
    "SSL_POLICY": sorted(SSL_POLICIES),
    "CERT_NAME": ["shared", "../x", "missing"],
    "SERVER_TOKENS": ["off", "on", "build", TOKENS],
    "EXTERNAL_HTTPS_PORT": ["8443", "x"],
    "ENABLE_HTTP_ON_MISSING_CERT": ["true", "false", "banana"],
    "ACME_HTTP_CHALLENGE_LOCATION": ["true", "false", "legacy"],
}
LABELS = {
    "loadbalance": ["least_conn;", "ip_hash", "hash $remote_addr consistent", "random two", "x; }"],
    "keepalive": ["auto", "disabled", "9", "x"],
    "http2.enable": ["true", "false", "banana"],
    "http3.enable": ["true", "false"],
    "non-get-redirect": ["307", "308", "200"],
    "ssl_verify_client": ["on", "off", "optional"],
    "trust-default-cert": ["true", "false"],
    "debug-endpoint": ["true", "false"],
}


def said(values: dict[str, list[str]], prefix: str = "") -> st.SearchStrategy[dict[str, str]]:
    """Some of them, each with a value of its own or any text."""
    each = {f"{prefix}{k}": st.one_of(st.sampled_from(v), SIGNS) for k, v in values.items()}
    return st.fixed_dictionaries({}, optional=each)


CONTAINER = st.tuples(said(VALUES), said(LABELS, LABEL), SIGNS)


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A container with nginx in it, and the folder where it finds a configuration."""
    name, folder = f"hptest-{uuid.uuid4().hex[:8]}", tmp_path_factory.mktemp("conf")
    folder.chmod(0o755)
    mount = ("-v", f"{folder}:/etc/nginx/conf.d:ro")
    argv = ["docker", "run", "-d", "--name", name, *mount, "--entrypoint", "sleep", "nginx:stable"]
    subprocess.run([*argv, "900"], check=True, capture_output=True)
    touch = "echo deny all\\; >/etc/nginx/network_internal.conf"
    subprocess.run(["docker", "exec", name, "sh", "-c", touch], check=True)
    yield name, folder
    subprocess.run(["docker", "rm", "-f", "-v", name], check=True, capture_output=True)


@given(st.lists(CONTAINER, min_size=1, max_size=4))
@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nginx_takes_it_and_no_other_host_is_another(
    nginx: tuple[str, Path], found: list[tuple[dict[str, str], dict[str, str], str]]
) -> None:
    innocent = container("innocent", env={"VIRTUAL_HOST": "innocent.example"})
    hostile = [
        container(name or "x", env={"VIRTUAL_HOST": "x.example", **env}, labels=labels, number=n)
        for n, (env, labels, name) in enumerate(found, 2)
        if "innocent.example" not in (env.get("VIRTUAL_HOST"), name)
    ]
    socket = "/run/hold.sock"
    alone, made = page_of([innocent], hold=socket), page_of([innocent, *hostile], hold=socket)
    name, folder = nginx
    (folder / "default.conf").write_text(made.text(1))
    tested = subprocess.run(
        ["docker", "exec", name, "nginx", "-t"], check=False, capture_output=True, text=True
    )
    assert 0 == tested.returncode, tested.stderr + made.text(1)
    assert dict(alone.blocks)["innocent.example"] == dict(made.blocks)["innocent.example"]
