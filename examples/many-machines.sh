#!/bin/sh
# Hashes the lines of a file on several machines, with GNU parallel and ssh:
#
#   many-machines.sh HOSTS PASSWORDS HASHES [OPTIONS FOR THE COST]
#   many-machines.sh one,admin@two passwords.txt hashes.txt --profile owasp
#
# HOSTS are names for ssh. It must log in without a question, and tc_calendar must be in PATH there. PASSWORDS is a file
# with a password in each line. HASHES gets their hashes, in the same order.
#
# If a machine fails or a line is refused, this says which, and ends with the status of what failed, which is 255 for
# ssh. HASHES then has the hashes of the first lines, and none of others. The same command goes on after them, also with
# other HOSTS, and also after a kill. Ctrl-C ends it at once; a signal to this process alone, when all is done. The
# passwords go through pipes: they are in no argument, and in no other file.
set -eu

# A machine gets so many lines at a time.
lines=1000

# Hashes a piece, which begins with the line $1 of the file, on the machine with the number $2. Prints the line's number
# and all hashes, or no hash.
hash_piece() {
    first=$1
    host=$(echo "$hosts" | cut -d , -f "$2")
    answer=$work/$first
    status=0
    # The lock is not for ssh: a connection that it keeps for later would hold it.
    tail -n "+$first" <"$passwords" | head -n "$lines" |
        ssh -o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=15 -- "$host" \
            "tc_calendar --hash_pass --password-stdin --lines $cost" \
            >"$answer.hashes" 2>"$answer.messages" 9>&- || status=$?
    # tc_calendar counts the lines of the piece; these are the lines of the file.
    awk -v before=$((first - 1)) -v status="$status" '
        status && /^note: / { next }
        match($0, /line [0-9]+:/) {
            number = before + substr($0, RSTART + 5, RLENGTH - 6)
            $0 = substr($0, 1, RSTART + 4) number substr($0, RSTART + RLENGTH - 1)
        }
        { print }
    ' "$answer.messages" >&2
    expected=$((total - first + 1))
    [ "$expected" -le "$lines" ] || expected=$lines
    count=$(wc -l <"$answer.hashes")
    if [ "$status" -ne 0 ]; then
        echo "many-machines.sh: $host: status $status; no hash is kept from line $first on" >&2
        exit "$status"
    elif [ "$count" -ne "$expected" ]; then
        echo "many-machines.sh: $host: $count lines came back for the $expected from line $first on" >&2
        exit 1
    fi
    echo "from $first"
    cat "$answer.hashes"
    rm "$answer.hashes" "$answer.messages"
}

# GNU parallel runs this script for each piece.
if [ "${1-}" = --piece ]; then
    hash_piece "$2" "$3"
    exit
fi

if [ $# -lt 3 ]; then
    echo "usage: many-machines.sh HOSTS PASSWORDS HASHES [OPTIONS FOR THE COST]" >&2
    exit 2
fi
for tool in parallel ssh flock truncate; do
    command -v $tool >/dev/null || {
        echo "many-machines.sh: there is no $tool in PATH" >&2
        exit 1
    }
done
# Another program has this name, too.
parallel --version 2>/dev/null | grep -q '^GNU' || {
    echo "many-machines.sh: the parallel in PATH is not GNU parallel" >&2
    exit 1
}
hosts=$1
passwords=$2
hashes=$3
shift 3
cost=$*
case $cost in
    *[!A-Za-z0-9=.,_\ -]*)
        echo "many-machines.sh: only options for the cost: letters, digits and =.,_-" >&2
        exit 2
        ;;
esac
# A name that begins with a dash is no option.
case $passwords in -*) passwords=./$passwords ;; esac
case $hashes in -*) hashes=./$hashes ;; esac
if [ ! -f "$passwords" ] || [ ! -r "$passwords" ]; then
    echo "many-machines.sh: not a regular file that can be read: $passwords" >&2
    exit 2
fi
if [ -e "$hashes" ] && [ ! -f "$hashes" ]; then
    echo "many-machines.sh: not a regular file: $hashes" >&2
    exit 2
fi

# Whatever of a run is still there after a kill holds this lock.
exec 9>>"$hashes"
flock -n 9 || {
    echo "many-machines.sh: another run is still writing to $hashes" >&2
    exit 1
}

# The last line that is not empty, and an empty one before it: where a piece ends, tc_calendar would leave that one out.
read -r total empty <<END
$(LC_ALL=C awk '
    /^(\357\273\277)*\r*$/ { if (!first_empty) first_empty = NR; next }
    first_empty && !empty { empty = first_empty }
    { last = NR }
    END { print last + 0, empty + 0 }
' <"$passwords")
END
if [ "$total" -eq 0 ]; then
    echo "many-machines.sh: there is no password in the file" >&2
    exit 2
elif [ "$empty" -ne 0 ]; then
    echo "many-machines.sh: line $empty: the password is empty" >&2
    exit 2
fi
hashed=$(wc -l <"$hashes")
# The last line may be cut: it has no end, and may have only a part of how a hash starts.
is_of_hashes() {
    LC_ALL=C awk -v whole="$hashed" '
        { length_to_see = NR > whole && length($0) < 10 ? length($0) : 10 }
        substr($0, 1, length_to_see) != substr("$argon2id$", 1, length_to_see) { exit 1 }
    ' "$hashes"
}
if [ "$hashed" -gt "$total" ] || ! is_of_hashes; then
    echo "many-machines.sh: these are not the hashes of the first lines: $hashes" >&2
    exit 2
fi
# A kill may have cut the last line.
truncate -s "$(head -n "$hashed" "$hashes" | wc -c)" "$hashes"

# For the answers of the machines, which are hashes and messages.
work=$(mktemp -d)
export hosts passwords cost lines total work
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# After the first piece that fails, no other is begun, and the hashes of later ones, which are there already, are
# dropped.
machines=$(echo "$hosts" | awk -F , '{ print NF }')
{
    seq $((hashed + 1)) "$lines" "$total" |
        PARALLEL_SHELL=/bin/sh parallel --plain -k -q -j "$machines" --halt soon,fail=1 sh "$0" --piece {} {%} ||
        echo $? >"$work/status"
} | awk -v due=$((hashed + 1)) '
    $1 == "from" { is_due = $2 == due; next }
    is_due { print; due++ }
' >>"$hashes"
[ ! -e "$work/status" ] || exit "$(cat "$work/status")"
if [ "$(wc -l <"$hashes")" -ne "$total" ]; then
    echo "many-machines.sh: there is not a hash for each line; run it again as before" >&2
    exit 1
fi
