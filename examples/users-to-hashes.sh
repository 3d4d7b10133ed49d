#!/bin/sh
# Hashes the passwords of a CSV file:
#
#   users-to-hashes.sh users.csv >hashes.csv
#   users-to-hashes.sh users.csv --profile owasp >hashes.csv
#
# The first line must be user,password, or user;password if fields end at semicolons; the output's is user,hash or
# user;hash. Every field may stand in quotes, and one that contains the separator or a quote must; its own quotes are
# doubled. So does a hash, which contains commas. Prints all lines or none.
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

# Prints a column: the users as they are, the passwords without the quotes of CSV, the numbers of their lines in the
# file, or what separates the fields.
column() {
    LC_ALL=C awk -v column="$1" '
        function refuse(why) {
            print "users-to-hashes.sh: line " (NR ? NR : 1) ": " why >"/dev/stderr"
            refused = 1
            exit 2
        }
        { sub(/\r$/, "") }
        NR == 1 { sub(/^\357\273\277/, "") } # the mark that spreadsheets put before UTF-8
        NR == 1 && /^#TYPE / { next } # Windows PowerShell puts this before the header
        separator == "" {
            if ($0 !~ /^"?user"?[,;]"?password"?$/) refuse("expected the header user,password or user;password")
            separator = $0 ~ /;/ ? ";" : ","
            field = "(\"([^\"]|\"\")+\"|[^\"" separator "]+)"
            if (column == "separator") print separator
            next
        }
        $0 == "" { next }
        $0 ~ "^" field separator "(\"\")?$" { refuse("the password is empty") }
        $0 !~ "^" field separator field "$" {
            refuse("expected a user and a password; a field with a separator or a quote must be in quotes")
        }
        {
            match($0, "^" field separator)
            password = substr($0, RLENGTH + 1)
            if (password ~ /^"/) {
                password = substr(password, 2, length(password) - 2)
                gsub(/""/, "\"", password)
            }
            if (column == "user") print substr($0, 1, RLENGTH - 1)
            if (column == "password") print password
            if (column == "line") print NR
        }
        END { if (!refused && separator == "") refuse("expected the header user,password or user;password") }
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
column line >"$work/lines"
status=0
column password | tc_calendar --hash_pass --password-stdin --lines "$@" >"$work/hashes" 2>"$work/messages" || status=$?
# tc_calendar counts the passwords; these are the lines of the file.
awk -v status="$status" '
    FILENAME == ARGV[1] { line[FNR] = $0; next }
    status && /^note: / { next }
    match($0, /line [0-9]+:/) {
        number = substr($0, RSTART + 5, RLENGTH - 6)
        $0 = substr($0, 1, RSTART + 4) line[number] substr($0, RSTART + RLENGTH - 1)
    }
    { print }
' "$work/lines" "$work/messages" >&2
[ "$status" = 0 ] || exit "$status"
if [ "$(wc -l <"$work/users")" -ne "$(wc -l <"$work/hashes")" ]; then
    echo "users-to-hashes.sh: the file changed meanwhile" >&2
    exit 1
fi

separator=$(column separator)
echo "user${separator}hash" 2>/dev/null
sed 's/.*/"&"/' "$work/hashes" | paste -d "$separator" "$work/users" -
