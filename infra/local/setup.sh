#!/bin/sh
# Makes .venv from the lock, and (as root) installs what is missing of the system.
# Usage: infra/local/setup.sh [--force | --tests]. Exit 3: something is missing that only an administrator can add.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
venv="$root/.venv"
lock="$root/requirements-dev.lock"
stamp="$venv/tekil-lock.sha256"
jvm_folder=${TEKIL_JVM_FOLDER:-/usr/lib/jvm}
packages="maven default-jre-headless python3-venv libsodium23"

java_is_new_enough() {
    for java in "${JAVA_HOME:-/nonexistent}/bin/java" java "$jvm_folder"/*/bin/java; do
        command -v "$java" >/dev/null 2>&1 || continue
        major=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
        [ "${major:-0}" -ge 17 ] && return 0
    done
    return 1
}

# Maven is needed once, for the broker's jars; a Kafka that is there already does as well.
maven_is_there() {
    command -v mvn >/dev/null 2>&1 || [ -n "${KAFKA_HOME:-}" ]
}

find_python() {
    for python in python3 python3.13 python3.12 python3.11; do
        command -v "$python" >/dev/null 2>&1 || continue
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || continue
        echo "$python"
        return 0
    done
    return 1
}

can_make_venv() {
    [ -x "$venv/bin/python" ] || "$1" -c 'import ensurepip, venv' 2>/dev/null
}

# The tokens' arithmetic; Python's own search, because the binding uses that one.
sodium_is_there() {
    "$1" -c 'import ctypes.util, sys; sys.exit(ctypes.util.find_library("sodium") is None)' 2>/dev/null
}

missing=""
maven_is_there || missing="$missing maven"
java_is_new_enough || missing="$missing default-jre-headless"
python=$(find_python) || python=""
if [ -z "$python" ] || ! can_make_venv "$python"; then
    missing="$missing python3-venv"
fi
if [ -z "$python" ] || ! sodium_is_there "$python"; then
    missing="$missing libsodium23"
fi

# The page is tested in a real browser; nothing else needs one.
if [ "${1:-}" = "--tests" ]; then
    packages="$packages chromium"
    command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
fi

if [ -n "$missing" ]; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "setup: installing$missing"
        export DEBIAN_FRONTEND=noninteractive
        # The package lists may be missing or old: refresh them only when that is so.
        # shellcheck disable=SC2086 # a list of words
        apt-get install -y -q --no-install-recommends $missing </dev/null >/dev/null 2>&1 || {
            apt-get update -q </dev/null
            # shellcheck disable=SC2086
            apt-get install -y -q --no-install-recommends $missing </dev/null
        }
    else
        echo "setup: missing:$missing. Ask an administrator to run:  apt-get install -y $packages" >&2
        exit 3
    fi
    python=$(find_python) || { echo "setup: Python 3.11 or newer is needed" >&2; exit 3; }
    java_is_new_enough || {
        echo "setup: this system's Java is older than 17: install a newer one, set JAVA_HOME" >&2
        exit 3
    }
fi

wanted=$(sha256sum "$lock" | cut -d' ' -f1)
if [ "${1:-}" != "--force" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
echo "setup: installing the locked packages into .venv"
"$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$lock" </dev/null
printf '%s\n' "$wanted" >"$stamp" # last: an interrupted set-up is done again
