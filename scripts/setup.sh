# Sourced by the other scripts: a virtual environment with exactly what the lock file names.
# A second run finds the lock's fingerprint and does nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
stamp=.venv/lock.sha256
wanted=$(cat requirements.lock pyproject.toml | sha256sum | cut -d' ' -f1)
if [ ! -x .venv/bin/talkfeeds ] || [ "$(cat $stamp 2>/dev/null)" != "$wanted" ]; then
  python=
  for candidate in python3.11 python3.12 python3.13 python3.14 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      python=$candidate
      break
    fi
  done
  if [ -z "$python" ]; then
    echo "Python 3.11 or newer is needed, and none was found." >&2
    exit 1
  fi
  echo "Setting up .venv with $($python --version)…" >&2
  if ! "$python" -m venv --clear .venv; then
    echo "On Debian and Ubuntu, venv is a package of its own: apt-get install python3-venv" >&2
    exit 1
  fi
  export PIP_DISABLE_PIP_VERSION_CHECK=1
  .venv/bin/pip install --quiet --require-hashes --no-deps --prefer-binary --use-pep517 -r requirements.lock
  .venv/bin/pip install --quiet --no-deps --no-build-isolation --editable .
  echo "$wanted" > $stamp
fi
