# Dovecot stores `{ARGON2ID}` and then the hash.
if [ $# = 1 ]; then
    made=$(doveadm pw -s ARGON2ID -p "$1") && printf '%s\n' "${made#'{ARGON2ID}'}"
elif doveadm pw -t "{ARGON2ID}$2" -p "$1" >/dev/null 2>&1; then
    echo match
else
    echo "no match"
fi
