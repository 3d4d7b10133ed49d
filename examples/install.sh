#!/bin/sh
# Puts the hash of the administrator's password into the config, and restarts what reads it.
# Run it as often as you like: it writes only if the hash is missing, wrong or too weak.
#
#   install.sh CONFIG PASSWORD_FILE [COMMAND...]
#   install.sh /etc/calendar/config.json /root/admin-password systemctl restart calendar
#
# PASSWORD_FILE holds the password and nothing else; - is stdin. If the config has other text there than a hash, empty
# it first. COMMAND runs only after a change. If a run fails or is killed, the next one that does not fail runs COMMAND
# in any case; until then, the folder CONFIG.restart-due stands for that. The exit status is 0 after a change and
# without one, else that of what failed.
set -eu

# The place of the hash in the config. Change it if yours is another.
key=/admin/password

if [ $# -lt 2 ]; then
    echo "usage: install.sh CONFIG PASSWORD_FILE [COMMAND...]" >&2
    exit 2
fi
command -v tc_calendar >/dev/null || {
    echo "nothing is changed: there is no tc_calendar in PATH; docs/install.md says how it gets there" >&2
    exit 1
}
config=$1
password_file=$2
shift 2

# While this folder exists, COMMAND has to run. It is made before the config is written, so that neither an
# error nor a kill can lose the restart. In a folder where this fails, tc_calendar cannot write either.
due=$config.restart-due
restart=false
if [ -d "$due" ]; then
    restart=true
elif [ $# -gt 0 ] && [ -e "$config" ]; then
    mkdir "$due" 2>/dev/null || true
fi

# If this fails, it says why, and the script ends here.
answer=$(tc_calendar --hash_pass --password-file "$password_file" \
    --config "$config" --key "$key" --if-needed --format change)
echo "$answer: $config"
[ "$answer" = unchanged ] || restart=true
[ $# -gt 0 ] || exit 0
if $restart && [ "$answer" = unchanged ]; then
    echo "an earlier run has left this to do: $*"
fi
if $restart; then
    "$@" || {
        status=$?
        echo "the hash is in the config, but this failed with status $status: $*; run install.sh again as before" >&2
        exit "$status"
    }
fi
rmdir "$due" 2>/dev/null || true
