#!/bin/sh
# Makes the virtual environment; one clear sentence when this machine's Python cannot.
set -u
target=$1
oldest=3.11

newest_seen=
for name in ${PYTHON_FOR_VENV:-python3.11 python3.12 python3 python3.13 python3.14 python}; do
    command -v "$name" >/dev/null 2>&1 || continue
    version=$("$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    newest_seen=${newest_seen:-$version}
    if "$name" -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))'; then
        python=$name
        break
    fi
done

if [ -z "${python:-}" ]; then
    if [ -n "$newest_seen" ]; then
        echo "perennial: Python $oldest or newer is needed; this machine has $newest_seen." >&2
    else
        echo "perennial: Python $oldest or newer is needed; this machine has none." >&2
    fi
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "perennial: $python lacks its venv module; on Debian and Ubuntu: apt-get install python$version-venv" >&2
    exit 1
fi
if ! "$python" -m venv --clear "$target"; then
    echo "perennial: the virtual environment $target could not be made; the lines above say why." >&2
    exit 1
fi
