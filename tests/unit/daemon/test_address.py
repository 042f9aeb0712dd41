import pytest

from homeport.daemon.address import elsewhere_of
from homeport.settings import Settings


@pytest.mark.parametrize(
    ("host", "listen", "port", "expected"),
    [
        ("home.example.org", "127.0.0.1:7420", 80, "http://home.example.org"),
        ("home.example.org", "0.0.0.0:7420", 8080, "http://home.example.org:8080"),
        ("", "127.0.0.1:7420", 80, ""),
        ("", "localhost:7420", 80, ""),
        ("", "[::1]:7420", 80, ""),
        ("", "192.168.1.5:7420", 80, "http://192.168.1.5:7420"),
        ("", "[fd00::5]:7420", 80, "http://[fd00::5]:7420"),
        ("", "box.lan:7420", 80, "http://box.lan:7420"),
        ("", "0.0.0.0:7420", 80, "http://192.0.2.7:7420"),
        ("", "[::]:7420", 80, "http://192.0.2.7:7420"),
    ],
)
def test_others_are_led_to_its_name_else_to_where_it_listens(
    host: str, listen: str, port: int, expected: str
) -> None:
    settings = Settings(state_dir="/nowhere", host=host, listen=listen, http_port=port)
    assert elsewhere_of(settings, lambda: "192.0.2.7") == expected


def test_a_box_without_an_address_for_others_is_found_nowhere() -> None:
    settings = Settings(state_dir="/nowhere", listen="0.0.0.0:7420")
    assert elsewhere_of(settings, lambda: "") == ""
