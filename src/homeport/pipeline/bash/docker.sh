#!/bin/sh
# docker in a job: the box's own client, for all but what it would ask registries itself, or a builder of its own.
#
#   docker manifest create|annotate|inspect|push|rm     what the run has staged, and what is published here: one
#                                                       index, staged, and published once the run has passed
#   docker buildx create|use|stop|rm                    nothing: the box's BuildKit builds
#   docker buildx build --platform A,B --push           each platform in its turn, and one index of them
#
# POSIX, as the images of jobs have any shell. `docker import` takes the index to homeport (pipeline/gate/images).
client=${HOMEPORT_DOCKER:-/usr/local/lib/homeport/docker}
lists=${DOCKER_CONFIG:-${HOME:-/tmp}/.docker}/homeport-manifests

say() { echo "$*" >&2; }
die() {
  say "docker: $1"
  [ -z "${2-}" ] || say "hint: $2"
  exit 1
}

# --- manifest lists: a file for each, a line for each image: NAME os=... architecture=... variant=...

list_of() { echo "$lists/$(echo "$1" | tr '/:@' '___')"; }

# has LIST IMAGE: whether it is in it.
has() {
  while read -r name _; do
    [ "$name" != "$2" ] || return 0
  done <"$(list_of "$1")"
  return 1
}

# index HOW LIST: check, show or push it.
index() {
  [ -f "$(list_of "$2")" ] || die "there is no manifest list $2" "docker manifest create $2 IMAGE IMAGE..."
  "$client" import --change "homeport index $1" - "$2" <"$(list_of "$2")"
}

manifest() {
  what=${1-}
  [ $# = 0 ] || shift
  case $what in
    create | annotate | inspect | push | rm) "manifest_$what" "$@" ;;
    '') exec "$client" manifest ;;
    *) exec "$client" manifest "$what" "$@" ;;
  esac
}

manifest_create() {
  list='' amend='' images=''
  for one in "$@"; do
    case $one in
      -a | --amend) amend=yes ;;
      --insecure | --insecure=*) ;;
      -*) die "unknown flag of manifest create: $one" ;;
      *) if [ -z "$list" ]; then list=$one; else images="$images $one"; fi ;;
    esac
  done
  [ -n "$images" ] || die 'manifest create needs a name and images' 'docker manifest create NAME IMAGE IMAGE...'
  file=$(list_of "$list")
  [ -z "$amend" ] && [ -f "$file" ] && die "there is a manifest list $list already" 'docker manifest create --amend'
  mkdir -p "$lists" && touch "$file" || exit 1
  for one in $images; do
    has "$list" "$one" || echo "$one" >>"$file"
  done
  index check "$list" || {
    [ -n "$amend" ] || rm -f "$file"
    exit 1
  }
}

manifest_annotate() {
  list='' image='' more=''
  while [ $# -gt 0 ]; do
    case $1 in
      --os | --arch | --variant | --os-version | --os-features)
        [ $# -gt 1 ] || die "$1 of manifest annotate needs a value"
        more="$more ${1#--}=$2"
        shift
        ;;
      --*=*) more="$more ${1#--}" ;;
      -*) die "unknown flag of manifest annotate: $1" ;;
      *) if [ -z "$list" ]; then list=$1; else image=$1; fi ;;
    esac
    shift
  done
  file=$(list_of "$list")
  [ -f "$file" ] || die "there is no manifest list $list" "docker manifest create $list IMAGE IMAGE..."
  has "$list" "$image" || die "$image is not in manifest list $list" "docker manifest create --amend $list $image"
  while read -r name rest; do
    if [ "$name" = "$image" ]; then rest="$rest$more"; fi
    echo "$name $rest"
  done <"$file" >"$file.new" && mv "$file.new" "$file" || exit 1
  index check "$list"
}

manifest_inspect() {
  for last in "$@"; do :; done
  if [ -f "$(list_of "${last-}")" ]; then index show "$last"; else exec "$client" manifest inspect "$@"; fi
}

manifest_push() {
  list='' purge=''
  for one in "$@"; do
    case $one in
      -p | --purge) purge=yes ;;
      --insecure | --insecure=*) ;;
      -*) die "unknown flag of manifest push: $one" ;;
      *) list=$one ;;
    esac
  done
  index push "$list" || exit 1
  [ -z "$purge" ] || rm -f "$(list_of "$list")"
}

manifest_rm() {
  for one in "$@"; do
    [ -f "$(list_of "$one")" ] || die "there is no manifest list $one"
    rm -f "$(list_of "$one")"
  done
}

# --- builders

buildx() {
  case ${1-} in
    create)
      say "homeport: no builder is made: the box's BuildKit builds, and each platform in its turn"
      echo homeport
      ;;
    use | rm | stop) ;;
    inspect) exec "$client" buildx inspect default ;;
    build | b)
      shift
      build "$@"
      ;;
    *) exec "$client" buildx "$@" ;;
  esac
}

# build ARGUMENT...: as it is, but for a builder, and more platforms than one.
build() {
  left=$# platforms='' push='' tags='' value=''
  while [ $left -gt 0 ]; do
    one=$1 left=$((left - 1))
    shift
    case $one in
      --builder | --platform | -t | --tag | -o | --output | --cache-to)
        value=${1-}
        [ $left -gt 0 ] && shift && left=$((left - 1))
        ;;
      --builder=* | --platform=* | --tag=* | --output=* | --cache-to=*) value=${one#*=} one=${one%%=*} ;;
      -o=*) value=${one#*=} one=-o ;;
      -t?*) value=${one#-t} one=-t ;;
    esac
    case $one in
      --builder) ;;
      --cache-to) say "homeport: --cache-to is left out: the box keeps what was built" ;;
      --platform) platforms="$platforms,$value" ;;
      -t | --tag) tags="$tags $value" ;;
      --push) push=yes ;;
      -o | --output)
        case $value in
          registry | type=registry* | type=image*push=true*) push=yes ;;
          *) set -- "$@" --output "$value" ;;
        esac
        ;;
      *) set -- "$@" "$one" ;;
    esac
  done
  platforms=$(echo "$platforms" | tr ',' ' ')
  if [ "$(echo "$platforms" | wc -w)" -lt 2 ]; then
    for value in $platforms; do set -- --platform "$value" "$@"; done
    for value in $tags; do set -- --tag "$value" "$@"; done
    [ -z "$push" ] || set -- --push "$@"
    exec "$client" buildx build --builder default "$@"
  fi
  for platform in $platforms; do build_one "$platform" "$@" || exit 1; done
  [ -z "$push" ] || for tag in $tags; do push_parts "$tag" || exit 1; done
}

# part TAG PLATFORM: what an image of one platform is called.
part() {
  case ${1##*/} in *:*) named=$1 ;; *) named=$1:latest ;; esac
  echo "$named-$(echo "${2#linux/}" | tr / -)"
}

build_one() (
  platform=$1
  shift
  say "homeport: building for $platform"
  for tag in $tags; do set -- --tag "$(part "$tag" "$platform")" "$@"; done
  [ -z "$push" ] || set -- --push "$@"
  exec "$client" buildx build --builder default --platform "$platform" "$@"
)

push_parts() {
  mkdir -p "$lists" || return 1
  for platform in $platforms; do part "$1" "$platform"; done >"$(list_of "$1")"
  index push "$1" && rm -f "$(list_of "$1")"
}

case ${1-} in
  manifest | buildx) what=$1 && shift && "$what" "$@" ;;
  build)
    case " $* " in
      *" --platform "*,* | *" --platform="*,* | *" --builder"*) shift && build "$@" ;;
      *) exec "$client" "$@" ;;
    esac
    ;;
  *) exec "$client" "$@" ;;
esac
