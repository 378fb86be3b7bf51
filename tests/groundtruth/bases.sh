#!/bin/sh
# Two more base images for the oracle's engine, for what its own busybox lacks (users, GNU options, bash).
# usage: GROUNDTRUTH=/path/to/oracle bases.sh gnu DEBIAN_ROOT        localhost/gnu:1 from packages installed in a root
#        GROUNDTRUTH=/path/to/oracle bases.sh users BUSYBOX_CHECKOUT localhost/users:1, busybox with adduser and addgroup
set -eu
: "${GROUNDTRUTH:?the path of the oracle script}"
kind=${1:?gnu or users}
from=${2:?a Debian root, or a checkout of busybox}
folder=$(mktemp -d "${GROUNDTRUTH_SHARE:-/tmp}/groundtruth-base.XXXXXX")
trap 'rm -rf "$folder"' EXIT
tree=$folder/tree
mkdir -p "$tree/etc" "$tree/tmp" "$tree/root" "$tree/home" "$tree/run"
chmod 1777 "$tree/tmp"
chmod 0700 "$tree/root"

accounts() {  # shell
  printf 'root:x:0:0:root:/root:%s\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n' "$1" > "$tree/etc/passwd"
  printf 'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n' >> "$tree/etc/passwd"
  printf 'root:x:0:\ndaemon:x:1:\nstaff:x:50:\nusers:x:100:\nnogroup:x:65534:\n' > "$tree/etc/group"
  printf 'root:*:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n' > "$tree/etc/shadow"
  printf 'root:*::\ndaemon:*::\nstaff:*::\nusers:*::\nnogroup:*::\n' > "$tree/etc/gshadow"
  chmod 0640 "$tree/etc/shadow" "$tree/etc/gshadow"
}

imported() {  # tag, PATH, command
  tar --sort=name --mtime=@0 --numeric-owner --owner=0 --group=0 -C "$tree" -cf "$folder/base.tar" .
  "$GROUNDTRUTH" docker import -c "ENV PATH=$2" -c "CMD [\"$3\"]" "$folder/base.tar" "$1"
}

case $kind in
gnu)
  # shellcheck disable=SC2016
  chroot "$from" sh -c '
    files=$(dpkg -L bash dash coreutils passwd adduser perl-base unzip rsync tar gzip bzip2 findutils sed grep hostname debianutils login.defs)
    printf "%s\n" $files /usr/bin/getent /usr/bin/logger /etc/shells /etc/profile /etc/default /etc/default/useradd \
      /etc/skel /etc/skel/.bashrc /etc/skel/.profile /etc/skel/.bash_logout /usr /usr/bin /usr/sbin /usr/lib /usr/lib64 /var /var/mail
    for file in $files /usr/bin/getent /usr/bin/logger; do
      case $file in *.so*|*/bin/*|*/sbin/*) ldd "$file" 2>/dev/null | grep -o " /[^ ]*\|^[[:space:]]*/[^ ]*" ;; esac
    done | sort -u | while read -r library; do
      library=$(readlink -f "${library%/*}")/${library##*/}
      printf "%s\n" "$library" "$(readlink -f "$library")"
    done' |
    grep -v -E '^/(\.|proc|sys|dev|run)|/(unicore|doc|man|locale|info|lintian|bug|bash-completion|menu|tmpfiles\.d|systemd|cron[^/]*|cache)(/|$)' |
    sed 's#^/##' | sort -u | while read -r path; do [ ! -e "$from/$path" ] && [ ! -L "$from/$path" ] || echo "$path"; done > "$folder/list"
  tar -C "$from" --no-recursion -cf - -T "$folder/list" | tar -C "$tree" -xf -
  for top in bin sbin lib lib64; do ln -s "usr/$top" "$tree/$top"; done
  accounts /bin/bash
  imported localhost/gnu:1 /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash ;;
users)
  (cd "$from" && make -s defconfig && sed -i 's/^# CONFIG_STATIC is not set/CONFIG_STATIC=y/; s/^CONFIG_TC=y/CONFIG_TC=n/' .config &&
    yes '' | make -s oldconfig > "$folder/log" && make -s -j2 busybox)
  mkdir -p "$tree/bin" "$tree/sbin" "$tree/usr/bin" "$tree/var/mail"
  cp "$from/busybox" "$tree/bin/busybox"
  for name in sh ash cat chmod chown chgrp cp ln ls mkdir mv rm rmdir sed tar touch echo printf test true false id whoami su \
    adduser addgroup deluser delgroup passwd chpasswd install tee env find xargs grep head tail sort dirname basename \
    mktemp unzip gunzip gzip wget readlink realpath which; do ln -s busybox "$tree/bin/$name"; done
  accounts /bin/sh
  imported localhost/users:1 /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh ;;
*) sed -n '2,4p' "$0"; exit 2 ;;
esac
