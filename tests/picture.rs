//! The README's picture of a session, drawn from a real session.
// The session is a shell in a pseudo-terminal.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use std::fmt::Write;

use common::terminal::Terminal;
use common::{masked, path_with_program};

const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/session.svg");

/// Characters per row, pixels per character, and pixels per row.
const COLUMNS: usize = 100;
const LETTER: usize = 9;
const LINE: usize = 20;

/// Hashes a password at a prompt and verifies it. Returns what the terminal showed.
fn session() -> String {
    let mut shell =
        Terminal::start(|sh| sh.arg("-i").env("PS1", "$ ").env("PATH", path_with_program()), "sh");
    shell.expect("$ ").send("tc_calendar --hash_pass\n").expect("Password: ").send("hunter2\n");
    shell.expect("Confirm password: ").send("hunter2\n").expect("\r\n").expect("\r\n$ ");
    let text = shell.text();
    let hash = text.lines().find(|line| line.starts_with("$argon2id$")).unwrap();
    shell.send(format!("tc_calendar --verify '{hash}'\n")).expect("Password: ").send("hunter2\n");
    shell.expect("match\r\n$ ").send("exit\n");
    shell.finish();
    let text = shell.text().replace("\r\n", "\n");
    text.trim_end().trim_end_matches("$ exit").trim_end().to_owned()
}

fn render(session: &str) -> String {
    let rows: Vec<String> = session
        .lines()
        .flat_map(|line| {
            let letters: Vec<char> = line.chars().collect();
            let rows = letters.chunks(COLUMNS).map(|row| row.iter().collect()).collect::<Vec<String>>();
            if rows.is_empty() { vec![String::new()] } else { rows }
        })
        .collect();
    let (width, height) = (COLUMNS * LETTER + 32, (rows.len() + 1) * LINE + 12);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-size=\"14\" \
         font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\">\n\
         <title>tc_calendar hashes a password and verifies it</title>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#1c1f26\"/>\n"
    );
    let mut open_quote = false;
    for (index, row) in rows.iter().enumerate() {
        // A command that continues in the next row has an open quote.
        let typed = open_quote || row.starts_with("$ ");
        open_quote ^= row.matches('\'').count() % 2 == 1;
        let color = if typed { "#ffffff" } else { "#a9d18e" };
        let row = row.replace('&', "&amp;").replace('<', "&lt;");
        let y = (index + 2) * LINE - 4;
        writeln!(svg, "<text x=\"16\" y=\"{y}\" fill=\"{color}\" xml:space=\"preserve\">{row}</text>")
            .unwrap();
    }
    svg + "</svg>\n"
}

/// Joins the rows and masks salts and tags: they differ in every run, and so do the row breaks.
fn comparable(svg: &str) -> String {
    let texts = svg.lines().filter_map(|line| line.split_once("preserve\">")?.1.strip_suffix("</text>"));
    masked(&texts.collect::<String>().replace('\'', "$'"))
}

/// `UPDATE_PICTURE=1 cargo test --locked --test picture` draws it anew.
#[test]
fn the_picture_is_up_to_date() {
    if std::env::var_os("UPDATE_PICTURE").is_some() {
        std::fs::write(PICTURE, render(&session())).unwrap();
    }
    let picture = std::fs::read_to_string(PICTURE).unwrap();
    assert_eq!(comparable(&picture), comparable(&render(&session())));
}
