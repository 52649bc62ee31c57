//! Lossless YAML: text in, exact places out, edits back; knows nothing of containers.
//!
//! `gate` refuses what different YAML readers read differently, `parse` walks yaml-rust2's events
//! along the source and yields a flat [`Tree`] in which every node knows its bytes, [`edit`] turns
//! symbolic [`Change`]s into new text, and [`prove`] checks that text by a way that shares nothing
//! with the editing.

mod ambiguous;
mod change;
mod comment;
mod continued;
mod edit;
mod error;
mod events;
mod gate;
mod keys;
mod lenient;
mod lines;
mod locate;
mod node;
mod pairs;
mod parse;
mod pieces;
mod prove;
mod referee;
mod remark;
mod scalar;
mod scan;
mod shown;
mod stream;
mod tag;
mod tree;
pub mod view;
mod written;

pub use ambiguous::{Ambiguity, ambiguities, ended_json, late_merges};
pub use change::{Action, Change, Data, Sharing, Step, Value};
pub use comment::{CommentError, comment_above, prove_comment};
pub use edit::{EditError, Editor, Refusal, Replacement, edit, edit_all, replacements};
pub use error::{ParseError, Problem};
pub use gate::decode;
pub use lines::Position;
pub use node::Node;
pub use pairs::only_json;
pub use prove::{ProofError, prove};
pub use remark::has_commented_out;
pub use scalar::Scalar;
pub use stream::Unread;
pub use tag::tagged;
pub use tree::{Comment, Kind, NodeId, Reader, Span, Style, Tree};
pub use written::Written;
