//! What the README and the documentation show is what the command prints, and so are the transcripts beside this file.

#[test]
fn transcripts_in_the_documentation_are_true() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::env::set_current_dir(&root).expect("the workspace's root exists");
    trycmd::TestCases::new().case("README.md").case("docs/*.md").case("crates/cli/tests/transcripts/*.md").run();
}
