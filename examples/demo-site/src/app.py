"""The demo site: one page that says which version of itself is being served."""

import hashlib
import os
import socket
import time
from pathlib import Path

from flask import Flask, jsonify, render_template

HERE = Path(__file__).parent
STARTED = time.time()

app = Flask(__name__)


def source_digest() -> str:
    """A name for what runs that needs nobody's help: it changes with every file of the site."""
    digest = hashlib.sha1(usedforsecurity=False)
    for path in sorted(HERE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(HERE)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


VERSION = (HERE / "VERSION").read_text().strip()
# Whoever builds or starts the site may say which commit it is.
COMMIT = os.environ.get("SOURCE_COMMIT") or source_digest()


def hue(name: str) -> int:
    """The colour of a version, so that a deploy can be seen from across the room."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:4], 16) % 360


@app.get("/")
def index() -> str:
    return render_template(
        "index.html",
        version=VERSION,
        commit=COMMIT[:7],
        hue=hue(COMMIT),
        replica=socket.gethostname(),
        uptime=int(time.time() - STARTED),
    )


@app.get("/version")
def version():
    return jsonify(version=VERSION, commit=COMMIT, replica=socket.gethostname())


@app.get("/health")
def health():
    return jsonify(status="ok", version=VERSION)


if __name__ == "__main__":
    app.run(
        host=os.environ.get("HTTP_HOST", "127.0.0.1"), port=int(os.environ.get("HTTP_PORT", "5000"))
    )
