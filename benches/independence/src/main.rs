//! Shows with valgrind that no branch and no address depends on a password where that is promised, and that the same
//! check reports where they do depend on it.

mod memcheck;

/// What fills a slice of the engine, once more: the library has no door to a single slice. It stands in these modules
/// because it names itself by its path.
#[path = "../../../src/hash"]
mod hash {
    pub use tc_calendar::hash::{encoded, params};

    #[allow(dead_code)] // what only the whole engine needs
    pub mod engine {
        mod address;
        mod block;
        mod compress;
        pub mod kernel;
        mod segment;
        #[path = "../../../benches/independence/src/slices.rs"]
        pub mod slices;
    }
}

use std::cell::RefCell;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Read};
use std::process::ExitCode;
use std::vec::IntoIter;

use hash::engine::{kernel::Kernel, slices::reports_in_slices};
use memcheck::{define, is_defined, reports, undefine};
use tc_calendar::hash::encoded::{Encoded, TAG_BYTES, Variant, Version};
use tc_calendar::hash::engine::{self, Engine, Input};
use tc_calendar::hash::params::Params;
use tc_calendar::hash::verifier::{Verifier, VerifierMemory};
use tc_calendar::password::{Stream, lines::Lines};

const PASSWORD: &[u8] = b"a password that memcheck does not know";
const SECRET: &[u8] = b"a secret";
const SALT: &[u8] = b"sixteen bytes...";
const VARIANTS: [Variant; 3] = [Variant::Argon2i, Variant::Argon2id, Variant::Argon2d];

/// Memory in KiB, passes and lanes: one lane, several in turn, more than are filled in turn, and segments that need
/// more than one block of addresses.
const COSTS: [[u64; 3]; 5] = [[16, 1, 1], [67, 2, 1], [100, 3, 3], [1_100, 1, 2], [200, 2, 5]];

/// A line for each claim.
#[derive(Default)]
struct Page {
    wrong: usize,
}

impl Page {
    /// The claim is that each of some runs has no report.
    fn is_independent(&mut self, of: &str, runs: &[usize]) {
        let reports: usize = runs.iter().sum();
        self.line(reports == 0, &format!("{of}: {} runs, {reports} reports", runs.len()));
    }

    /// The control is that each of some runs has a report.
    fn is_dependent(&mut self, of: &str, runs: &[usize]) {
        let (silent, reports) =
            (runs.iter().filter(|reports| **reports == 0).count(), runs.iter().sum::<usize>());
        let text =
            format!("control: {of}: {} runs, {silent} without a report, {reports} reports", runs.len());
        self.line(silent == 0, &text);
    }

    fn line(&mut self, is_right: bool, text: &str) {
        println!("{} {text}", if is_right { "ok   " } else { "WRONG" });
        self.wrong += usize::from(!is_right);
    }
}

fn main() -> ExitCode {
    let mut page = Page::default();
    for (kernel, of_the_library) in
        [(Kernel::Portable, engine::Kernel::Portable), (Kernel::Avx2, engine::Kernel::Avx2)]
    {
        assert!(kernel.is_available(), "{kernel:?} cannot be tried here");
        tags(&mut page, of_the_library);
        slices(&mut page, kernel);
    }
    comparison(&mut page);
    lines(&mut page);
    if page.wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn costs() -> impl Iterator<Item = Params> {
    COSTS.into_iter().map(|[memory_kib, passes, lanes]| Params::new(memory_kib, passes, lanes).unwrap())
}

/// Whole tags by the library, from the password on.
fn tags(page: &mut Page, kernel: engine::Kernel) {
    for variant in VARIANTS {
        let run = |params| {
            let (mut tag, reports) = reports(|| tag(kernel, variant, params, undefine));
            assert!(!is_defined(&tag), "the tag does not come from the password");
            define(&mut tag);
            assert_eq!(tag, self::tag(kernel, variant, params, define));
            reports
        };
        let runs: Vec<_> = costs().map(run).collect();
        let of = format!("{kernel:?}: a tag of {}", variant.name());
        if variant == Variant::Argon2i {
            page.is_independent(&of, &runs)
        } else {
            page.is_dependent(&of, &runs)
        }
    }
}

/// A tag of a password and a secret that have been marked.
fn tag(kernel: engine::Kernel, variant: Variant, params: Params, mark: impl Fn(&mut [u8])) -> [u8; 32] {
    let (mut password, mut secret) = (PASSWORD.to_vec(), SECRET.to_vec());
    mark(&mut password);
    mark(&mut secret);
    let input = Input { password: &password, salt: SALT, secret: &secret, associated_data: b"data" };
    let mut tag = [0; 32];
    Engine::new(variant, Version::V19, params, 1).with_kernel(kernel).derive(input, &mut tag).unwrap();
    tag
}

/// Each slice by itself: which depend on the password is said in RFC 9106 section 3.4.1.3.
fn slices(page: &mut Page, kernel: Kernel) {
    for variant in VARIANTS {
        let (mut independent, mut dependent) = (Vec::new(), Vec::new());
        for version in [Version::V16, Version::V19] {
            for params in costs() {
                let mut slices = reports_in_slices(kernel, variant, version, params);
                let later = slices.split_off(match variant {
                    Variant::Argon2i => slices.len(),
                    Variant::Argon2id => 2,
                    Variant::Argon2d => 0,
                });
                independent.extend(slices);
                dependent.extend(later);
            }
        }
        let name = variant.name();
        match variant {
            Variant::Argon2i => {
                page.is_independent(&format!("{kernel:?}: each slice of {name}"), &independent)
            }
            Variant::Argon2id => {
                page.is_independent(&format!("{kernel:?}: the first two slices of {name}"), &independent);
                page.is_dependent(&format!("{kernel:?}: each later slice of {name}"), &dependent);
            }
            Variant::Argon2d => page.is_dependent(&format!("{kernel:?}: each slice of {name}"), &dependent),
        }
    }
}

/// The verifier, with a tag that is equal, or differs at its start or at its end; whole, cut off and extended.
fn comparison(page: &mut Page) {
    let params = Params::new(64, 1, 1).unwrap();
    let verifier = Verifier::new(1).unwrap();
    let right = tag_of_the_password(params);
    let mut password = PASSWORD.to_vec();
    undefine(&mut password);
    let (mut whole, mut other_length, mut early) = (Vec::new(), Vec::new(), Vec::new());
    for length in [TAG_BYTES, 16, 40] {
        for wrong in [None, Some(0), Some(length.min(TAG_BYTES) - 1)] {
            let mut tag = right.clone();
            tag.resize(length, 0);
            if let Some(byte) = wrong {
                tag[byte] ^= 1;
            }
            undefine(&mut tag);
            let first_difference =
                || black_box(right.iter().zip(&tag).position(|(left, right)| left != right));
            early.push(reports(first_difference).1);
            let (variant, version, salt) = (Variant::Argon2i, Version::V19, SALT.to_vec());
            let encoded = Encoded { variant, version, params, salt, tag };
            let verify = |memory: &mut VerifierMemory| match length {
                TAG_BYTES => verifier.matches_in(memory, &encoded, &password),
                _ => verifier.tag_was_cut_or_extended(memory, &encoded, &password),
            };
            let (answer, reports) = reports(|| verify(&mut VerifierMemory::default()).ok().map(u8::from));
            if length == TAG_BYTES { &mut whole } else { &mut other_length }.push(reports);
            let mut answer = [answer.unwrap()];
            define(&mut answer);
            assert_eq!(answer == [1], wrong.is_none());
        }
    }
    page.is_independent("verifying with Argon2i, up to the answer", &whole);
    page.is_independent("verifying a tag that was cut or extended", &other_length);
    page.is_dependent("a comparison that ends at the first difference", &early);
}

fn tag_of_the_password(params: Params) -> Vec<u8> {
    let mut tag = vec![0; 32];
    let input = Input { password: PASSWORD, salt: SALT, secret: &[], associated_data: &[] };
    Engine::new(Variant::Argon2i, Version::V19, params, 1).derive(input, &mut tag).unwrap();
    tag
}

/// Unknown bytes that come in pieces. What memcheck has reported is noted whenever a piece is asked for.
struct Pieces<'a> {
    pieces: IntoIter<&'a [u8]>,
    reported: &'a RefCell<Vec<usize>>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.reported.borrow_mut().push(memcheck::reported());
        let piece = self.pieces.next().unwrap_or_default();
        buffer[..piece.len()].copy_from_slice(piece);
        undefine(&mut buffer[..piece.len()]);
        Ok(piece.len())
    }
}

/// Reading passwords, of each until its end has come. Where lines end does depend on the bytes, and so does afterwards
/// whether they are a text; but until then nothing is reported beyond what the standard library's search for a line end
/// takes. A password file is read in the same way, and so are the passwords of `--verify --lines`.
fn lines(page: &mut Page) {
    let texts =
        [PASSWORD, b"a line of LF\na line after it\nthe last has no end", b"CR and LF\r\non two lines\r\n"];
    let (mut beyond, mut searching) = (Vec::new(), Vec::new());
    for text in texts {
        let searched = reports_of_lines(text, |pieces| {
            let mut source = BufReader::new(pieces);
            Box::new(move || source.read_until(b'\n', &mut Vec::with_capacity(text.len())).unwrap() > 0)
        });
        let read = reports_of_lines(text, |pieces| {
            let mut lines = Lines::new(Stream::Stdin, pieces);
            Box::new(move || {
                let entry = lines.next().map(Result::unwrap);
                entry.is_some_and(|entry| !is_defined(entry.password.as_bytes()))
            })
        });
        assert_eq!(read.len(), searched.len());
        beyond.extend(read.iter().zip(&searched).map(|(read, searched)| read.abs_diff(*searched)));
        searching.extend(searched);
    }
    page.is_independent("reading a line, beyond the search for its end", &beyond);
    page.is_dependent("the search for the end of a line", &searching);
}

/// How often memcheck reported of each line of a text, from the first time that a piece of it was asked for until the
/// last. `reader` makes what reads the next line, and says whether there was one.
fn reports_of_lines(
    text: &[u8],
    reader: impl for<'a> FnOnce(Pieces<'a>) -> Box<dyn FnMut() -> bool + 'a>,
) -> Vec<usize> {
    let reported = RefCell::default();
    // No piece has bytes of two lines.
    let pieces: Vec<_> =
        text.split_inclusive(|byte| *byte == b'\n').flat_map(|line| line.chunks(7)).collect();
    let mut next_line = reader(Pieces { pieces: pieces.into_iter(), reported: &reported });
    let mut runs = Vec::new();
    while next_line() {
        let times = reported.take();
        runs.push(times[times.len() - 1] - times[0]);
    }
    runs
}
