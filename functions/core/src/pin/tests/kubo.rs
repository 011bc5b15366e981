//! What a Kubo node may answer.

use super::*;
use crate::{car, cid::CHUNK};

/// What becomes of a picture whose node answers this to every upload of more than one block, and rightly else.
fn import_answering(answer: &str) -> (u16, String) {
    let platform = Memory::default().with("pinners", "kubo").with("kubo_url", "http://kubo/");
    kubo_says(&platform, unixfs::of);
    let answer = answer.to_owned();
    platform.serve("http://kubo/api/v0/dag/import", move |_| ok(answer.clone()));
    pin_picture(&platform, &vec![1; CHUNK + 1])
}

fn root(cid: &Cid, error: &str) -> String {
    format!("{{\"Root\":{{\"Cid\":{{\"/\":\"{cid}\"}},\"PinErrorMsg\":\"{error}\"}}}}\n")
}

#[test]
fn more_than_one_block_goes_as_an_archive_whose_root_is_pinned() {
    let platform = Memory::default().with("pinners", "kubo").with("kubo_url", "http://kubo");
    kubo_says(&platform, unixfs::of);
    platform.serve("http://kubo/api/v0/dag/import?pin-roots=true", |request| {
        let (cid, content) = car::read(&file_of(&request.body)).expect("an archive");
        assert_eq!(content, vec![1; CHUNK + 1]);
        ok(root(&cid, "") + "{\"Stats\":{\"BlockCount\":3,\"BlockBytesCount\":9}}\n")
    });
    assert_eq!(pin_picture(&platform, &vec![1; CHUNK + 1]).0, GO_ON);
    assert_eq!(platform.requests("http://kubo/api/v0/dag/import").len(), 1);
    assert_eq!(platform.requests("http://kubo/api/v0/add").len(), 1, "the metadata is one block");

    assert_eq!(pin_picture(&platform, &vec![1; CHUNK]).0, GO_ON);
    assert_eq!(platform.requests("http://kubo/api/v0/dag/import").len(), 1, "and so is a mebibyte");
}

#[test]
fn an_import_counts_only_if_its_one_root_is_ours_and_pinned() {
    let ours = unixfs::of(&vec![1; CHUNK + 1]);
    let other = unixfs::of(b"other");
    for (answer, reason) in [
        (root(&ours, "block not found"), "could not pin: block not found"),
        (root(&other, ""), "says that the content's address is"),
        (root(&ours, "") + &root(&other, ""), "names 2 roots"),
        (String::new(), "names 0 roots"),
        ("{\"Stats\":{}}".into(), "names 0 roots"),
        ("{\"Root\":{\"Cid\":{\"/\":\"no CID\"}}}".into(), "holds no CID"),
        ("{\"Root\":7}".into(), "not what was expected"),
        ("<html>".into(), "not what was expected"),
    ] {
        let (status, detail) = import_answering(&answer);
        assert_eq!(status, 502, "{answer}");
        assert!(detail.contains(reason), "{detail}");
    }
    assert_eq!(import_answering(&root(&ours, "")).0, GO_ON);
}

#[test]
fn the_last_line_of_an_addition_counts() {
    let platform = Memory::default().with("pinners", "kubo").with("kubo_url", "http://kubo");
    platform.serve("http://kubo", |request| {
        let cid = unixfs::of(&file_of(&request.body));
        ok(format!("{{\"Name\":\"a\",\"Bytes\":5}}\n{{\"Name\":\"a\",\"Hash\":\"{cid}\",\"Size\":\"11\"}}\n\n"))
    });
    assert_eq!(pin_picture(&platform, b"\x89PNG").0, GO_ON);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_answer_at_all_is_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let platform = Memory::default().with("pinners", "kubo").with("kubo_url", "http://kubo");
        platform.serve("http://kubo", move |_| ok(bytes.clone()));
        prop_assert_eq!(pin_picture(&platform, b"\x89PNG").0, 502);
    }
}
