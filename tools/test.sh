#!/bin/sh
# test.sh PYTHON PATH…: runs the tests below these paths, after setting up what the end-to-end ones need.
#
# Exit status: 0 all ran and passed; 1 some failed; 3 none failed, but some could not run here (each is named, with the
# reason and how to get what is missing). What clusters need is built here where the whole suite is run, since the
# processes that it is split into can't tell of it, and else by the tests themselves: see tests/cluster/README.md.
set -u

python=$1
shift

case "$*" in
*e2e*)
    PYTHONPATH=tests "$python" -m cluster.packages ||
        echo "not all of them are there: the tests that need them will be named as not run"
    ;;
esac

case "$*" in
*integration*e2e*)
    PYTHONPATH=tests "$python" -m cluster.binaries >/dev/null ||
        echo "not all of them are there: the tests that need them will be named as not run"
    ;;
esac

exec "$python" -m pytest "$@"
