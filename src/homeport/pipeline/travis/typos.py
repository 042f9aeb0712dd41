"""Typos that are known, and words that are none. Pure data."""

from __future__ import annotations

from collections.abc import Mapping

# What each key is written as by mistake, where the nearest known key is not meant, or where the
# word is so short that the nearest is a guess.
_OF: Mapping[str, str] = {
    "addons": "add_ons add-ons addon addnos addos ddons",
    "after_deploy": "after_deployment",
    "after_failure": "after_fail after_failures",
    "after_script": "afterscript after_scripts after_test",
    "after_success": "after_succeed after_succes aftersuccess after_sucess after_access",
    "allow_failures": "allow_failure known_failures allowable_failures",
    "before_cache": "before_archive",
    "before_deploy": "before_deployment",
    "before_install": "beforeinstall before_instal before.install efore_install",
    "before_script": "beforescript before_scripts before_setup before_scripting efore_script",
    "branches": "branchs branche branched",
    "bundler_args": "bundle_args builder_args",
    "cache": "cach caches cached ache chache",
    "compiler": "compilers compile complier",
    "deploy": "deployd deply",
    "dist": "distro disty",
    "env": "envs evn ebv eenv",
    "exclude": "exclue exlude",
    "fast_finish": "fash_finish fast_finis fast_finished",
    "gemfile": "gemfiles emfile",
    "global": "globals gloabl gloabal gobal",
    "include": "includes",
    "install": "instal intall intsall nstall preinstall",
    "jdk": "jdks jkd idk",
    "language": "languages nguage langauge languge lanaguage anguage glanguage laguage",
    "matrix": "matix maxtrix matrie",
    "node_js": "mode_js nod_js node_ls",
    "notifications": "notification notifcations tifications",
    "osx_image": "os_image x_image",
    "otp_release": "opt_release",
    "php": "phpp phps",
    "python": "pyton pyhton ptyhon pythonl",
    "r_check_args": "r_check_arg",
    "rvm": "rmv rvms gvm",
    "sbt_args": "sbtargs",
    "script": "scripts scrip scipt sript srcipt scirpt cript scrpit ccript Scripts",
    "services": "service servies sevices ervices",
    "sudo": "sodo sude dudo udo esudo asudo suod",
    "virtualenv": "virtalenv virtual_env",
    "xcode_scheme": "code_scheme xcode_schema xcode_schemes",
}
TYPOS: Mapping[str, str] = {typo: key for key, typos in _OF.items() for typo in typos.split()}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that are near to a key and mean something else.
NEVER = _words(
    "after_vendor branch branches erlang gcc golang html jvm nvm osx pgsql pip postgres prose"
    " sdk slack start_script test trusty versions vimscript"
)

# Keys that stand elsewhere in a `.travis.yml`: misplaced, but no typo of something else.
ELSEWHERE = _words(
    "access_key_id acl all_branches allow_failures api_key apps apt artifacts bucket bundler"
    " campfire ccache channels chrome cocoapods code_climate components condition"
    " coverity_scan depth directories draft edge email enabled except exclude fast_finish file"
    " file_glob firefox flowdock force global hipchat homebrew host hostname hosts if include"
    " irc jwt licenses local_dir mariadb name npm on on_cancel on_error on_failure on_start"
    " on_success only packages password pip postgresql prerelease project provider pushover"
    " quiet recipients region repo rethinkdb rooms sauce_connect script secret_access_key"
    " secure server skip_cleanup slack snaps sonarcloud source sources ssh_known_hosts"
    " strategy submodules tags target template timeout token update urls user username users"
    " webhooks yarn"
)
