#!/bin/sh
# Hashes the passwords of a CSV file:
#
#   users-to-hashes.sh users.csv >hashes.csv
#   users-to-hashes.sh users.csv --profile owasp >hashes.csv
#
# The first line names the columns, in any order: user, password, and others, which are left out. Commas or semicolons
# separate them. A field that contains one of these, a quote or a line end must stand in quotes, and its own quotes
# must be doubled. The file must be UTF-8. Prints a line for each user, in order, under user,hash or user;hash, or
# nothing if there is a fault in one of the rows. The passwords reach tc_calendar only through a pipe.
set -eu

if [ $# -lt 1 ]; then
    echo "usage: users-to-hashes.sh FILE [OPTIONS FOR THE COST]" >&2
    exit 2
fi
command -v tc_calendar >/dev/null || {
    echo "users-to-hashes.sh: there is no tc_calendar in PATH; docs/install.md says how it gets there" >&2
    exit 1
}
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
if [ -d "$file" ] || [ ! -r "$file" ]; then
    echo "users-to-hashes.sh: not a file that can be read: $file" >&2
    exit 2
fi

# For the users as they stand in the file, their lines, the hashes and messages.
work=$(mktemp -d)
export work
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
trap 'exit 141' PIPE

# Prints the passwords when the whole file is known to be right. Some versions of awk cut a line at a NUL, so each
# becomes a byte that UTF-8 does not have.
passwords() {
    tr '\000' '\377' <"$file" | LC_ALL=C awk '
        function refuse(why) {
            refusal = "users-to-hashes.sh: " why
            exit
        }
        # Takes a row apart into field[1], field[2] and so on, as they stand in the file. Returns 0 if it is not CSV.
        function split_row(row, count, next_field) {
            next_field = "^(\"([^\"]|\"\")*\"|[^\"" separator "]*)" separator
            for (row = row separator; match(row, next_field); row = substr(row, RLENGTH + 1))
                field[++count] = substr(row, 1, RLENGTH - 1)
            return row == "" ? count : 0
        }
        function content(text) {
            if (text ~ /^"/) {
                text = substr(text, 2, length(text) - 2)
                gsub(/""/, "\"", text)
            }
            return text
        }
        BEGIN {
            tail = "[\200-\277]"
            quoting = "a field with a separator or a quote must be in quotes, and its own quotes doubled"
            letter = "[\302-\337]" tail "|[\340-\357]" tail tail "|[\360-\364]" tail tail tail
        }

        NR == 1 { sub(/^\357\273\277/, "") } # the mark that spreadsheets put before UTF-8
        NR == 1 && /^#TYPE / { next } # Windows PowerShell puts this before the header
        { sub(/\r$/, "") }
        # A row goes on in the next line while a quote is open.
        {
            if (open) row = row "\n" $0
            else { row = $0; start = NR }
            if (gsub(/"/, "\"") % 2) open = !open
        }
        /[\200-\377]/ {
            gsub(letter, "")
            if (/[\200-\377]/) refuse("line " NR ": this is not UTF-8; in Excel, save it as CSV UTF-8")
        }
        open || row ~ /^[,;]*$/ { next } # spreadsheets leave rows of separators

        !columns {
            separator = row ~ /;/ ? ";" : ","
            columns = split_row(row)
            for (i = 1; i <= columns; i++) {
                name = tolower(content(field[i]))
                place[name] = i
                times[name]++
            }
            if (times["user"] != 1 || times["password"] != 1)
                refuse("line " start ": expected a header with the columns user and password, with commas or semicolons")
            next
        }
        {
            if (split_row(row) != columns) refuse("line " start ": expected " columns " fields; " quoting)
            user = content(field[place["user"]])
            password = content(field[place["password"]])
            if (user == "") refuse("line " start ": the user is empty")
            if (password == "") refuse("line " start ": the password is empty")
            if (user password ~ /\n/) refuse("line " start ": the user or the password contains a line end")
            if (user in line) refuse("line " start ": this user is in line " line[user] ", too")
            line[user] = start
            count++
            lines[count] = start
            users[count] = field[place["user"]]
            passwords[count] = password
        }

        END {
            work = ENVIRON["work"]
            if (!refusal && open) refusal = "users-to-hashes.sh: line " start ": a quote is not closed; " quoting
            if (!refusal && !count) refusal = "users-to-hashes.sh: there is no user in the file"
            if (refusal) {
                print refusal >(work "/refusal")
                exit
            }
            print separator >(work "/separator")
            for (i = 1; i <= count; i++) {
                print lines[i] >(work "/lines")
                print users[i] >(work "/users")
            }
            for (i = 1; i <= count; i++) print passwords[i]
        }
    '
}

status=0
passwords | tc_calendar --hash_pass --password-stdin --lines "$@" >"$work/hashes" 2>"$work/messages" || status=$?
if [ -e "$work/refusal" ]; then
    cat "$work/refusal" >&2
    exit 2
fi
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
    echo "users-to-hashes.sh: there is not a hash for each user" >&2
    exit 1
fi

separator=$(cat "$work/separator")
echo "user${separator}hash" 2>/dev/null
sed 's/.*/"&"/' "$work/hashes" | paste -d "$separator" "$work/users" -
