//! Every hint is followed as it is written, and leads to success or to another step that is named.
#![cfg(all(target_os = "linux", not(portable)))]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use common::path_with_program;

const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$8+dxpSCIznS+kgaJeLCXMVxDKGgRgcBE";
const CONFIG: &str = "{\"admin\": {\"password\": \"\", \"a~b\": null, \"name\": \"root\", \"port\": 1}, \"list\": [\"\"],\n\
    \"bcrypt\": \"$2b$12$abcdefghijklmnopqrstuuJ5L9m2m7v5m7v5m7v5m7v5m7v5m7v5m\",\n\
    \"doubled\": \"$$argon2id$$v=19$$m=8,t=1,p=1$$c2FsdHNhbHQ$$8+dxpSCIznS+kgaJeLCXMVxDKGgRgcBE\"}\n";

/// A line of a shell that is refused, its hint, and for each way in the hint a line that goes it and a part of what
/// that prints. In the lines, `T` is the program, `HASH` a hash in quotes, and `AT` the config and a key.
type Case = (&'static str, &'static str, &'static [[&'static str; 2]]);

const HASHED: &str = "$argon2id$v=19$";
const OPTIONS: [&str; 2] = ["tc_calendar --help", "Usage: tc_calendar"];
const ASKS: &str = "error: no password is given, and there is no terminal";

const ARGUMENTS: &[Case] = &[
    (
        "tc_calendar",
        "to hash a password: tc_calendar --hash_pass; for all options: tc_calendar --help",
        &[["tc_calendar --hash_pass", ASKS], OPTIONS],
    ),
    (
        "T hash_pass s3cret",
        "did you mean --hash_pass? for all options: tc_calendar --help",
        &[["T --hash_pass s3cret", HASHED], OPTIONS],
    ),
    (
        "T --verify HASH --inspect",
        "give one of --hash_pass, --verify, --inspect, --calibrate and --generate",
        &[["T --inspect HASH", "variant: argon2id"]],
    ),
    (
        "T --verify <secret",
        "give it in single quotes: --verify '$argon2id$v=19$...'; or use --encoded-file, or --config and --key",
        &[
            ["echo HASH | T --verify --encoded-file - --password-file secret", "match"],
            ["T --verify HASH --password-stdin <secret", "match"],
            ["T --verify AT --password-stdin <secret", "no hash"],
        ],
    ),
    (
        "T --hash_pass --memry 64MiB",
        "did you mean --memory SIZE? if the password starts with a dash: --hash_pass=<password>",
        &[["T --hash_pass x --memory 64MiB", "m=65536"], ["T --hash_pass=--memry", HASHED]],
    ),
    (
        "T --hash_pass -s3cret",
        "if the password starts with a dash: --hash_pass=<password>; for all options: tc_calendar --help",
        &[["T --hash_pass=-s3cret", HASHED], OPTIONS],
    ),
    ("T -hash_pass s3cret", "did you mean --hash_pass?", &[["T --hash_pass s3cret", HASHED]]),
    ("T -v", "did you mean --version?", &[["tc_calendar --version", "tc_calendar "]]),
    (
        "T --verify HASH --password s3cret",
        "did you mean --password-file FILE or --password-stdin or --password-env NAME?",
        &[
            ["T --verify HASH --password-file secret", "match"],
            ["T --verify HASH --password-stdin <secret", "match"],
            ["PW=s3cret T --verify HASH --password-env PW", "match"],
        ],
    ),
    ("T --inspect HASH -x", "for all options: tc_calendar --help", &[OPTIONS]),
    (
        "T —inspect HASH",
        "did you mean --inspect? options start with plain dashes (-)",
        &[["T --inspect HASH", "argon2id"]],
    ),
    (
        "T --hash_pass —s3cret",
        "options start with plain dashes (-); if it is the password: --hash_pass=<password>",
        &[["T --hash_pass=—s3cret", HASHED]],
    ),
    (
        "T --hash_pass -encodedCommand abc",
        "in PowerShell, braces make a script block; put the password in single quotes",
        &[["T --hash_pass '{s3cret}'", HASHED]],
    ),
    (
        "T --verify HASH ''",
        "--verify takes one hash; if these are the lines of a file, give one of them",
        &[["T --verify HASH --password-file secret", "match"]],
    ),
    (
        "T --verify HASH s3cret",
        "the password is not an argument here: use the prompt, --password-stdin or --password-file",
        &[
            ["T --verify HASH --password-stdin <secret", "match"],
            ["T --verify HASH --password-file secret", "match"],
        ],
    ),
    (
        "T --calibrate 60 ms",
        "--calibrate takes one time, written without a space: 500ms or 2s",
        &[["T --calibrate 60ms", "--cost=m="]],
    ),
    (
        "T --generate man x",
        "--generate takes one value; put one with spaces in quotes",
        &[["T --generate man", ".TH"]],
    ),
    (
        "T --hash_pass s3cret --key /admin/password",
        "use --config FILE --key POINTER",
        &[["T --hash_pass s3cret --config config.json --key /admin/password; T --inspect AT", "argon2id"]],
    ),
    (
        "T --hash_pass a b AT --key /admin/password",
        "give each --key another location",
        &[["T --hash_pass a b AT --key /admin/a~0b; T --inspect AT", "argon2id"]],
    ),
    (
        "T --hash_pass a b --config config.json --key /admin --key /admin/password",
        "give each --key another location",
        &[["T --hash_pass a b AT --key /admin/a~0b; T --inspect AT", "argon2id"]],
    ),
    ("tc_calendar help", "for help: tc_calendar --help", &[OPTIONS]),
    (
        "T --hash_pass a --password-stdin",
        "give them in one way, for example --password-file",
        &[["T --hash_pass --password-file secret", HASHED]],
    ),
    (
        "T --hash_pass one -t 3 two",
        "put them side by side; put a value with spaces in quotes",
        &[["T --hash_pass one two -t 3", HASHED], ["T --hash_pass 'one two' -t 3", HASHED]],
    ),
    (
        "T --hash_pass x -m 64 MiB",
        "write the unit without a space: 64MiB",
        &[["T --hash_pass x -m 64MiB", "m=65536"]],
    ),
    (
        "T --hash_pass --lines",
        "say where the lines are, for example --password-file FILE --lines",
        &[
            ["T --hash_pass --password-file lines --lines", HASHED],
            ["echo HASH | T --verify --encoded-file - --password-file secret --lines", "match"],
        ],
    ),
    (
        "T --verify --lines --password-file secret",
        "name a file with a hash per line: --encoded-file FILE",
        &[["echo HASH >hashes; T --verify --lines --password-file secret --encoded-file hashes", "match"]],
    ),
    (
        "T --verify HASH --lines --password-file secret",
        "for one password, leave out --lines; for more, name a file with a hash per line instead: --encoded-file FILE",
        &[
            ["T --verify HASH --password-file secret", "match"],
            [
                "printf '%s\\n' HASH HASH >hashes; T --verify --lines --password-file lines --encoded-file hashes",
                "no match\nno match\n",
            ],
        ],
    ),
    (
        "T --inspect --encoded-file hashes --lines",
        "leave out --lines, and give one hash",
        &[["echo HASH >hashes; T --inspect --encoded-file hashes", "argon2id"]],
    ),
    (
        "printf '%s\\n' HASH HASH >hashes; T --verify --lines --password-file secret --encoded-file hashes",
        "write each password on the line of the same number as its hash",
        &[[
            "printf '%s\\n' HASH HASH >hashes; T --verify --lines --password-file lines --encoded-file hashes",
            "no match\nno match\n",
        ]],
    ),
    (
        "printf '%s\\n' HASH HASH >hashes; T --verify --password-file lines --encoded-file hashes",
        "give one hash; to verify each line of a file with that of a file of passwords: --verify --lines",
        &[
            ["echo HASH >hashes; T --verify --password-file secret --encoded-file hashes", "match"],
            [
                "printf '%s\\n' HASH HASH >hashes; T --verify --lines --password-file lines --encoded-file hashes",
                "no match\nno match\n",
            ],
        ],
    ),
    (
        "printf '%s\\n' HASH '' HASH >hashes; T --verify --lines --password-file lines --encoded-file hashes",
        "remove the empty line, or write the hash of that line's password there",
        &[[
            "printf '%s\\n' HASH HASH >hashes; T --verify --lines --password-file lines --encoded-file hashes",
            "no match\nno match\n",
        ]],
    ),
    (
        "T --hash_pass x --cost m=8,t=1,p=1 -t 2",
        "give only one of the two",
        &[["T --hash_pass x --cost m=8,t=1,p=1", HASHED]],
    ),
    (
        "T --inspect HASH AT",
        "give the hash once, as the argument, with --encoded-file or with --config; it is not the password",
        &[
            ["T --inspect HASH", "argon2id"],
            ["echo HASH | T --inspect --encoded-file -", "argon2id"],
            ["T --inspect AT", "no hash"],
        ],
    ),
    (
        "T --verify --encoded-file - --password-stdin <secret",
        "let one of them come from a file",
        &[["echo HASH | T --verify --encoded-file - --password-file secret", "match"]],
    ),
    (
        "T --hash_pass --random --lines",
        "one password is made, or one for each --key; leave out --lines",
        &[["T --hash_pass --random", HASHED]],
    ),
    (
        "T --hash_pass --random AT --if-needed",
        "a new password always changes the config; leave out --if-needed",
        &[["T --hash_pass --random AT; T --inspect AT", "argon2id"]],
    ),
    (
        "T --hash_pass x AT --format compose",
        "the config gets the hash itself; to print it for a Compose file, leave out --config",
        &[["T --hash_pass x --format compose", "$$argon2id$$v=19"]],
    ),
    (
        "echo HASH | T --verify --encoded-file -",
        "use --password-file or --password-env; at a terminal you would be asked",
        &[["echo HASH | T --verify --encoded-file - --password-file secret", "match"]],
    ),
    (
        "T --inspect --encoded-file - </dev/null",
        "check that something writes the hash there",
        &[["echo HASH | T --inspect --encoded-file -", "argon2id"]],
    ),
    (
        "echo '=19=8,t=1,p=1+kgaJeLCXMVxDKGgRgcBE' | T --inspect --encoded-file -",
        "write the hash there again; a shell needs it in single quotes, or after <<'EOF'",
        &[["echo HASH | T --inspect --encoded-file -", "argon2id"]],
    ),
    (
        "echo HASH | iconv -f UTF-8 -t UTF-16LE | T --inspect --encoded-file -",
        "convert it: iconv -f UTF-16LE -t UTF-8",
        &[[
            "echo HASH | iconv -f UTF-8 -t UTF-16LE | iconv -f UTF-16LE -t UTF-8 | T --inspect --encoded-file -",
            "argon2id",
        ]],
    ),
    (
        "echo HASH | iconv -f UTF-8 -t UTF-16BE | T --inspect --encoded-file -",
        "convert it: iconv -f UTF-16BE -t UTF-8",
        &[[
            "echo HASH | iconv -f UTF-8 -t UTF-16BE | iconv -f UTF-16BE -t UTF-8 | T --inspect --encoded-file -",
            "argon2id",
        ]],
    ),
    (
        "echo HASH | iconv -f UTF-8 -t UTF-32LE | T --inspect --encoded-file -",
        "convert it: iconv -f UTF-32LE -t UTF-8",
        &[[
            "echo HASH | iconv -f UTF-8 -t UTF-32LE | iconv -f UTF-32LE -t UTF-8 | T --inspect --encoded-file -",
            "argon2id",
        ]],
    ),
    (
        "echo HASH | iconv -f UTF-8 -t UTF-32BE | T --inspect --encoded-file -",
        "convert it: iconv -f UTF-32BE -t UTF-8",
        &[[
            "echo HASH | iconv -f UTF-8 -t UTF-32BE | iconv -f UTF-32BE -t UTF-8 | T --inspect --encoded-file -",
            "argon2id",
        ]],
    ),
    (
        "T --inspect --encoded-file missing",
        "check what --encoded-file names, and its permissions",
        &[["echo HASH | T --inspect --encoded-file -", "argon2id"]],
    ),
    (
        "T --generate",
        "use one of: man, complete-bash, complete-zsh, complete-fish, complete-powershell, licenses",
        &[["T --generate man", ".TH"], ["T --generate complete-fish", "complete"]],
    ),
    (
        "T --hash_pass x --profile high",
        "use one of: rfc9106-low, rfc9106-high, owasp",
        &[["T --hash_pass x --profile owasp", "m=19456"]],
    ),
    (
        "T --hash_pass x --format",
        "use one of: plain, label, json, compose, change",
        &[["T --hash_pass x --format label", "Your encrypted data: $"]],
    ),
    (
        "T --hash_pass x --config ''",
        "it is missing or empty; for all options: tc_calendar --help",
        &[OPTIONS],
    ),
    (
        "T --hash_pass x --quiet=yes",
        "write it without a value: --quiet",
        &[["T --hash_pass x --quiet", HASHED]],
    ),
    (
        "T --verify HASH --cross-check --password-file secret",
        "leave out --cross-check; for the options of each mode: tc_calendar --help",
        &[["T --verify HASH --password-file secret", "match"], OPTIONS],
    ),
    ("T --hash_pass x -t 1 -t 2", "give it once", &[["T --hash_pass x -t 2", "t=2"]]),
    (
        "T --hash_pass x -t $(printf '\\377')",
        "option values must be UTF-8",
        &[["T --hash_pass x -t 3", "t=3"]],
    ),
    (
        "T --hash_pass --version",
        "ask alone: tc_calendar --version; if the password starts with a dash: --hash_pass=<password>",
        &[["tc_calendar --version", "tc_calendar "], ["T --hash_pass=--version", HASHED]],
    ),
    ("T --inspect --help", "ask alone: tc_calendar --help", &[OPTIONS]),
    (
        "T --hash_pass x -m lots",
        "use a number of KiB, or a unit (KiB, MiB, GiB): 65536 or 64MiB",
        &[["T --hash_pass x -m 65536", "m=65536"], ["T --hash_pass x -m 64MiB", "m=65536"]],
    ),
    (
        "T --hash_pass x -m 0.3MiB",
        "use a whole number of KiB: 65536 or 64MiB",
        &[["T --hash_pass x -m 65536", "m=65536"]],
    ),
    ("T --hash_pass x -t 1.5", "use a whole number", &[["T --hash_pass x -t 2", "t=2"]]),
    (
        "T --calibrate 5m",
        "use a time from 1 to 60000 ms, for example 500ms or 2s",
        &[["T --calibrate 60ms", "--cost=m="]],
    ),
    (
        "T --hash_pass x --cost m=8",
        "use the three numbers, for example m=65536,t=3,p=4",
        &[["T --hash_pass x --cost m=65536,t=3,p=4", "m=65536,t=3,p=4"]],
    ),
    (
        "T --hash_pass x --config config.json --key admin",
        "--key must start with /, for example /admin/password",
        &[["T --hash_pass x --config config.json --key /admin/password; T --inspect AT", "argon2id"]],
    ),
    (
        "T --hash_pass x --config config.json --key /admin/a~b",
        "write ~ in a name as ~0, and / in a name as ~1",
        &[["T --hash_pass x --config config.json --key /admin/a~0b --format plain", HASHED]],
    ),
    (
        "T --hash_pass x -m 8 -p 4",
        "raise --memory or lower --parallelism",
        &[["T --hash_pass x -m 32 -p 4", "m=32"], ["T --hash_pass x -m 8 -p 1", "p=1"]],
    ),
    (
        "T --hash_pass x --cost m=8,t=1,p=4",
        "raise m or lower p in --cost",
        &[["T --hash_pass x --cost m=8,t=1,p=1", "p=1"]],
    ),
    (
        "T --hash_pass x -t 1001",
        "change it, or use a profile: --profile",
        &[["T --hash_pass x --profile owasp", "m=19456"]],
    ),
    (
        "T --hash_pass x --cost m=8,t=0,p=1",
        "change it, or use a profile instead: --profile",
        &[["T --hash_pass x --profile owasp", "m=19456"]],
    ),
];

const HASHES: &[Case] = &[
    (
        "T --inspect ''",
        "put it in single quotes, which keep every $: '$argon2id$v=19$...'",
        &[["T --inspect HASH", "argon2id"]],
    ),
    (
        "T --inspect \"$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$8+dxpSCIznS+kgaJeLCXMVxDKGgRgcBE\"",
        "put the hash in single quotes, which keep every $; in a Makefile, also write each $ as $$",
        &[
            ["T --inspect HASH", "argon2id"],
            [
                "printf 'all:\\n\\t@tc_calendar --inspect '\\''%s'\\''\\n' \"$(printf %s HASH | sed 's/\\$/$$/g')\" >Makefile; make",
                "argon2id",
            ],
        ],
    ),
    (
        "T --inspect s3cret",
        "a hash starts with $argon2id$; it is not the password; to read it from a file: --encoded-file FILE; to hash a password: tc_calendar --hash_pass",
        &[
            ["echo HASH >s3cret; T --inspect --encoded-file s3cret", "argon2id"],
            ["T --hash_pass s3cret", HASHED],
        ],
    ),
    (
        "echo s3cret | T --inspect --encoded-file -",
        "a hash starts with $argon2id$; it is not the password; to hash a password: tc_calendar --hash_pass",
        &[["T --hash_pass s3cret", HASHED]],
    ),
    (
        "T --inspect '$2b$12$abcdefghijklmnopqrstuuJ5L9m2m7v5m7v5m7v5m7v5m7v5m7v5m'",
        "hash the password: tc_calendar --hash_pass",
        &[["T --hash_pass s3cret", HASHED]],
    ),
    (
        "T --verify '$argon2id$v=19$m=8,t=1001,p=1$c2FsdHNhbHQ$AAAAAA' <secret",
        "hash the password again at a lower cost: tc_calendar --hash_pass",
        &[["T --hash_pass s3cret", HASHED]],
    ),
    (
        "T --inspect '$argon2id$v=19$m=8,t=1,p=1,data=aGk$c2FsdHNhbHQ$8+dxpSCIznS+kgaJeLCXMVxDKGgRgcBE'",
        "verify it with the program that made it, or hash the password again without such a field: tc_calendar --hash_pass",
        &[["T --hash_pass s3cret", HASHED]],
    ),
    (
        "T --hash_pass x --config config.json --key /admin/name",
        "a login may need it, and a hash cannot take its place; to replace it anyway: --replace",
        &[["T --hash_pass x --config config.json --key /admin/name --replace --format plain", HASHED]],
    ),
    (
        "T --hash_pass x --config config.json --key /bcrypt",
        "if the program that checks it knows Argon2, too, write a new hash over it: --replace",
        &[["T --hash_pass x --config config.json --key /bcrypt --replace --format plain", HASHED]],
    ),
    (
        "T --inspect --config config.json --key /bcrypt",
        "if the program that checks it knows Argon2, too, write a new hash: tc_calendar --hash_pass --replace with the same --config and --key",
        &[["tc_calendar --hash_pass --replace x --config config.json --key /bcrypt --format plain", HASHED]],
    ),
    (
        "T --hash_pass x --config config.json --key /doubled",
        "outside of a Compose file and a makefile, write each $ once; or write a new hash over it: --replace",
        &[
            [
                "sed -i 's/[$][$]/$/g' config.json; T --inspect --config config.json --key /doubled",
                "argon2id",
            ],
            ["T --hash_pass x --config config.json --key /doubled --replace --format plain", HASHED],
        ],
    ),
    (
        "T --inspect --config config.json --key /doubled",
        "outside of a Compose file and a makefile, write each $ once; or write the hash again: tc_calendar --hash_pass --replace with the same --config and --key",
        &[["tc_calendar --hash_pass --replace x --config config.json --key /doubled --format plain", HASHED]],
    ),
    (
        "T --inspect --config config.json --key /admin/name",
        "a login may need what is there; to use a hash, give --key another location",
        &[["T --inspect AT", "no hash"]],
    ),
    (
        "(ulimit -v 400000; T --hash_pass x -m 2GiB)",
        "free memory, or raise its limit; a lower cost needs less: a smaller --memory, or m in --cost",
        &[
            ["(ulimit -v 400000; T --hash_pass x -m 1MiB)", HASHED],
            ["(ulimit -v 400000; T --hash_pass x --cost m=1MiB,t=1,p=1)", HASHED],
        ],
    ),
    (
        "(ulimit -v 400000; T --hash_pass x -m 300MiB --cross-check)",
        "free memory, or raise its limit; less is needed without --cross-check",
        &[["(ulimit -v 400000; T --hash_pass x -m 300MiB -t 1)", HASHED]],
    ),
    (
        "(ulimit -v 400000; T --verify '$argon2id$v=19$m=2097152,t=1,p=1$c2FsdHNhbHQ$8+dxpSCIznS+kgaJeLCXMVxDKGgRgcBE' --password-file secret)",
        "free memory, or raise its limit",
        &[["T --verify HASH --password-file secret", "match"]],
    ),
];

const PASSWORDS: &[Case] = &[
    (
        "T --hash_pass",
        "use --password-stdin or --password-file; to be asked over ssh or in a container, run it with ssh -t or docker run -it",
        &[
            ["T --hash_pass --password-stdin <secret", HASHED],
            ["T --hash_pass --password-file secret", HASHED],
        ],
    ),
    (
        "T --hash_pass --password-env PW",
        "check the name after --password-env, and that this process gets it",
        &[["PW=s3cret T --hash_pass --password-env PW", HASHED]],
    ),
    (
        "PW= T --hash_pass --password-env PW",
        "set the variable to the password",
        &[["PW=s3cret T --hash_pass --password-env PW", HASHED]],
    ),
    (
        "T --hash_pass --password-stdin",
        "check that something writes the password there",
        &[["printf s3cret | T --hash_pass --password-stdin", HASHED]],
    ),
    (
        "PW=$(printf '\\377') T --hash_pass --password-env PW",
        "set it to Unicode text (UTF-8 on Linux)",
        &[["PW=é T --hash_pass --password-env PW", HASHED]],
    ),
    (
        "T --hash_pass --password-file lines",
        "to hash each line as a password: --lines",
        &[["T --hash_pass --password-file lines --lines", HASHED]],
    ),
    (
        "printf 'a\\n\\nb' | T --hash_pass --password-stdin",
        "give one password, on one line",
        &[["printf a | T --hash_pass --password-stdin", HASHED]],
    ),
    (
        "T --hash_pass --password-file lines AT",
        "give one password, on one line",
        &[["T --hash_pass --password-file secret AT --format plain", HASHED]],
    ),
    (
        "T --hash_pass --password-file lines AT --key /admin/a~0b",
        "write a line for each --key, in the same order, and add --lines",
        &[["T --hash_pass --password-file lines AT --key /admin/a~0b --lines --format plain", HASHED]],
    ),
    (
        "T --hash_pass --password-file lines --lines AT",
        "each line needs a --key, and each --key a line, in the same order",
        &[["T --hash_pass --password-file lines --lines AT --key /admin/a~0b --format plain", HASHED]],
    ),
    (
        "T --hash_pass one two AT",
        "give one --key per password, in the same order; put a password with spaces in quotes",
        &[
            ["T --hash_pass one two AT --key /admin/a~0b --format plain", HASHED],
            ["T --hash_pass 'one two' AT --format plain", HASHED],
        ],
    ),
    (
        "T --hash_pass one AT --key /admin/a~0b",
        "give one password per --key, in the same order",
        &[["T --hash_pass one two AT --key /admin/a~0b --format plain", HASHED]],
    ),
    (
        "PW=x T --hash_pass --password-env PW AT --key /admin/a~0b",
        "a variable is one password; for several, use --password-file and --lines",
        &[["T --hash_pass --password-file lines --lines AT --key /admin/a~0b --format plain", HASHED]],
    ),
    (
        "T --hash_pass --password-file missing",
        "check the path of --password-file and its permissions",
        &[["T --hash_pass --password-file secret", HASHED]],
    ),
    (
        "printf 'a\\n\\nb' | T --hash_pass --password-stdin --lines >/dev/null",
        "remove the blank line",
        &[["printf 'a\\nb' | T --hash_pass --password-stdin --lines", HASHED]],
    ),
    (
        "T --hash_pass ''",
        "give a password, or none to be asked for one",
        &[["T --hash_pass s3cret", HASHED], ["T --hash_pass", ASKS]],
    ),
    (
        "printf 's3cr\\351t' >latin; T --hash_pass --password-file latin",
        "convert it: iconv -f <its encoding> -t UTF-8 (the encoding may be CP1251, CP866 or another)",
        &[[
            "printf 's3cr\\351t' >latin; iconv -f CP1251 -t UTF-8 latin >utf8; T --hash_pass --password-file utf8",
            HASHED,
        ]],
    ),
    (
        "iconv -f UTF-8 -t UTF-16 secret >wide; T --hash_pass --password-file wide",
        "convert it: iconv -f UTF-16 -t UTF-8",
        &[[
            "iconv -f UTF-8 -t UTF-16 secret >wide; iconv -f UTF-16 -t UTF-8 wide | T --hash_pass --password-stdin",
            HASHED,
        ]],
    ),
    (
        "iconv -f UTF-8 -t UTF-32 secret >wide; T --hash_pass --password-file wide",
        "convert it: iconv -f UTF-32 -t UTF-8",
        &[[
            "iconv -f UTF-8 -t UTF-32 secret >wide; iconv -f UTF-32 -t UTF-8 wide | T --hash_pass --password-stdin",
            HASHED,
        ]],
    ),
    (
        "T --hash_pass --password-file /dev/fd/9",
        "use --password-stdin: sudo closes what <(...) opens, and a socket cannot be opened by a name",
        &[["T --hash_pass --password-stdin <secret", HASHED]],
    ),
    (
        "echo | T --hash_pass --password-stdin",
        "its first line is empty; write the password there; of a credential in PowerShell, pipe $credential.GetNetworkCredential().Password",
        &[["T --hash_pass --password-stdin <secret", HASHED]],
    ),
    (
        "echo >empty; T --hash_pass --password-file empty",
        "its first line is empty; write the password there",
        &[["T --hash_pass --password-file secret", HASHED]],
    ),
    (
        "printf '\\na' | T --hash_pass --password-stdin --lines",
        "remove the blank line; of credentials in PowerShell, pipe .GetNetworkCredential().Password of each",
        &[["printf 'a' | T --hash_pass --password-stdin --lines", HASHED]],
    ),
    (
        "printf %05000d 0 | T --hash_pass --password-stdin",
        "use a shorter one",
        &[["printf %050d 0 | T --hash_pass --password-stdin", HASHED]],
    ),
    (
        "printf %05000d 0 | T --hash_pass --password-stdin --lines",
        "use a shorter one; each line is one password",
        &[["printf '%050d\\n' 0 0 | T --hash_pass --password-stdin --lines", HASHED]],
    ),
    (
        "T --hash_pass $(printf '\\351t')",
        "use a terminal and a locale with UTF-8, or --password-file",
        &[["T --hash_pass --password-file secret", HASHED]],
    ),
    (
        "printf 'a\\rb' | T --hash_pass --password-stdin",
        "remove the carriage return in it",
        &[["printf ab | T --hash_pass --password-stdin", HASHED]],
    ),
    ("T --hash_pass $'a\\nb'", "give the password alone, on one line", &[["T --hash_pass a", HASHED]]),
    (
        "printf 'a\\0' | T --hash_pass --password-stdin",
        "remove the NUL; if the file is UTF-16, save it as UTF-8",
        &[["printf a | T --hash_pass --password-stdin", HASHED]],
    ),
    (
        "printf 's\\357\\277\\275' >lost; T --hash_pass --password-file lost",
        "write the password into the file again, as UTF-8; in PowerShell, with Set-Content -Encoding utf8",
        &[["printf é >lost; T --hash_pass --password-file lost", HASHED]],
    ),
    (
        "printf 's\\357\\277\\275' | T --hash_pass --password-stdin",
        "if it was read from a file, save that as UTF-8 and use --password-file; in PowerShell, Get-Content needs -Encoding utf8",
        &[["printf é >lost; T --hash_pass --password-file lost", HASHED]],
    ),
];

const CONFIGS: &[Case] = &[
    (
        ": >config.json; T --hash_pass x AT",
        "write the members that --key names into it, for example {\"admin\": {\"password\": \"\"}}, or name another file with --config",
        &[[
            "echo '{\"admin\": {\"password\": \"\"}}' >config.json; T --hash_pass x AT --format plain",
            HASHED,
        ]],
    ),
    (
        "T --hash_pass x --config config.json --key /admin/pasword",
        "did you mean /admin/password? to add a new member: --create-key",
        &[
            ["T --hash_pass x AT --format plain", HASHED],
            ["T --hash_pass x --config config.json --key /admin/pasword --create-key --format plain", HASHED],
        ],
    ),
    (
        "T --hash_pass x --config config.json --key /list/1",
        "the list has one element, 0",
        &[["T --hash_pass x --config config.json --key /list/0 --format plain", HASHED]],
    ),
    (
        "T --hash_pass x --config config.json --key /admin/name/x",
        "a key lists the names down to the string, for example /admin/password",
        &[["T --hash_pass x --config config.json --key /admin/password --format plain", HASHED]],
    ),
    (
        "T --hash_pass x --config config.json --key /admin/port",
        "--key must point to a string or null",
        &[["T --hash_pass x AT --format plain", HASHED]],
    ),
    (
        "T --hash_pass x --config missing.json --key /admin/password",
        "check the path",
        &[["T --hash_pass x AT --format plain", HASHED]],
    ),
    (
        "mkdir d; T --hash_pass x --config d --key /admin/password",
        "name another file with --config",
        &[["T --hash_pass x AT --format plain", HASHED]],
    ),
    (
        "cp config.json .tc_calendar.x; T --hash_pass x --config .tc_calendar.x --key /admin/password",
        "rename it: its name must not begin with .tc_calendar.",
        &[[
            "cp config.json .tc_calendar.x; mv .tc_calendar.x x.json; T --hash_pass x --config x.json --key /admin/password --format plain",
            HASHED,
        ]],
    ),
    (
        "ln -s missing.json link; T --hash_pass x --config link --key /admin/password",
        "create the symlink's target, or name another file with --config",
        &[[
            "ln -s missing.json link; cp config.json missing.json; T --hash_pass x --config link --key /admin/password --format plain",
            HASHED,
        ]],
    ),
    (
        "ln config.json other; chmod g+w .; T --hash_pass x AT --in-place",
        "leave out --in-place, or remove the other name, which find / -xdev -samefile FILE shows",
        &[
            ["ln config.json other; chmod g+w .; T --hash_pass x AT --format plain", HASHED],
            ["ln config.json other; chmod g+w .; find . -xdev -samefile config.json", "./other"],
            [
                "ln config.json other; chmod g+w .; rm other; T --hash_pass x AT --in-place --format plain",
                HASHED,
            ],
        ],
    ),
    (
        "touch config.json.bak; for n in $(seq 2 99); do touch config.json.bak.$n; done; T --hash_pass x AT --backup",
        "move the backups that you need elsewhere and remove the others, or leave out --backup",
        &[["T --hash_pass x AT --format plain", HASHED]],
    ),
    (
        "T --hash_pass x --config config.json --key /amin/x/y",
        "what is before the last name must exist",
        &[["T --hash_pass x --config config.json --key /admin/y --create-key --format plain", HASHED]],
    ),
    (
        "echo '{\"a\": []}' >config.json; T --hash_pass x --config config.json --key /a/0",
        "the list is empty",
        &[[
            "echo '{\"a\": [\"\"]}' >config.json; T --hash_pass x --config config.json --key /a/0 --format plain",
            HASHED,
        ]],
    ),
    (
        "echo '[\"\", \"\"]' >config.json; T --hash_pass x --config config.json --key /2",
        "the elements of that list are 0 to 1",
        &[[
            "echo '[\"\", \"\"]' >config.json; T --hash_pass x --config config.json --key /1 --format plain",
            HASHED,
        ]],
    ),
    (
        "echo '{\"a\": \"\", \"a\": \"\"}' >config.json; T --hash_pass x --config config.json --key /a",
        "remove the duplicates",
        &[[
            "echo '{\"a\": \"\"}' >config.json; T --hash_pass x --config config.json --key /a --format plain",
            HASHED,
        ]],
    ),
    (
        "echo '{' >config.json; T --hash_pass x AT",
        "fix it there, or name another file with --config; into a file that is not JSON, paste a hash that is printed without --config",
        &[["T --hash_pass x AT --format plain", HASHED], ["T --hash_pass x", HASHED]],
    ),
    (
        "printf '\\0' >>config.json; T --hash_pass x AT",
        "restore it from a backup, or remove them there",
        &[[
            "printf '\\0' >>config.json; sed -i 's/\\x00//' config.json; T --hash_pass x AT --format plain",
            HASHED,
        ]],
    ),
    (
        "iconv -f UTF-8 -t UTF-16 config.json >wide; T --hash_pass x --config wide --key /admin/password",
        "save it as UTF-8",
        &[["T --hash_pass x AT --format plain", HASHED]],
    ),
    (
        "printf '{\"a\": \"\"}%01048565d' 0 | tr 0 ' ' >config.json; T --hash_pass x --config config.json --key /a",
        "remove what is not needed in it",
        &[[
            "printf '{\"a\": \"\"}' >config.json; T --hash_pass x --config config.json --key /a --format plain",
            HASHED,
        ]],
    ),
    (
        "mkdir -p .tc_calendar.tmp; T --hash_pass x AT",
        "remove what is called .tc_calendar.* beside the config",
        &[["mkdir -p .tc_calendar.tmp; rm -r .tc_calendar.*; T --hash_pass x AT --format plain", HASHED]],
    ),
    (
        "T --hash_pass x --config $(printf %0300d 0) --key /a",
        "use a shorter name",
        &[["T --hash_pass x AT --format plain", HASHED]],
    ),
    (
        "(ulimit -Sn 4; T --hash_pass x AT)",
        "raise the limit on open files: ulimit -n, or fs.file-max for all programs",
        &[["(ulimit -Sn 4; ulimit -Sn 64; T --hash_pass x AT --format plain)", HASHED]],
    ),
    (
        "(ulimit -s 100; T --hash_pass x)",
        "raise the limit: ulimit -s, or LimitSTACK= of a service",
        &[["(ulimit -s 4096; T --hash_pass x)", HASHED]],
    ),
    (
        "T --hash_pass x >/dev/full",
        "check the file or the pipe that stdout goes to",
        &[["T --hash_pass x >out; cat out", HASHED]],
    ),
];

/// The program, which hashes at the lowest cost if a line names none: it takes a tenth of a second less.
const AT_THE_LOWEST_COST: &str = r#"T() {
    case " $* " in
    *" -m "* | *" -t "* | *" -p "* | *--cost* | *--profile* | *--memory*) ;;
    *" --hash_pass"*) set -- -q -m 8 -t 1 -p 1 "$@" ;;
    esac
    tc_calendar "$@"
}"#;

/// What a shell prints for a line in a new folder with a config, a password and two lines of passwords.
fn printed(line: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("config.json", CONFIG);
    write("secret", "s3cret");
    write("lines", "first\nsecond\n");
    let line = line.replace("HASH", &format!("'{HASH}'"));
    let line = line.replace(" AT", " --config config.json --key /admin/password");
    let line = format!("{AT_THE_LOWEST_COST}\n{line}");
    let output = Command::new("setsid")
        .args(["--wait", "bash", "-c", &line])
        .current_dir(&folder)
        .env("PATH", path_with_program())
        .env_remove("DEBIAN_FRONTEND")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

/// Texts of hints that no case leads to: why, and which file tests what does.
const ELSEWHERE: &[(&str, &[&str])] = &[
    (
        "only on Windows",
        &[
            "save the file as UTF-8 in Notepad, or write it again in PowerShell with Set-Content -Encoding utf8; for a pipe in cmd, run chcp 65001 first",
            "use --password-file, saved as UTF-8",
            "write the hash there again; PowerShell needs it in single quotes, cmd in double quotes",
            "use --password-stdin or --password-file; in Git Bash, run the program with winpty",
            "--key must start with /, for example /admin/password; in Git Bash, set MSYS_NO_PATHCONV=1",
            "in single quotes (in cmd, in double quotes)",
            "clear its read-only attribute: attrib -R",
            "remove the write protection of the disk",
            "check the path: a name in it is too long, or has a character that it cannot have",
            "if controlled folder access is on, allow this program in Windows Security, under ransomware protection",
            "run it as an administrator or another user who can write to the folder; --in-place writes into the file itself, which is not safe against a crash",
            "remove what quotes it (cmd needs double quotes, and takes only those away)",
            "copy all of it again (PowerShell needs it in single quotes, cmd in double quotes)",
        ],
    ),
    (
        "at a terminal: tests/prompt.rs and tests/verify_lines.rs",
        &[
            "pipe the password to --password-stdin, or use --password-file or --password-env; to be asked, unset DEBIAN_FRONTEND",
            "type the password, then press Enter",
            "type the password itself",
            "run it again, or use --password-file",
            "use --password-file; a terminal is asked for one password, without --lines",
            "name a regular file, or use --password-stdin",
            "set the terminal to UTF-8",
            "press only keys that type a character; Backspace corrects the last one",
        ],
    ),
    (
        "at a terminal where nobody is: tests/encoded_file.rs",
        &[
            "pipe the hash to --encoded-file -, or name a file; to paste it, unset DEBIAN_FRONTEND",
            "use --password-file or --password-env; to be asked, unset DEBIAN_FRONTEND",
        ],
    ),
    (
        "in PowerShell: tests/stand_ins.rs",
        &[
            "pass on its text: (ConvertFrom-SecureString $secret -AsPlainText); in Windows PowerShell 5.1, ([Net.NetworkCredential]::new('', $secret).Password)",
            "pass on its text: $credential.GetNetworkCredential().Password; of a NetworkCredential, .Password",
            "pass on the text in it: one element, or an array of characters joined to a string",
            "pass on a string: the property that is the password, or what a promise gives after await",
        ],
    ),
    (
        "a mount, another user, a full disk or a flag: tests/config_faults.rs",
        &[
            "make room on the disk",
            "raise the limit on the size of files: ulimit -f",
            "mount its file system for writing; for a systemd service, name its folder in ReadWritePaths=; for a container, mount its folder without :ro",
            "remove the flag with chattr -i",
            "remove the flag with chattr -a",
            "rename or remove the folder of that name",
            "check the permissions of the config's folder, or leave out --backup",
            "mount the config's folder instead, or leave out --backup",
            "make the folder readable for this user; --in-place writes into the file itself, which is not safe against a crash",
            "run it as a user who can write to the folder: here root cannot, as in a user namespace or without CAP_DAC_OVERRIDE; ",
            "run it as the config's owner: here root cannot keep them, as in a user namespace or without all of its capabilities; ",
            "run it as root or another user who can write to the folder; ",
            "run it as root; ",
            "name the file itself with --config",
            "check the path and the file's permissions",
            "copy the config to a local disk, and change it there",
            "check the disk",
            "see whether the hash is in the config",
            "restore it from a backup",
        ],
    ),
    (
        "another program in the way: tests/config_locks.rs and tests/config_replace.rs",
        &[
            "close the program that uses it, then run this again",
            "run it again; if that does not help, name the file itself with --config",
            "make that change again, then run this again",
            "see whether the hash is in the config; if it is not, run this again",
        ],
    ),
    (
        "in a sandbox: tests/config_faults.rs",
        &[
            "if a sandbox runs this program, let it allow the system call getrandom",
            "let the sandbox allow  (in systemd, with SystemCallFilter=); if it already does: ",
            "; the sandbox may have to allow this step, too (in Landlock, )",
            "openat, newfstatat, fstat, lseek and read",
            "write, fsync and renameat2",
            "openat, write and fsync",
            "openat, newfstatat and fstat",
            "fchown, fchmod, flistxattr, fgetxattr, fsetxattr and fremovexattr",
            "REMOVE_FILE and MAKE_REG",
            "openat and read",
        ],
    ),
    (
        "a fault of the machine: tests/errors.rs",
        &["report it, with the processor's model", "test this machine's memory; if it is fine, report a bug"],
    ),
    (
        "the text of a hash, which is to be written in another way: tests/undo.rs and tests/diagnose.rs",
        &[
            "copy the hash again from where it was printed",
            "remove the label before $argon2",
            "a login may need it, and a hash cannot take its place; leave it where it is",
            "; then write it on one line, with nothing after it",
            "remove what quotes it",
            "remove it",
            "remove what is not part of it; it starts with $argon2",
            "remove the text before $argon2",
            "write it without backslashes: \\$ is $, \\/ is /, \\u002B is +",
            "write each %24 as $, and %2B, %2C, %2F, %3D as + , / =",
            "copy it from what is shown, not from the source",
            "decode it from base64, as base64 -d does",
            "decode it from base64, as [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('...')) does in PowerShell",
            "decode it from hexadecimal",
            "write a / for each backslash",
            "write a + for each space",
            "write a + for each -, and a / for each _",
            "remove the = signs at the end of the salt and the tag",
            "write it in ASCII characters only",
            "write what is before the salt in small letters",
            "copy all of it again (a shell needs it in single quotes)",
            "write it like this: $argon2id$v=19$m=65536,t=3,p=4$...",
            "copy the whole hash again, and put it ",
            "copy it again, up to the end of the tag",
            "it is one of $argon2id$, $argon2i$ and $argon2d$, in lower case",
            "the versions are 16 and 19: v=16 or v=19",
            "they look like this: m=65536,t=3,p=4",
            "copy the hash again; a salt has only letters, digits, + and /",
            "8 to 48 bytes are allowed; copy the hash again",
        ],
    ),
];

/// Tries all cases.
fn follow(cases: &[Case]) {
    for (line, hint, ways) in cases {
        let (_, stderr) = printed(line);
        assert_eq!(
            stderr.split_once("\nhint: ").map(|(_, hint)| hint.trim_end()),
            Some(*hint),
            "{line}: {stderr}"
        );
        for [way, expected] in *ways {
            let (stdout, stderr) = printed(way);
            let text = format!("{stdout}{stderr}");
            assert!(text.contains(expected), "{line}: {way}: {text}");
            assert!(expected.starts_with("error: ") || !stderr.contains("error: "), "{line}: {way}: {text}");
        }
    }
}

#[test]
fn hints_about_arguments_lead_on() {
    follow(ARGUMENTS);
}

#[test]
fn hints_about_hashes_lead_on() {
    follow(HASHES);
}

#[test]
fn hints_about_passwords_lead_on() {
    follow(PASSWORDS);
}

#[test]
fn hints_about_the_config_lead_on() {
    follow(CONFIGS);
}

/// The texts in double quotes of some code, without comments, each in the pieces that stand around its `{placeholders}`.
fn texts(code: &str) -> Vec<Vec<String>> {
    let code: String = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//") && !line.trim_start().starts_with("#[error"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut texts = Vec::new();
    let mut rest = code.as_str();
    while let Some((_, after)) = rest.split_once('"') {
        let mut end = 0;
        loop {
            end += after[end..].find(['"', '\\']).unwrap();
            if after[end..].starts_with('"') {
                break;
            }
            end += 2;
        }
        let lines = after[..end].split("\\\n").enumerate();
        let text: String =
            lines.map(|(index, line)| if index == 0 { line } else { line.trim_start() }).collect();
        let text = text.replace("\\\"", "\"").replace("\\\\", "\\");
        texts.push(text.split(['{', '}']).step_by(2).map(str::to_owned).collect());
        rest = &after[end + 1..];
    }
    texts
}

/// A new hint needs a case, or a reason why it has none.
#[test]
fn every_hint_is_followed() {
    let cases = [ARGUMENTS, HASHES, PASSWORDS, CONFIGS].concat();
    let elsewhere = ELSEWHERE.iter().flat_map(|(_, texts)| texts.iter().copied());
    let known: Vec<&str> = cases.iter().map(|(_, hint, _)| *hint).chain(elsewhere).collect();
    let is_known =
        |pieces: &Vec<String>| known.iter().any(|hint| pieces.iter().all(|piece| hint.contains(&**piece)));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/advice");
    let files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let mut missing = Vec::new();
    for file in files.chain([folder.with_extension("rs")]) {
        let texts = texts(&fs::read_to_string(file).unwrap());
        let sentences = texts.into_iter().filter(|pieces| pieces.concat().contains(' '));
        missing.extend(sentences.filter(|pieces| !is_known(pieces)));
    }
    assert!(missing.is_empty(), "no case for: {missing:#?}");
}
