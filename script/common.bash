# What the scripts here share: how they speak, how they become root, how they install.
# Sourced, never run. shellcheck shell=bash

# shellcheck disable=SC2034  # used by those who source this
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

ok() { printf 'ok   %s\n' "$*"; }
did() { printf 'did  %s\n' "$*"; }

# die STATUS SENTENCE [HINT]: 3 means that something needed is missing, as in homeport itself.
die() {
  printf 'error: %s\n' "$2" >&2
  if [ $# -gt 2 ]; then printf 'hint: %s\n' "$3" >&2; fi
  exit "$1"
}

has() { command -v "$1" >/dev/null 2>&1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif has sudo; then
    sudo "$@"
  else
    die 3 "this needs root: $*" "install sudo, or run script/bootstrap as root once"
  fi
}

has_systemd() { [ -d /run/systemd/system ]; }

# A user outside the docker group reaches the Engine by sudo, where there is one.
docker() { "${docker_command[@]}" "$@"; }

find_docker() {
  docker_command=("$(type -P docker)") || return 1
  local socket=/var/run/docker.sock
  if [ -z "${DOCKER_HOST:-}" ] && [ -S $socket ] && [ ! -w $socket ] && has sudo; then
    docker_command=(sudo "${docker_command[@]}")
  fi
}

# quietly COMMAND...: its output is of interest only when it fails.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 || status=$?
  if [ "$status" != 0 ]; then
    printf 'failed: %s\n' "$*" >&2
    tail -n 40 "$log" >&2
  fi
  rm -f "$log"
  return "$status"
}

# Packages start what they install; where nothing supervises services, they fail at that. A policy of our own
# says no for as long as the installation takes, unless the machine has one already.
without_service_starts() {
  local policy=/usr/sbin/policy-rc.d status=0
  if has_systemd || [ -e "$policy" ]; then
    "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
  "$@" || status=$?
  as_root rm -f "$policy"
  return "$status"
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"
}

# install PACKAGE...: fresh lists are fetched only when the lists at hand do not do.
apt_install() {
  has apt-get || die 3 "missing on this machine: $*" "install it with this system's own package manager"
  if ! without_service_starts apt_get install --no-install-recommends "$@" >/dev/null 2>&1; then
    quietly apt_get update || die 3 "apt-get update failed" "look at /etc/apt/sources.list"
    quietly without_service_starts apt_get install --no-install-recommends "$@" ||
      die 3 "apt-get could not install: $*"
  fi
}

# candidate PACKAGE: the version that apt would install; empty when it knows none.
candidate() {
  has apt-cache || return 0
  apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p' | grep -vx '(none)' || true
}

# apt_source LABEL: the address that this machine fetches Debian's packages of that label from, so that
# a mirror which the machine needs is used for the other suites as well.
apt_source() {
  has apt-get || return 0
  # shellcheck disable=SC2016  # apt's own placeholders
  apt-get indextargets --format '$(LABEL)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    sed -n "s,^$1|,,p" | sed 's,/$,,' | head -n 1
}

# Whether Docker Hub can be asked: the Engine does that, so its mirrors and proxies count. A refusal (too many pulls) is as good
# as no answer, and the smallest image is the question.
docker_hub_answers() { timeout 20 "${docker_command[@]}" pull -q busybox:stable >/dev/null 2>&1; }

# emulate PLATFORM...: programs of these processors run here, also in containers; what homeport does before it builds for one.
emulate() {
  has qemu-aarch64-static || has qemu-aarch64 || apt_install qemu-user-static
  [ -x "$root/.venv/bin/python" ] || "$root/script/bootstrap" --python
  as_root "$root/.venv/bin/python" -c '
import asyncio, platform, sys
from homeport.build.binfmt import ensure
from homeport.model.image import read_platform
for one in sys.argv[1:]:
    asyncio.run(ensure(read_platform(one), read_platform(platform.machine())))
' "$@" || die 3 "programs of another processor do not run here: $*" "apt-get install qemu-user-static binfmt-support"
}

debian_keyring() { echo /usr/share/keyrings/debian-archive-keyring.gpg; }

# The Engine's version; fails when there is no client, or when no Engine answers it.
engine_version() { find_docker && docker version --format "{{.Server.Version}}" 2>/dev/null; }
