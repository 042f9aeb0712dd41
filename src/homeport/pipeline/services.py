"""`services:` of a job: which container each is, and where it answers. Pure.

Source: docs.travis-ci.com, "Setting up Databases and Services": no passwords, on localhost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from homeport.pipeline.bash.program import Clients


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A container beside a job, in its network: it answers on the job's localhost."""

    name: str
    image: str
    port: int
    env: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] = ()
    clients: Clients | None = None


_POSTGRES = Clients(
    package="postgresql-client",
    programs=("psql", "createdb", "dropdb", "createuser", "pg_dump", "pg_isready"),
    told={"PGHOST": "localhost", "PGUSER": "postgres"},
)
_MYSQL = Clients(
    package="default-mysql-client",
    programs=("mysql", "mysqladmin", "mysqldump"),
    told={"MYSQL_HOST": "127.0.0.1"},
)
_REDIS = Clients(package="redis-tools", programs=("redis-cli",))
_ELASTIC = {"discovery.type": "single-node", "xpack.security.enabled": "false"}
_TABLE = {
    "redis": Service(name="redis", image="redis:7", port=6379, clients=_REDIS),
    "memcached": Service(name="memcached", image="memcached:1", port=11211),
    "mysql": Service(
        name="mysql",
        image="mysql:8",
        port=3306,
        env={"MYSQL_ALLOW_EMPTY_PASSWORD": "yes"},
        clients=_MYSQL,
    ),
    "mariadb": Service(
        name="mariadb",
        image="mariadb:11",
        port=3306,
        env={"MARIADB_ALLOW_EMPTY_ROOT_PASSWORD": "1"},
        clients=_MYSQL,
    ),
    "postgresql": Service(
        name="postgresql",
        image="postgres:16",
        port=5432,
        env={"POSTGRES_HOST_AUTH_METHOD": "trust"},
        clients=_POSTGRES,
    ),
    "mongodb": Service(name="mongodb", image="mongo:7", port=27017),
    "rabbitmq": Service(name="rabbitmq", image="rabbitmq:3", port=5672),
    "elasticsearch": Service(
        name="elasticsearch", image="elasticsearch:8.13.4", port=9200, env=_ELASTIC
    ),
    "couchdb": Service(name="couchdb", image="couchdb:2", port=5984),
    "cassandra": Service(name="cassandra", image="cassandra:4", port=9042),
    "neo4j": Service(name="neo4j", image="neo4j:5", port=7474, env={"NEO4J_AUTH": "none"}),
}
_ALIASES = {"redis-server": "redis", "memcache": "memcached", "postgres": "postgresql"}
# They need no container: the socket is there, and a display is for those who start one.
NOTHING = ("docker", "xvfb")


def services_of(names: Iterable[str], images: Mapping[str, str]) -> list[Service]:
    """The containers of a job's services; what is not known is left out.

    Args:
        names: as the file has them.
        images: service -> image, in the place of ours.
    """
    plain = dict.fromkeys(_ALIASES.get(name, name) for name in names)
    return [_with(_TABLE[name], images) for name in plain if name in _TABLE]


def is_known(name: str) -> bool:
    """Whether a service is started, or needs not to be."""
    return name in NOTHING or _ALIASES.get(name, name) in _TABLE


def _with(service: Service, images: Mapping[str, str]) -> Service:
    image = images.get(service.name, service.image)
    return replace(service, image=image)
