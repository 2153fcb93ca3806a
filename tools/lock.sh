#!/bin/sh
# lock.sh PYTHON [UPGRADE]: writes requirements/*.lock from pyproject.toml: versions and hashes, no address of any index.
#
# Versions that are locked already stay as they are, unless a second argument asks for the newest. One lock serves every
# Python from 3.11 on and every system, so only whoever changes a dependency needs the resolver (uv, in a folder of its
# own that is removed again).
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" -m venv "$folder/venv"
"$folder/venv/bin/pip" --disable-pip-version-check --quiet install uv

lock() {
    target=$1
    shift
    # Not to a file in place: the resolver keeps versions that it finds in its target, and the heading is ours.
    cp "$target" "$folder/lock" 2>/dev/null || : >"$folder/lock"
    "$folder/venv/bin/uv" pip compile pyproject.toml "$@" --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-annotate --no-header --quiet --output-file "$folder/lock"
    echo "# Written by \`make lock\` from pyproject.toml; do not edit." >"$target"
    cat "$folder/lock" >>"$target"
    echo "$target: $(grep -c == "$target") packages"
}

lock requirements/dev.lock --group dev --group build --extra hyperopt ${2:+--upgrade}
# What the program itself needs, and what builds it: for an image. The same versions.
lock requirements/run.lock --group build --constraints requirements/dev.lock ${2:+--upgrade}
