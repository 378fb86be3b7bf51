#!/bin/sh
# A checkout of github.com/moby/buildkit to the image localhost/dockerfile:1: the newest Dockerfile frontend for the
# oracle's engine, which is older and knows no COPY --parents. Needs go (cgo is not used, dependencies are vendored).
# usage: GROUNDTRUTH=/path/to/oracle frontend.sh CHECKOUT
set -eu
: "${GROUNDTRUTH:?the path of the oracle script}"
checkout=${1:?usage: frontend.sh CHECKOUT}
share=${GROUNDTRUTH_SHARE:-/tmp}
folder=$(mktemp -d "$share/groundtruth-frontend.XXXXXX")
trap 'rm -rf "$folder"' EXIT

(cd "$checkout" && CGO_ENABLED=0 go build -mod=vendor -trimpath -ldflags '-s -w' \
  -o "$folder/dockerfile-frontend" ./frontend/dockerfile/cmd/dockerfile-frontend)

cat > "$folder/Dockerfile" <<'EOF'
FROM scratch
LABEL moby.buildkit.frontend.network.none="true"
LABEL moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring"
COPY dockerfile-frontend /bin/dockerfile-frontend
ENTRYPOINT ["/bin/dockerfile-frontend"]
EOF
"$GROUNDTRUTH" build localhost/dockerfile:1 "$folder"
