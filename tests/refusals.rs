//! Refusals: status, message, nothing on stdout, and no text of any argument.
#![allow(clippy::unwrap_used)]

mod common;

use common::{CHEAP, tc_calendar};

const UNKNOWN: &str = "unknown option";
const STRAY: &str = "unexpected argument";

/// SECURITY.md: "No error contains a password or the text of an argument but those of `--config` and `--key`: a mistyped
/// option may be a password."
/// docs/shells.md: "A mistyped option is an error, never a password"
#[test]
fn unknown_options_are_never_hashed_or_printed() {
    for secret in [
        "--s3cret",
        "-s3cret",
        "-hunter2",
        "-Vienna",
        "-V=s3cret",
        "-hs3cret",
        "--s3cret=hunter2",
        "--verfy",
        "---s3cret",
        "--\u{fc}ber",
    ] {
        tc_calendar(["--hash_pass"]).secret(secret).run().fails(2, UNKNOWN);
        tc_calendar(["--hash_pass", "password"]).secret(secret).run().fails(2, UNKNOWN);
        tc_calendar([] as [&str; 0]).secret(secret).run().fails(2, UNKNOWN);
    }
}

#[test]
fn stray_arguments_are_never_printed() {
    tc_calendar([] as [&str; 0]).secret("s3cret").run().fails(2, "no mode given");
    tc_calendar(["--profile", "owasp"]).secret("s3cret").run().fails(2, "no mode given");
    tc_calendar(["--calibrate", "60"]).secret("s3cret").run().fails(2, STRAY);
    tc_calendar(["--"]).secret("s3cret").run().fails(2, "no mode given");
}

/// SECURITY.md: "No error contains a password or the text of an argument but those of `--config` and `--key`: a mistyped
/// option may be a password."
#[test]
fn invalid_values_are_never_printed() {
    for option in ["--profile", "--memory", "--iterations", "--parallelism", "--format"] {
        for value in ["s3cret", "12345x", "\u{661}\u{662}\u{663}", "--5e5"] {
            let outcome =
                tc_calendar(["--hash_pass", "password", &format!("{option}={value}")]).hiding(value).run();
            outcome.fails(2, &format!("invalid value for {option}"));
        }
        tc_calendar(["--hash_pass", "password", option]).run().fails(2, &format!("{option} needs a value"));
    }
    for option in ["--memory", "--iterations", "--parallelism"] {
        let outcome = tc_calendar(["--hash_pass", "password", option, "9", option, "9"]).run();
        outcome.fails(2, &format!("{option} is given more than once"));
        let negative = tc_calendar(["--hash_pass", "password", option, "-123456"]).hiding("123456").run();
        negative.fails(2, &format!("invalid value for {option}"));
    }
    let huge = "9".repeat(30);
    for (option, message) in [
        ("--memory", "--memory is too large (maximum 4 GiB)"),
        ("--iterations", "--iterations must be from 1 to 1000"),
        ("--parallelism", "--parallelism must be from 1 to 64"),
    ] {
        tc_calendar(["--hash_pass", "password", option]).secret(&huge).run().fails(2, message);
    }
    let fraction = tc_calendar(["--hash_pass", "password", "--memory", "0.3MiB"]).run();
    fraction.fails(2, "invalid value for --memory");
    let flag = tc_calendar(["--hash_pass", "password"]).secret("--quiet=s3cret").run();
    flag.fails(2, "--quiet takes no value");
}

#[test]
fn hints_name_the_accepted_values() {
    let hint = |arguments: &[&str]| {
        let outcome = tc_calendar(["--hash_pass", "password"]).args(arguments).run();
        outcome.stderr.lines().nth(1).unwrap().to_owned()
    };
    assert_eq!(hint(&["--profile", "s3cret"]), "hint: use one of: rfc9106-low, rfc9106-high, owasp");
    assert_eq!(hint(&["--format", "s3cret"]), "hint: use one of: plain, label, json, compose, change");
    let size = "hint: use a number of KiB, or a unit (KiB, MiB, GiB): 65536 or 64MiB";
    assert_eq!(hint(&["--memory", "s3cret"]), size);
    assert_eq!(hint(&["--memory", "0.3MiB"]), "hint: use a whole number of KiB: 65536 or 64MiB");
    assert_eq!(hint(&["-t", "three"]), "hint: use a whole number");
    assert_eq!(hint(&["-t", "1001"]), "hint: change it, or use a profile: --profile");
    assert_eq!(hint(&["--cost=m=8,t=1001,p=1"]), "hint: change it, or use a profile instead: --profile");
    assert_eq!(hint(&["-m", "8", "-p", "2"]), "hint: raise --memory or lower --parallelism");
    assert_eq!(hint(&["--cost=m=8,t=1,p=2"]), "hint: raise m or lower p in --cost");
    for (mistyped, meant) in [
        ("--formt", "--format FORMAT"),
        ("--check", "--cross-check"),
        ("--password_fil=x", "--password-file FILE"),
        ("--password", "--password-file FILE or --password-stdin or --password-env NAME"),
    ] {
        assert!(hint(&[mistyped]).starts_with(&format!("hint: did you mean {meant}?")), "{mistyped}");
    }
    // What this mode does not take is not meant.
    for unlike in ["--s3cret", "--k", "-k", "-e", "--he", "--ver", "-v", "--calib", "--requirement"] {
        assert!(!hint(&[unlike]).contains("did you mean"), "{unlike}");
    }
}

#[test]
fn no_mode_and_two_sources_are_refused() {
    tc_calendar([] as [&str; 0]).run().fails(2, "no mode given");
    tc_calendar(["--profile", "owasp"]).run().fails(2, "no mode given");
    tc_calendar(["--hash_pass"])
        .secret("hunter2")
        .args(["--password-file", "passwords"])
        .run()
        .fails(2, "passwords are given in more than one way");
}

/// `h=$(tc_calendar --hash_pass "$PW")` must never be the help text.
#[test]
fn help_and_version_are_refused_with_other_arguments() {
    for text in ["-h", "--help", "-V", "--version"] {
        for arguments in [["--hash_pass", text], [text, "--hash_pass"], [text, "-q"], [text, text]] {
            let outcome = tc_calendar(arguments).run();
            let name = if text.to_lowercase().contains('h') { "--help" } else { "--version" };
            outcome.fails(2, &format!("{name} must be the only argument"));
        }
    }
    // What follows two dashes asks for nothing: it is a password.
    tc_calendar(["--hash_pass", "-qh", "--", "-V"]).run().fails(2, "unknown option");
}

#[test]
fn hints_say_where_a_value_belongs() {
    let hint = |arguments: &[&str]| tc_calendar(arguments).run().stderr.lines().nth(1).unwrap().to_owned();
    assert_eq!(
        hint(&["--verify", "a", "b"]),
        "hint: the password is not an argument here: use the prompt, --password-stdin or --password-file"
    );
    for mode in ["--inspect", "--generate"] {
        let expected = format!("hint: {mode} takes one value; put one with spaces in quotes");
        assert_eq!(hint(&[mode, "a", "b"]), expected);
    }
    for [time, unit] in [["2", "s"], ["500", "ms"]] {
        assert_eq!(
            hint(&["--calibrate", time, unit]),
            "hint: --calibrate takes one time, written without a space: 500ms or 2s"
        );
    }
    for (option, values) in [
        ("--profile", "rfc9106-low, rfc9106-high, owasp"),
        ("--format", "plain, label, json, compose, change"),
    ] {
        for arguments in [&["--hash_pass", option][..], &["--hash_pass", option, ""]] {
            assert_eq!(hint(arguments), format!("hint: use one of: {values}"));
        }
    }
    let generate = tc_calendar(["--generate"]).run();
    generate.fails(2, "--generate needs a value");
    assert!(generate.stderr.ends_with(
        "hint: use one of: man, complete-bash, complete-zsh, complete-fish, complete-powershell, licenses\n"
    ));
    assert_eq!(hint(&["--generate", "x"]), hint(&["--generate"]));
    let missing = "hint: it is missing or empty; for all options: tc_calendar --help";
    for option in ["--config", "--password-file", "--key"] {
        assert_eq!(hint(&["--hash_pass", option, ""]), missing);
        assert_eq!(hint(&["--hash_pass", option]), missing);
    }
}

#[test]
fn numbers_that_may_be_passwords_are_not_printed() {
    for (option, numbers) in [
        ("-p", &["83610274836102", "12345678", "20001"][..]),
        ("-t", &["83610274836102", "12345678", "20001"]),
        ("-m", &["83610274836102", "12345678"]),
    ] {
        for number in numbers {
            let outcome = tc_calendar(["--hash_pass", option]).secret(number).run();
            assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""), "{option} {number}");
        }
    }
}

#[test]
fn errors_in_the_cost_option_use_its_names() {
    for (cost, message) in [
        ("m=8,t=1001,p=1", "t in --cost must be from 1 to 1000"),
        ("m=8,t=1,p=65", "p in --cost must be from 1 to 64"),
        ("m=5GiB,t=1,p=1", "m in --cost is too large (maximum 4 GiB)"),
        ("m=4GiB,t=17,p=1", "m in --cost times t in --cost is too large (maximum 64 GiB)"),
        ("m=8,t=1,p=2", "memory must be at least 8 KiB per lane: 16 KiB for 2 lanes, got 8 KiB"),
        ("m=8,t=1", "invalid value for --cost"),
    ] {
        let outcome = tc_calendar(["--cost", cost, "--hash_pass"]).secret("hunter2").run();
        outcome.fails(2, message);
        assert!(!outcome.stderr.contains("--parallelism"), "{outcome:?}");
    }
    let two = tc_calendar(["--cost", "m=8,t=1,p=1", "-t", "2", "--hash_pass"]).secret("hunter2").run();
    two.fails(2, "--cost cannot be used with --profile, --memory, --iterations or --parallelism");
}

/// SECURITY.md: "Only the numbers of a cost that is refused are named."
#[test]
fn costs_outside_of_the_rfc_are_refused_with_the_numbers() {
    for (options, message) in [
        (&["-m", "16"][..], "memory must be at least 8 KiB per lane: 32 KiB for 4 lanes, got 16 KiB"),
        (&["-m", "7", "-p", "1"], "memory must be at least 8 KiB per lane: 8 KiB for 1 lane, got 7 KiB"),
        (&["-m", "4294967296"], "--memory is too large (maximum 4 GiB)"),
        (&["-m", "4096GiB"], "--memory is too large (maximum 4 GiB)"),
        (&["-t", "0"], "--iterations must be from 1 to 1000"),
        (&["-t", "4294967296"], "--iterations must be from 1 to 1000"),
        (&["-p", "0"], "--parallelism must be from 1 to 64"),
        (&["-p", "16777216"], "--parallelism must be from 1 to 64"),
    ] {
        tc_calendar(options).args(["--hash_pass"]).secret("hunter2").run().fails(2, message);
    }
}

/// docs/shells.md: "A password is 1 to 4096 bytes of UTF-8 without a NUL"
#[test]
fn invalid_passwords_are_refused_before_any_is_hashed() {
    let longest = "x".repeat(4_096);
    assert_eq!(tc_calendar(CHEAP).args(["--hash_pass"]).secret(&longest).run().lines().len(), 1);

    let too_long = "x".repeat(4_097);
    for (password, message) in [
        ("", "the password is empty"),
        ("\u{FEFF}", "the password is empty"),
        (&too_long, "the password is longer than 4096 bytes"),
    ] {
        tc_calendar(["--hash_pass", password]).run().fails(2, message);
        tc_calendar(["--hash_pass", "good", "better", password])
            .run()
            .fails(2, &format!("password 3: {message}"));
    }
    tc_calendar(["--hash_pass="]).run().fails(2, "the password is empty");
}

#[cfg(unix)]
#[test]
fn arguments_that_are_not_utf8_are_refused_and_never_printed() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let text = |bytes: &'static [u8]| OsStr::from_bytes(bytes);
    let password = text(b"s3cr\xE4t");
    tc_calendar(["--hash_pass"]).secret(password).run().fails(2, "the password is not UTF-8");
    tc_calendar(["--hash_pass"])
        .secret(text(b"\xFF\xFEs3cret"))
        .run()
        .fails(2, "the password is UTF-16, not UTF-8");
    tc_calendar(["--hash_pass", "password", "--memory"])
        .secret(password)
        .run()
        .fails(2, "the value of an option is not UTF-8");
    let profile = tc_calendar(["--hash_pass", "password", "--profile"]).secret(password).run();
    profile.fails(2, "invalid value for --profile");
    tc_calendar(["--hash_pass"]).secret(text(b"--s3cr\xE4t")).run().fails(2, UNKNOWN);
    tc_calendar(["--hash_pass"]).secret(text(b"-\xFFs3cret")).run().fails(2, UNKNOWN);
    tc_calendar([] as [&str; 0]).secret(password).run().fails(2, "no mode given");
}
