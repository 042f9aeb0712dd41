# What Travis gives to the commands of a job, and what runs them. Everything runs in this one process: `cd`, exports and
# `set -e` last. Sources: docs.travis-ci.com, "Job Lifecycle", "Common Build Problems"; travis-build, its shell functions.

# Both streams in one, as Travis's terminal has them: of two, what a command complains of came after the next one began.
exec 2>&1

# The result is told by a file: a command may print whatever it likes.
homeport_result() { printf '%s\n' "$1" >"$HOMEPORT_RESULT"; }

# Nanoseconds; without a process where bash is 5 or newer.
homeport_now() {
  local now=${EPOCHREALTIME:-}
  now=${now/[.,]/}
  if [ -n "$now" ]; then HOMEPORT_NOW=${now}000; else HOMEPORT_NOW=$(date +%s%N); fi
}

# Marks in the log, which a viewer takes out. The end says how long it took, in nanoseconds.
homeport_fold() {
  homeport_now
  if [ "$1" = start ]; then
    HOMEPORT_FOLD_BEGAN=$HOMEPORT_NOW
    printf 'travis_fold:start:%s\n' "$2"
  else
    printf 'travis_fold:end:%s %s\n' "$2" "$((HOMEPORT_NOW - HOMEPORT_FOLD_BEGAN))"
  fi
}

# Runs a command as it is written in the file; its exit status.
homeport_run() {
  printf '$ %s\n' "${2:-$1}"
  # Not in a condition, where `set -e` would have no effect.
  eval "$1"
  HOMEPORT_STATUS=$?
  return 0
}

# One whose failure ends the job at once.
homeport_must() {
  homeport_run "$1" "${2:-}"
  if [ "$HOMEPORT_STATUS" != 0 ]; then
    printf '\nThe command "%s" failed and exited with %s during %s.\n' "${2:-$1}" "$HOMEPORT_STATUS" "$HOMEPORT_PHASE"
    homeport_result errored
    exit "$HOMEPORT_STATUS"
  fi
}

# One of `script`: a failure counts, and those after it still run.
homeport_test() {
  homeport_run "$1" "${2:-}"
  HOMEPORT_TESTED=1
  printf '\nThe command "%s" exited with %s.\n' "${2:-$1}" "$HOMEPORT_STATUS"
  if [ "${TRAVIS_TEST_RESULT:-0}" = 0 ]; then export TRAVIS_TEST_RESULT=$HOMEPORT_STATUS; fi
}

# One whose failure is told and no more.
homeport_may() {
  homeport_run "$1" "${2:-}"
  if [ "$HOMEPORT_STATUS" != 0 ]; then
    printf '\nThe command "%s" exited with %s, which changes nothing.\n' "${2:-$1}" "$HOMEPORT_STATUS"
  fi
}

# An archive of folders that were kept; where there is none, there is nothing to do.
homeport_unpack() {
  if [ -f "$1" ]; then
    (cd "$TRAVIS_BUILD_DIR" && tar -xPf "$1") && printf 'what was kept is back\n'
  fi
  return 0
}

# Folders as they are written in the file, with ~ and variables, into an archive: those that are there.
homeport_pack() (
  archive=$1 found=()
  shift
  cd "$TRAVIS_BUILD_DIR" || exit 0
  for name in "$@"; do
    case $name in "~" | "~/"*) name=$HOME${name#\~} ;; esac
    eval "name=\"$name\""
    if [ -e "$name" ]; then found+=("$name"); fi
  done
  if [ "${#found[@]}" != 0 ] && tar -cPf "$archive.part" "${found[@]}"; then mv "$archive.part" "$archive"; fi
  exit 0
)

# Programs of a package that come when they are asked for: what stands in their place goes, and they are there.
homeport_clients() {
  local package=$1 folder=${HOMEPORT_BIN:-/usr/local/bin} program
  shift
  [ -w "$folder" ] || return 0
  for program in "$@"; do
    if ! command -v "$program" >/dev/null 2>&1; then
      cat >"$folder/$program" <<EOF && chmod +x "$folder/$program"
#!/bin/sh
rm -f "\$0"
if ! command -v $program >/dev/null 2>&1; then
  apt() { apt-get -qq -o DPkg::Lock::Timeout=60 "\$@" </dev/null 2>&1; }
  said=\$(apt update && apt install --no-install-recommends -y $package) || {
    printf '%s\n%s\n' "\$said" "$program is not in this image, and $package could not be installed" >&2
    exit 127
  }
fi
exec $program "\$@"
EOF
    fi
  done
  return 0
}

# A virtual display at :99, which Travis's own way starts (sh -e /etc/init.d/xvfb start), or homeport where the file says so.
homeport_display() {
  local script=${HOMEPORT_INIT:-/etc/init.d}/xvfb
  if ! command -v Xvfb >/dev/null 2>&1; then
    printf '$ apt-get install xvfb\n'
    apt-get update -qq </dev/null && apt-get install -qq --no-install-recommends -y xvfb xauth </dev/null
  fi
  if [ ! -e "$script" ]; then
    mkdir -p "${script%/*}" && cat >"$script" <<'EOF' && chmod +x "$script"
#!/bin/sh
case ${1:-} in
start | restart)
  [ -e /tmp/.X11-unix/X99 ] && exit 0
  Xvfb :99 -ac -screen 0 1280x1024x24 >/dev/null 2>&1 &
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ -e /tmp/.X11-unix/X99 ] && exit 0
    sleep 0.5
  done
  echo 'Xvfb did not start' >&2
  exit 1
  ;;
stop) kill "$(cat /tmp/.X99-lock)" ;;
esac
EOF
  fi
  if [ "$1" = started ]; then
    export DISPLAY=:99.0
    sh "$script" start
  fi
  return 0
}

homeport_phase() {
  HOMEPORT_PHASE=$1
  printf '%s\n' "$1" >"$HOMEPORT_RESULT.phase"
}

homeport_end() {
  if [ -z "${HOMEPORT_TESTED:-}" ]; then
    homeport_phase ''
    homeport_result errored
    printf '\nNo script was run.\n'
    exit 1
  fi
  if [ "${TRAVIS_TEST_RESULT:-0}" != 0 ]; then homeport_result failed; else homeport_result passed; fi
  printf '\nDone. Your build exited with %s.\n' "${TRAVIS_TEST_RESULT:-0}"
  exit "${TRAVIS_TEST_RESULT:-0}"
}

# --- for the commands of people

travis_retry() {
  local status=0 attempt
  for attempt in 1 2 3; do
    if [ "$attempt" != 1 ]; then
      printf '\nThe command "%s" failed. Retrying, %s of 3.\n\n' "$*" "$attempt" >&2
      sleep "${HOMEPORT_RETRY_PAUSE:-1}"
    fi
    status=0
    "$@" || status=$?
    if [ "$status" = 0 ]; then return 0; fi
  done
  printf '\nThe command "%s" failed 3 times.\n\n' "$*" >&2
  return "$status"
}

# Lets a command be silent for N minutes (20): a line each minute says that it goes on.
travis_wait() {
  local minutes=20 status=0
  if [[ ${1:-} =~ ^[0-9]+$ ]]; then
    minutes=$1
    shift
  fi
  local log
  log=$(mktemp)
  timeout "$((minutes * 60))" bash -c '"$@"' travis_wait "$@" >"$log" 2>&1 &
  local running=$! waited=0
  while kill -0 "$running" 2>/dev/null; do
    sleep 1
    waited=$((waited + 1))
    if [ $((waited % 60)) = 0 ]; then printf 'Still running (%s of %s): %s\n' "$((waited / 60))" "$minutes" "$*"; fi
  done
  wait "$running" || status=$?
  cat "$log"
  rm -f "$log"
  return "$status"
}

travis_fold() { printf 'travis_fold:%s:%s\n' "$1" "$2"; }
travis_time_start() { TRAVIS_TIMER_START=$(date +%s%N); }
travis_time_finish() { printf 'travis_time: %s ms\n' "$((($(date +%s%N) - TRAVIS_TIMER_START) / 1000000))"; }
travis_nanoseconds() { date -u +%s%N; }

travis_terminate() {
  homeport_result "$([ "$1" = 0 ] && echo passed || echo errored)"
  exit "$1"
}

travis_jigger() {
  shift
  "$@"
}

# `sudo` of an image that has none: a job is root in its own container.
if ! command -v sudo >/dev/null 2>&1; then
  sudo() {
    local keep=()
    while [[ ${1:-} == -* ]]; do
      case $1 in -u | -g) shift ;; esac
      shift
    done
    while [[ ${1:-} == *=* ]]; do
      keep+=("$1")
      shift
    done
    env "${keep[@]}" "$@"
  }
fi

# `phpenv config-rm xdebug.ini`: there is one php, and it is without.
if command -v php >/dev/null 2>&1 && ! command -v phpenv >/dev/null 2>&1; then
  phpenv() { return 0; }
fi

# `sudo apt-get install x`, as it is: Travis has lists of packages and asks nobody; images have none, and ask. Given: the
# root of the job's own container, where it is one.
homeport_apt() {
  local root=$1 program
  if [ ! -x "$root/usr/bin/apt-get" ] || [ ! -w "$root/etc/apt/apt.conf.d" ]; then return 0; fi
  printf 'APT::Get::Assume-Yes "true";\nDpkg::Use-Pty "0";\n' >"$root/etc/apt/apt.conf.d/90homeport"
  for program in apt-get apt; do
    if [ ! -e "$root/usr/local/bin/$program" ]; then
      cat >"$root/usr/local/bin/$program" <<EOF && chmod +x "$root/usr/local/bin/$program"
#!/bin/sh
case " \$* " in
*' install '* | *' build-dep '*)
  if ! ls $root/var/lib/apt/lists/*Packages* >/dev/null 2>&1; then $root/usr/bin/apt-get update -qq </dev/null; fi
  ;;
esac
exec $root/usr/bin/$program "\$@"
EOF
    fi
  done
}

# `docker-compose`, as Travis has it: Compose of today answers to that name, too. A file, which may be written over.
homeport_compose() {
  local plugin=$1/usr/local/lib/docker/cli-plugins/docker-compose program=$1/usr/local/bin/docker-compose
  if [ ! -x "$plugin" ] || [ ! -w "$1/usr/local/bin" ] || command -v docker-compose >/dev/null 2>&1; then return 0; fi
  printf '#!/bin/sh\nexec %s "$@"\n' "$plugin" >"$program" && chmod +x "$program"
}

if [ -n "${HOMEPORT_ROOT:-}" ]; then
  homeport_apt "${HOMEPORT_ROOT%/}"
  homeport_compose "${HOMEPORT_ROOT%/}"
fi

export -f travis_retry travis_wait travis_fold travis_terminate
