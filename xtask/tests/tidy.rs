//! Tidy as a test, so that `cargo test` says what `cargo xtask tidy` would.

use xtask::repo::{Repo, root};
use xtask::tidy;

#[test]
fn the_repository_is_tidy() {
    let repo = Repo::open(&root()).expect("a checkout");
    let wrong = tidy::run(&repo);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
