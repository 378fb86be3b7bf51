#!/bin/sh
# demo.sh DFGUARD: the broken worker with its findings, then the repaired one; fails when either is not as expected.
set -u
dfguard=$1
say() { printf '\n\033[1m$ %s\033[0m\n' "$*"; }

say dfguard check fixtures/origin/broken/Dockerfile.runpod
"$dfguard" check fixtures/origin/broken/Dockerfile.runpod
[ $? -eq 1 ] || { echo "demo: the broken Dockerfile should give findings (exit code 1)" >&2; exit 1; }

say dfguard check fixtures/origin/repaired/Dockerfile.runpod
"$dfguard" check fixtures/origin/repaired/Dockerfile.runpod || {
  echo "demo: the repaired Dockerfile should pass" >&2
  exit 1
}
