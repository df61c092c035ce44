//! Starts Lapsed.
fn main() {}
