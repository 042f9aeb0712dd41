"""Where nobody can answer for a moment, visitors wait for that moment, and see no error."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.house import Answer, App, House, docker, eventually
from tests.e2e.visitors import visitors

pytestmark = pytest.mark.alone  # visitors wait for as long as the machine takes
BOOT = 1.0


def stateful(
    app: App, version: str, check: dict[str, object] | None = None, **environment: str
) -> None:
    """Push a version of an app with a volume: two of it at once would share that."""
    web = {
        "image": "homeport-test/app",
        "environment": {"VIRTUAL_HOST": app.host, "VERSION": version, **environment},
        "volumes": ["data:/data"],
        "restart": "unless-stopped",
        "healthcheck": check or {},
    }
    app.commit({"compose.yaml": json.dumps({"services": {"web": web}, "volumes": {"data": {}}})})
    app.push()


def post(house: House, host: str, body: bytes) -> Answer:
    """A POST through the proxy."""
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)
    connection.request("POST", "/", body, headers={"Host": host})
    response = connection.getresponse()
    answer = Answer(response.status, response.read().decode())
    connection.close()
    return answer


def process_of(container: str) -> int:
    """The process id of a container, 0 where it does not run."""
    return int(docker("inspect", "-f", "{{.State.Pid}}", container))


def received(body: bytes) -> Answer:
    """What the application says of a body that came whole."""
    return Answer(200, f"{hashlib.sha256(body).hexdigest()} {len(body)}")


def test_a_service_with_a_volume_is_replaced_and_every_request_is_answered(app: App) -> None:
    """They wait while the old one stops and the new one boots; bodies included."""
    house, body = app.house, os.urandom(5 << 20)
    stateful(app, "one")
    failed: list[Answer] = []
    over = threading.Event()

    def keep_posting() -> None:
        while not over.is_set():
            answer = post(house, app.host, body)
            if answer != received(body):
                failed.append(answer)

    with visitors(house.port, app.host) as visits, ThreadPoolExecutor(1) as pool:
        posting = pool.submit(keep_posting)
        for version in ("two", "three"):
            stateful(app, version, BOOT=str(BOOT))
        over.set()
        posting.result()
    assert [] == visits.failures
    assert [] == failed
    assert {"one", "two", "three"} == visits.bodies
    # Stopping and starting takes the Engine 0.3 s; the rest is room for a busy machine.
    assert visits.longest < BOOT + 3


def test_scaled_to_nothing_and_back_visitors_wait(app: App) -> None:
    """Neither those who come first nor the app lose anything."""
    app.live("one")
    with visitors(app.house.port, app.host) as visits:
        app.house.homeport("scale", app.name, "web=0")
        app.settled({})
        app.house.homeport("scale", app.name, "web=1")
        eventually(lambda: app.house.get(app.host) == Answer(200, "one"))
    assert [] == visits.failures
    assert {"one"} == visits.bodies


def test_visitors_wait_while_a_crashed_container_is_started_again(app: App) -> None:
    """The Engine does it; nobody sees a 502, on kept-alive connections neither."""
    stateful(app, "one", BOOT="0.5")
    name = f"{app.name}-{next(iter(app.containers()))}"
    with visitors(app.house.port, app.host) as visits:
        for _ in range(3):
            before = process_of(name)
            os.kill(before, 9)
            eventually(lambda b=before: process_of(name) not in (0, b))  # type: ignore[misc]
            eventually(lambda: app.house.get(app.host) == Answer(200, "one"))
    assert [] == visits.failures


def test_nobody_waits_for_the_engine_to_look_at_a_healthcheck(app: App) -> None:
    """It does after `interval`, 30 s here: in a deploy, and when a crashed one comes back."""
    test = ["CMD", "bash", "-c", "echo > /dev/tcp/127.0.0.1/5000"]
    check: dict[str, object] = {"test": test, "interval": "30s"}
    stateful(app, "one", check=check, BOOT="0.5")
    with visitors(app.house.port, app.host) as visits:
        # The first release: one that is started again while it is watched goes back to another.
        before = process_of(f"{app.name}-web-1")
        os.kill(before, 9)
        eventually(lambda: process_of(f"{app.name}-web-1") not in (0, before))
        eventually(lambda: app.house.get(app.host) == Answer(200, "one"))
        stateful(app, "two", check=check)
        app.settled({"web-2": "running"})
        eventually(lambda: app.house.get(app.host) == Answer(200, "two"))
    assert [] == visits.failures
    assert visits.longest < 10


def test_nobody_waits_for_longer_than_the_bound(tmp_path_factory: pytest.TempPathFactory) -> None:
    """After it: 503, why, and when to come again; and at once for those who come later."""
    house = House(tmp_path_factory.mktemp("hold"), {"HOMEPORT_HOLD": "2"})
    try:
        house.start()
        app = house.app()
        app.live("one")
        house.homeport("scale", app.name, "web=0")
        began = time.monotonic()
        answer = house.get(app.host)
        assert 503 == answer.status
        assert "has nobody to answer: its container is gone" in answer.body
        assert 1 < time.monotonic() - began < 15
        eventually(lambda: "No site has this name" in house.get(app.host).body)
        house.homeport("scale", app.name, "web=1")
        assert Answer(200, "one") == house.get(app.host)
    finally:
        house.stop()


def test_without_the_daemon_what_runs_answers(own_house: House) -> None:
    """Holding is the daemon's; serving is not."""
    app = own_house.app()
    stateful(app, "one")
    own_house.kill()
    assert Answer(200, "one") == own_house.get(app.host)
    own_house.start()
    assert Answer(200, "one") == own_house.get(app.host)


def test_an_application_cannot_send_nginx_where_it_wants(app: App) -> None:
    """X-Accel-Redirect of an application's own does not reach what homeport holds."""
    program = (
        "import http.server\n"
        "class H(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        self.send_response(200)\n"
        "        site = self.headers['X-Site']\n"
        "        self.send_header('X-Accel-Redirect', '@live_' + site)\n"
        "        self.send_header('X-Homeport-Upstream', '127.0.0.1:5000')\n"
        "        self.end_headers()\n"
        "http.server.HTTPServer(('', 5000), H).serve_forever()\n"
    )
    app.commit(
        {
            "evil.py": program,
            "Dockerfile": 'FROM homeport-test/app\nCOPY evil.py /\nCMD ["python3", "/evil.py"]\n',
        }
    )
    app.push()
    config = (app.house.state / "proxy" / "conf" / "nginx.conf").read_text()
    site = config.partition(f"@live_{app.host}")[2].split()[0]
    connection = http.client.HTTPConnection("127.0.0.1", app.house.port, timeout=10)
    connection.request("GET", "/", headers={"Host": app.host, "X-Site": f"{app.host}{site}"})
    answer = connection.getresponse()
    connection.close()
    assert 403 == answer.status


def test_nginx_tells_whether_a_request_is_on_its_way_to_a_site(app: App) -> None:
    """Also one whose body is still coming: it would reach a container that stops."""
    app.live("one")
    folder = app.house.state / "proxy" / "run"
    config = (app.house.state / "proxy" / "conf" / "nginx.conf").read_text()
    site = app.host + config.partition(f"@live_{app.host}")[2].split()[0]

    def busy() -> bool:
        with socket.socket(socket.AF_UNIX) as status:
            status.connect(str(folder / "status.sock"))
            status.sendall(f"POST /busy/{site} HTTP/1.0\r\n\r\n".encode())
            return b" 503 " in status.recv(100)

    eventually(lambda: not busy())  # the daemon itself asks a site whether it is live
    with socket.create_connection(("127.0.0.1", app.house.port)) as upload:
        head = f"POST / HTTP/1.1\r\nHost: {app.host}\r\nContent-Length: 9\r\n\r\n"
        upload.sendall(head.encode() + b"half")
        eventually(busy)
        upload.sendall(b" rest")
        assert b" 200 " in upload.recv(100)
    eventually(lambda: not busy())
