#!/bin/sh
# Hashes the passwords of a CSV file:
#
#   users-to-hashes.sh users.csv >hashes.csv
#   users-to-hashes.sh users.csv --profile owasp >hashes.csv
#
# The first line must be user,password; the output's is user,hash. A field that contains a comma or a quote
# stands in quotes, and its own quotes are doubled. A hash contains commas, so it stands in quotes too.
# Prints all lines or none.
set -eu

if [ $# -lt 1 ]; then
    echo "usage: users-to-hashes.sh FILE [OPTIONS FOR THE COST]" >&2
    exit 2
fi
file=$1
shift

for option; do
    case $option in
        --format*)
            echo "users-to-hashes.sh: without --format: only the plain form fits into CSV" >&2
            exit 2
            ;;
    esac
done
if [ ! -f "$file" ]; then
    echo "users-to-hashes.sh: not a file: $file" >&2
    exit 2
fi
# Some versions of awk cut a line at a NUL character, which would shorten a password.
bytes=$(wc -c <"$file")
if [ "$(tr -d '\000' <"$file" | wc -c)" -ne "$bytes" ]; then
    echo "users-to-hashes.sh: the file contains NUL characters; save it as UTF-8" >&2
    exit 2
fi

# Prints a column: the users as they are, or the passwords without the quotes of CSV.
column() {
    LC_ALL=C awk -v column="$1" '
        function refuse(why) {
            print "users-to-hashes.sh: line " (NR ? NR : 1) ": " why >"/dev/stderr"
            refused = 1
            exit 2
        }
        { sub(/\r$/, "") }
        NR == 1 { sub(/^\357\273\277/, "") } # the mark that spreadsheets put before UTF-8
        NR == 1 && $0 != "user,password" { refuse("expected the header user,password, without quotes and with a comma") }
        NR == 1 || $0 == "" { next }
        !/^("([^"]|"")+"|[^",]+),("([^"]|"")+"|[^",]+)$/ {
            refuse("expected a user and a password; a comma or a quote must be in quotes")
        }
        {
            match($0, /^("([^"]|"")+"|[^",]+),/)
            password = substr($0, RLENGTH + 1)
            if (password ~ /^"/) {
                password = substr(password, 2, length(password) - 2)
                gsub(/""/, "\"", password)
            }
            print (column == "user" ? substr($0, 1, RLENGTH - 1) : password)
        }
        END { if (!refused && NR == 0) refuse("expected the header user,password, without quotes and with a comma") }
    ' <"$file"
}

# Users and hashes; the passwords only pass through a pipe.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
trap 'exit 141' PIPE

# This reads the whole file once, so that nothing is hashed if a line is wrong.
column user >"$work/users"
if [ ! -s "$work/users" ]; then
    echo "users-to-hashes.sh: there is no user in the file" >&2
    exit 2
fi
column password | tc_calendar --hash_pass --password-stdin --lines "$@" >"$work/hashes" || {
    status=$?
    echo "users-to-hashes.sh: if a line is named above, line 1 is the first user, and nothing is printed of what was hashed" >&2
    exit "$status"
}
if [ "$(wc -l <"$work/users")" -ne "$(wc -l <"$work/hashes")" ]; then
    echo "users-to-hashes.sh: the file changed meanwhile" >&2
    exit 1
fi

echo user,hash 2>/dev/null
sed 's/.*/"&"/' "$work/hashes" | paste -d , "$work/users" -
