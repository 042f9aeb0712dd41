"""What listens here, from the kernel's table."""

import os
import socket

from homeport.engine.sockets import Listener, listening


def test_listeners_are_found_and_connections_are_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            found = listening(os.getpid())
            ours = {port, client.getsockname()[1]}
            assert [Listener(port=port, loopback=True, address="127.0.0.1")] == [
                listener for listener in found if listener.port in ours
            ]
