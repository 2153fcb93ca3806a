#!/bin/sh
# install.sh VENV [PYTHON]: Leadline and everything to work on it, in the virtual environment VENV.
#
# Versions and hashes come from requirements/dev.lock; nothing is resolved here, and pip is all it takes. The package
# itself is installed so that edits in operator/ count at once.
set -eu

venv=$1
python=$(sh tools/find-python.sh "${2:-}")

if ! "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
    echo "making $venv with $("$python" -V) ($python)"
    if ! "$python" -m venv --clear "$venv"; then
        rm -rf "$venv"
        echo "The virtual environment could not be made; on Debian: apt-get install python3-venv" >&2
        exit 1
    fi
fi

pip() {
    "$venv/bin/python" -m pip --disable-pip-version-check --no-input --quiet "$@"
}

echo "installing the versions of requirements/dev.lock into $venv"
pip install --require-hashes --requirement requirements/dev.lock
pip install --no-deps --no-build-isolation --editable .
