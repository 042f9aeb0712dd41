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

export -f travis_retry travis_wait travis_fold travis_terminate
