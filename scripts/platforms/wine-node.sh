#!/bin/sh
# Node for Windows by Wine, as scripts/platforms/machines.js has prepared it. What Node prints takes the way by a file: it
# can't write to pipes of Unix.
printed=$(mktemp -d)
chroot "$OXINET_WINE" /usr/bin/env -C "$PWD" /usr/lib/wine/wine64 "$OXINET_WINE_NODE" "$@" \
  > "$printed/out" 2> "$printed/err" < /dev/null
status=$?
cat "$printed/out"
cat "$printed/err" >&2
rm -r "$printed"
exit $status
