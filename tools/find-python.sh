#!/bin/sh
# Prints the path of a Python that can run Leadline: 3.11 or newer. Tries what it is given, else the usual names.
#
# A name on the path proves little (pyenv puts shims there for versions that are not chosen): each one is asked.
set -u

for name in ${1:-python3.13 python3.12 python3.11 python3 python}; do
    path=$(command -v "$name") || continue
    if "$path" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        echo "$path"
        exit 0
    fi
done

if [ $# -gt 0 ] && [ -n "$1" ]; then
    echo "PYTHON=$1 is no Python 3.11 or newer that runs." >&2
else
    echo "No Python 3.11 or newer was found on the path." >&2
fi
echo "Install one (on Debian 12 or newer: apt-get install python3 python3-venv)," >&2
echo "or name it: make install PYTHON=/path/to/python3.12" >&2
exit 1
