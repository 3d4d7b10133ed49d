//! How the prompt copes with a paste: removes its marks, and waits until no more of it arrives.

/// How long there must be no input before the terminal is restored, in milliseconds: a shell would run the
/// rest of a paste, which may still be arriving.
pub(super) const QUIET: u16 = 100;
/// How long there must be no input once some had to be discarded, in milliseconds: a long paste arrives in
/// pieces, slowly on a busy machine.
pub(super) const QUIET_IN_PASTE: u16 = 500;

/// Marks that a terminal puts around pasted text if an earlier program asked for them and left them on.
#[cfg(all(target_os = "linux", not(portable)))]
const PASTE_MARKS: [&[u8]; 2] = [b"\x1B[200~", b"\x1B[201~"];

/// Removes the marks from a line.
#[cfg(all(target_os = "linux", not(portable)))]
pub(super) fn remove_marks(line: &mut Vec<u8>) {
    for mark in PASTE_MARKS {
        while let Some(at) = line.windows(mark.len()).position(|window| window == mark) {
            line.drain(at..at + mark.len());
        }
    }
}

#[cfg(all(target_os = "linux", not(portable)))]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paste_marks_are_removed() {
        for (typed, left) in [
            ("\x1B[200~secret\x1B[201~", "secret"),
            ("\x1B[200~one\x1B[201~\x1B[200~two\x1B[201~", "onetwo"),
            ("\x1B[20~\x1B[A\x1B200~", "\x1B[20~\x1B[A\x1B200~"),
            ("[200~", "[200~"),
            ("", ""),
        ] {
            let mut line = typed.as_bytes().to_vec();
            remove_marks(&mut line);
            assert_eq!(line, left.as_bytes());
        }
    }
}
