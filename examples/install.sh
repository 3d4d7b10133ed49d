#!/bin/sh
# Puts the hash of the administrator's password into the config, and restarts what reads it.
# Run it as often as you like: it writes only if the hash is missing, wrong or too weak.
#
#   install.sh CONFIG PASSWORD_FILE [COMMAND...]
#   install.sh /etc/calendar/config.json /root/admin-password systemctl restart calendar
#
# PASSWORD_FILE holds the password and nothing else; - is stdin. COMMAND runs only after a change.
# The exit status is 0 after a change and without one, else that of what failed.
set -eu

if [ $# -lt 2 ]; then
    echo "usage: install.sh CONFIG PASSWORD_FILE [COMMAND...]" >&2
    exit 2
fi
config=$1
password_file=$2
shift 2

# The answer contains the hash, so it is not printed. If this fails, the script ends here.
answer=$(tc_calendar --hash_pass --password-file "$password_file" \
    --config "$config" --key /admin/password --if-needed --format json --quiet)

case $answer in
*'"changed":true'*) echo "changed: $config" ;;
*)
    echo "unchanged: $config"
    exit 0
    ;;
esac
if [ $# -gt 0 ]; then
    "$@" || {
        status=$?
        echo "the hash is written, but this failed with status $status; run it again: $*" >&2
        exit "$status"
    }
fi
