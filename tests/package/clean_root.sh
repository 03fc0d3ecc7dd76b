# A clean Debian 12 in a folder, for trying there what has to work on one. To be sourced; wants debootstrap, bubblewrap
# and debian-archive-keyring, the network, and root or sudo.
#   make_root DIR               no more than its essential packages and apt; or a copy of the folder EAGAIN_ROOT, if set
#   in_root DIR COMMAND...      as root of it, as on a machine of one's own
#   in_container DIR COMMAND... as Docker has it: with its capabilities, and no namespaces to be made
#   remove_root DIR
# shellcheck shell=bash
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)

make_root() {
  if [ -n "${EAGAIN_ROOT:-}" ]; then
    "${as_root[@]}" cp -a "$EAGAIN_ROOT" "$1"
  else
    "${as_root[@]}" debootstrap --variant=minbase bookworm "$1"
  fi
}

remove_root() { "${as_root[@]}" rm -rf --one-file-system "$1"; }

inside_environment=(env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
  DEBIAN_FRONTEND=noninteractive)

in_root() {
  local root=$1
  shift
  "${as_root[@]}" bwrap --bind "$root" / --proc /proc --dev /dev --tmpfs /tmp --unshare-pid --die-with-parent \
    --chdir / "${inside_environment[@]}" "$@"
}

# The second chroot is what refuses namespaces for users (user_namespaces(7), EPERM).
in_container() {
  local root=$1 may=(--cap-drop ALL)
  shift
  local capability
  for capability in CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE NET_RAW SYS_CHROOT \
    MKNOD AUDIT_WRITE SETFCAP; do
    may+=(--cap-add "CAP_$capability")
  done
  "${as_root[@]}" bwrap --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 \
    --bind "$root" /container --proc /container/proc --dev /container/dev --tmpfs /container/tmp --unshare-pid \
    --die-with-parent "${may[@]}" --chdir / /usr/sbin/chroot /container "${inside_environment[@]}" "$@"
}
