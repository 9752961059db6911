//! Reads `{"min": 1, "max": 6}` from stdin, writes `{"random_number": 4}` to stdout: a whole number
//! between the two, both included. Without any crate, so that it builds with no network at all.

mod draw;
mod input;

use std::io::{self, Read, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    match answer() {
        Ok(number) => {
            let line = format!("{{\"random_number\":{number}}}\n");
            match io::stdout().write_all(line.as_bytes()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            }
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn answer() -> Result<i64, String> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|_| "the input is no UTF-8".to_string())?;
    let (min, max) = input::read_range(&text)?;
    draw::between(min, max)
}
