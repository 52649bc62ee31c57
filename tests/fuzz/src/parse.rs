//! Any bytes: what is read stands in the tree byte for byte, and two readers agree on it or it is not edited.

use super::{check_places, nodes};
use casehard::yaml::{ParseError, Reader, Tree, decode};

/// Fails where that does not hold of these.
pub fn run(bytes: &[u8]) {
    let text = match decode(bytes) {
        Ok(text) => text,
        Err(error) => return check_error(&error, bytes.len()),
    };
    let tree = match Tree::parse(text) {
        Ok(tree) => tree,
        Err(error) => return check_error(&error, text.len()),
    };
    assert_eq!(tree.text(), text, "the text is not the one that was given");
    check_places(&tree);
    ask(&tree);
    if tree.editable().is_err() {
        return;
    }
    assert!(tree.referee().is_ok(), "the referee objects to a text that may be edited");
    if tree.reader() == Reader::Scanner {
        match Tree::parse_by_parser(text) {
            Ok(other) => assert!(tree.is_same(&other), "the two readers part"),
            // What is wrong with two documents may need two ways to read them.
            Err(error) => assert!(tree.is_in_pieces(), "the scanner alone reads this: {error}"),
        }
    }
}

fn check_error(error: &ParseError, length: usize) {
    assert!(error.offset <= length, "an error stands behind the text");
    assert!(error.position.line > 0 && error.position.column > 0, "an error has no place");
    assert!(!error.message.is_empty(), "an error says nothing");
}

/// Whatever may be asked of a node is answered.
fn ask(tree: &Tree) {
    for node in nodes(tree) {
        let _ = (node.value(), node.scalar(), node.is_null(), node.tag(), node.anchor());
        let _ = (node.duplicate_key(), node.is_recursive_alias(), node.key(), node.index());
        let _ = (node.items().take(100).count(), node.document(), tree.position(node.span().end));
        let _ = tree.comments_beside(node.span().start);
    }
}
