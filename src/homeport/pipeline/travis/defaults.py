"""What a job runs in a phase: its own commands, else those of its language. Pure.

Source: travis-build, `script/<language>.rb`. They are bash, and use the helpers of a job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from homeport.pipeline.travis.model import Job

_SKIPPED = {"skip", "ignore"}

_CONFIGURE = {"script": ("./configure && make && make test",)}

# Only these two phases have defaults; what a language does not name, it does not do.
DEFAULTS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "c": _CONFIGURE,
    "cpp": _CONFIGURE,
    "go": {
        "install": ("if [ ! -f Makefile ]; then travis_retry go get -t -v ./...; fi",),
        "script": ("if [ -f Makefile ]; then make; else go test -v ./...; fi",),
    },
    "java": {
        "install": (
            "if [ -f gradlew ]; then ./gradlew assemble; elif [ -f pom.xml ]; then"
            " mvn install -DskipTests=true -Dmaven.javadoc.skip=true -B -V; fi",
        ),
        "script": (
            "if [ -f gradlew ]; then ./gradlew check; elif [ -f pom.xml ]; then"
            " mvn test -B; else ant test; fi",
        ),
    },
    "node_js": {
        "install": (
            "if [ -f yarn.lock ]; then travis_retry yarn;"
            " elif [ -f package.json ]; then travis_retry npm install; fi",
        ),
        "script": (
            "if [ ! -f package.json ]; then make test;"
            " elif [ -f yarn.lock ]; then yarn test; else npm test; fi",
        ),
    },
    "perl": {
        "install": ("travis_retry cpanm --quiet --installdeps --notest .",),
        "script": (
            "if [ -f Build.PL ]; then perl Build.PL && ./Build && ./Build test;"
            " elif [ -f Makefile.PL ]; then perl Makefile.PL && make test; else make test; fi",
        ),
    },
    "php": {"script": ("phpunit",)},
    "python": {
        "install": (
            "if [ -f requirements.txt ]; then travis_retry pip install -r requirements.txt; else"
            ' echo "There is no requirements.txt: say in install: what to install."; fi',
        ),
        "script": ('echo "Say in script: how to test this." >&2; false',),
    },
    "ruby": {
        "install": (
            'if [ -f "${BUNDLE_GEMFILE:-Gemfile}" ]; then'
            " travis_retry bundle install --jobs=3 --retry=3; fi",
        ),
        "script": ('if [ -f "${BUNDLE_GEMFILE:-Gemfile}" ]; then bundle exec rake; else rake; fi',),
    },
    "rust": {"script": ("cargo build --verbose", "cargo test --verbose")},
}


def commands(job: Job, phase: str) -> Sequence[str]:
    """What a job runs in a phase, in order; () for nothing.

    `skip` or `ignore` as the whole of a phase is nothing, and so is a list without items.
    """
    own = job.phases.get(phase)
    if own is None:
        return DEFAULTS.get(job.language, {}).get(phase, ())
    return () if len(own) == 1 and own[0] in _SKIPPED else own
