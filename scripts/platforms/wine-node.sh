#!/bin/sh
# Node for Windows by Wine, as scripts/platforms/machines.js has prepared it. What Node prints takes the way by a file: it
# can't write to pipes of Unix.
output=$(mktemp)
chroot "$OXINET_WINE" /usr/bin/env -C "$PWD" /usr/lib/wine/wine64 "$OXINET_WINE_NODE" "$@" > "$output" 2>&1 < /dev/null
status=$?
cat "$output"
rm -f "$output"
exit $status
