"""Whatever the variables of containers hold, nginx takes the ready template's file."""

from __future__ import annotations

import re
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeport.proxy.gen.facts import Facts, Network, State, Strings
from homeport.proxy.gen.output import without_blank_lines
from homeport.proxy.gen.template import READY, Template

TEMPLATE = Template(str(READY / "nginx.tmpl"))
INNOCENT = Facts(
    ID="0",
    Name="innocent",
    State=State(Running=True),
    Env=Strings({"VIRTUAL_HOST": "innocent.example"}),
    Networks=(Network(Name="web", IP="10.0.0.1"),),
)
# Signs that mean something to nginx, and whole values that took over or broke the incumbent.
SIGNS = st.text(alphabet="abz09.*-_~/;{}\"'\\$#\n\r\t\0 [](),:@%é", max_size=40)
KNOWN = st.sampled_from(
    [
        "~^a;b$",
        "off; } server { server_name innocent.example; }",
        "a.example; server_name innocent.example",
        "/; return 200 taken; #",
        "x" * 300,
        "*.",
        ".*",
        "[::1]",
        "htp",
        "65536",
        "-1",
        "a.example,b.example",
        "${env}",
        "{{ 7 * 7 }}",
    ]
)
VALUE = st.one_of(SIGNS, KNOWN)


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A container with nginx in it, and the folder where it finds a configuration."""
    name, folder = f"hptest-{uuid.uuid4().hex[:8]}", tmp_path_factory.mktemp("conf")
    folder.chmod(0o755)
    mount = ("-v", f"{folder}:/etc/nginx/conf.d:ro")
    argv = ["docker", "run", "-d", "--name", name, *mount, "--entrypoint", "sleep", "nginx:stable"]
    subprocess.run([*argv, "600"], check=True, capture_output=True)
    yield name, folder
    subprocess.run(["docker", "rm", "-f", "-v", name], check=True, capture_output=True)


@given(host=VALUE, port=VALUE, path=VALUE, name=SIGNS, status=SIGNS)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_nginx_takes_it_and_no_other_site_is_another(
    nginx: tuple[str, Path], host: str, port: str, path: str, name: str, status: str
) -> None:
    env = {"VIRTUAL_HOST": host, "VIRTUAL_PORT": port, "VIRTUAL_PATH": path}
    hostile = Facts(
        ID="1",
        Name=name,
        State=State(Running=True),
        Env=Strings(env),
        Networks=(Network(Name="web", IP="10.0.0.2"),),
    )
    container, folder = nginx
    made = rendered(hostile)
    (folder / "default.conf").write_text(made)
    tested = subprocess.run(
        ["docker", "exec", container, "nginx", "-t"], check=False, capture_output=True, text=True
    )
    assert 0 == tested.returncode, tested.stderr + made
    assert block(rendered()) == block(made)


def rendered(*more: Facts) -> str:
    context = {"containers": [INNOCENT, *more], "networks": ["web"]}
    return without_blank_lines(TEMPLATE.render(context))


def block(text: str) -> list[str]:
    """Everything that stands in the innocent one's blocks."""
    return re.findall(r"^# innocent\.example/\n.*?\n}\nserver \{.*?\n}\n", text, re.M | re.S)
