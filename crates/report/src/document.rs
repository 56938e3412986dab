//! The book as a Markdown document, to be put where a team keeps its documents. It says what the page says; pictures become tables. Not here: comments on pull
//! requests, which have a limit (`markdown`), and escaping, which is one function there.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::Book;

/// Writes a book as a Markdown document.
pub fn document(book: &Book, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    let _ = writeln!(text, "# {}", book.made.command);
    out.write_all(text.as_bytes())
}
