//! Questions after which something is written: a key that is held down answers none.

use super::{WEB, review};

#[test]
fn a_key_that_is_held_down_writes_nothing() {
    let mut review = review();
    review.press("y");
    // It comes again and again, faster than anybody can let go.
    review.press("yyyyyyyyyyyyyyyy");
    review.last("yy");
    review.wait("held down: press it once");
    review.last("\r\r\r");
    review.wait("held down: press it once");
    review.last("v");
    review.last("n");
    let (rest, status) = review.end();
    assert!(rest.contains("what was accepted is not written"), "{rest}");
    assert_eq!((status, review.web()), (1, WEB.to_owned()));
}

#[test]
fn an_interrupt_right_after_a_key_writes_nothing() {
    let mut review = review();
    review.press("y");
    review.press("y");
    review.last("y\x03");
    assert_eq!(review.end().1, 130);
    assert_eq!(review.web(), WEB);
}
