# homeport in a container, for amd64, arm64 and arm/v7: docs/howto/run-in-a-container.md. homeport builds it itself.
ARG BASE=debian:bookworm-slim
ARG NGINX=nginx:stable
ARG BUILD_BASE=debian:bookworm-slim

# homeport itself is the same for every processor: it is made by the one that builds, which nobody has to emulate.
FROM --platform=$BUILDPLATFORM $BUILD_BASE AS wheel
RUN apt-get update -q && apt-get install -q -y --no-install-recommends ca-certificates python3 python3-venv
COPY requirements/build.txt /src/requirements/
# `ca`: the certificates that this machine trusts, where packages come through a proxy of its own.
RUN --mount=type=secret,id=ca if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi && \
    python3 -m venv /opt/build && /opt/build/bin/pip install -q --no-cache-dir --require-hashes -r /src/requirements/build.txt
COPY pyproject.toml README.md LICENSE /src/
COPY src /src/src
RUN cd /src && mkdir /wheel && /opt/build/bin/python -c 'import hatchling.build; print(hatchling.build.build_wheel("/wheel"))'

FROM $BASE AS base
RUN apt-get update -q && \
    apt-get install -q -y --no-install-recommends ca-certificates git openssh-client python3 && \
    rm -rf /var/lib/apt/lists/*

# The Docker client, Compose and buildx: Debian 12 has none of today, those of Debian 13 run on its libc. And the emulators that
# people build with, without those of the other twenty architectures.
FROM base AS client
WORKDIR /client
RUN apt-get update -q && apt-get -q -o APT::Sandbox::User= download qemu-user-static && \
    sed -i s/bookworm/trixie/g $(ls /etc/apt/sources.list /etc/apt/sources.list.d/*.sources 2>/dev/null) && \
    apt-get update -q && apt-get -q -o APT::Sandbox::User= download docker-cli docker-compose docker-buildx && \
    for package in *.deb; do dpkg -x "$package" .; done && \
    mkdir -p /out/bin /out/lib/docker/cli-plugins && \
    mv usr/bin/docker usr/bin/qemu-arm-static usr/bin/qemu-aarch64-static /out/bin/ && \
    find . -path '*/cli-plugins/*' -type f -exec mv {} /out/lib/docker/cli-plugins/ \;

FROM base AS python
RUN apt-get update -q && apt-get install -q -y --no-install-recommends gcc libc6-dev libffi-dev python3-dev python3-venv
COPY requirements/runtime.txt /src/
RUN --mount=type=secret,id=ca if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi && \
    python3 -m venv /opt/homeport && /opt/homeport/bin/pip install -q --no-cache-dir --require-hashes -r /src/runtime.txt
COPY --from=wheel /wheel /wheel
RUN /opt/homeport/bin/pip install -q --no-index --no-deps /wheel/*.whl && \
    /opt/homeport/bin/pip uninstall -q -y pip setuptools

# `docker build --target gen`: homeport gen in docker-gen's place (docs/howto/replace-docker-gen.md). It needs no Docker client.
FROM $BASE AS gen
RUN apt-get update -q && apt-get install -q -y --no-install-recommends python3 && rm -rf /var/lib/apt/lists/*
COPY --from=python /opt/homeport /opt/homeport
ENV PATH=/opt/homeport/bin:$PATH DOCKER_HOST=unix:///tmp/docker.sock
RUN mkdir -p /etc/docker-gen/templates && homeport gen -print-template nginx >/etc/docker-gen/templates/nginx.tmpl && \
    printf '#!/bin/sh\nexec homeport gen "$@"\n' >/usr/local/bin/docker-gen && chmod +x /usr/local/bin/docker-gen
ENTRYPOINT ["homeport", "gen"]

# `docker build --target proxy`: homeport proxy run in nginx-proxy's place (docs/howto/replace-nginx-proxy.md). nginx's image brings a
# Python of its own age, so that what it needs of ours is installed for that one.
FROM $NGINX AS proxy-python
ARG TARGETARCH
# Elsewhere than on these two, what has no wheel is compiled.
RUN case $TARGETARCH in amd64 | arm64) more= ;; *) more='gcc libc6-dev libffi-dev python3-dev' ;; esac && \
    apt-get update -q && apt-get install -q -y --no-install-recommends openssl python3 python3-venv $more
COPY requirements/runtime.txt /src/
RUN --mount=type=secret,id=ca if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi && \
    awk '/^[a-z]/ { kept = /^(cffi|click|cryptography|h11|jinja2|markupsafe|msgspec|pycparser|pyyaml)==/ } kept' /src/runtime.txt >/src/proxy.txt && \
    python3 -m venv /opt/homeport && \
    /opt/homeport/bin/pip install -q --no-cache-dir --require-hashes --no-deps -r /src/proxy.txt && \
    mkdir -p /usr/share/homeport-proxy/dhparam && \
    for bits in 2048 3072 4096; do \
      openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe$bits -out /usr/share/homeport-proxy/dhparam/ffdhe$bits.pem; \
    done
COPY --from=wheel /wheel /wheel
RUN /opt/homeport/bin/pip install -q --no-index --no-deps /wheel/*.whl && /opt/homeport/bin/pip uninstall -q -y pip

FROM $NGINX AS proxy
RUN apt-get update -q && apt-get install -q -y --no-install-recommends python3 && rm -rf /var/lib/apt/lists/* && \
    mkdir -p /etc/nginx/certs /etc/nginx/dhparam /etc/nginx/htpasswd /etc/nginx/toplevel.conf.d /etc/nginx/vhost.d && \
    rm -f /etc/nginx/conf.d/*
COPY --from=proxy-python /opt/homeport /opt/homeport
COPY --from=proxy-python /usr/share/homeport-proxy /usr/share/homeport-proxy
COPY src/homeport/proxy/dropin/image/nginx.conf src/homeport/proxy/dropin/image/network_internal.conf /etc/nginx/
ENV PATH=/opt/homeport/bin:$PATH DOCKER_HOST=unix:///tmp/docker.sock
ENTRYPOINT []
CMD ["homeport", "proxy", "run"]

# `docker build --target ddns`: homeport ddns in ddclient's place (docs/howto/replace-ddclient.md), without Docker and git, and with
# two libraries: nothing is compiled, so that an emulated processor builds it in minutes.
FROM $BASE AS ddns-python
RUN apt-get update -q && apt-get install -q -y --no-install-recommends ca-certificates python3 python3-venv
COPY requirements/runtime.txt /src/
RUN --mount=type=secret,id=ca if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi && \
    cd /src && awk '/^[a-z]/ { kept = /^(click|dnspython)==/ } kept' runtime.txt >ddns.txt && \
    python3 -m venv /opt/homeport && \
    /opt/homeport/bin/pip install -q --no-cache-dir --require-hashes --no-deps -r ddns.txt
COPY --from=wheel /wheel /wheel
RUN /opt/homeport/bin/pip install -q --no-index --no-deps /wheel/*.whl && \
    /opt/homeport/bin/pip uninstall -q -y pip setuptools

FROM $BASE AS ddns
RUN apt-get update -q && apt-get install -q -y --no-install-recommends ca-certificates python3 && rm -rf /var/lib/apt/lists/*
COPY --from=ddns-python /opt/homeport /opt/homeport
ENV PATH=/opt/homeport/bin:$PATH
VOLUME /var/cache/ddclient
ENTRYPOINT ["homeport", "ddns"]

FROM base
COPY --from=client /out /usr/local
COPY --from=python /opt/homeport /opt/homeport
ENV PATH=/opt/homeport/bin:$PATH HOMEPORT_STATE_DIR=/var/lib/homeport HOMEPORT_CONTAINED=on

ENTRYPOINT ["homeport"]
CMD ["up"]
