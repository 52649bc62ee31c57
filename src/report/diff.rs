//! Differences between two texts: whole entries and items come and go.

use similar::{DiffOp, TextDiff, group_diff_ops};

/// The hunks of a diff, in which lines that come or go together begin with the first line of their entry.
pub fn hunks<'d>(diff: &'d TextDiff<'_, '_, str>, context: usize) -> Vec<Vec<DiffOp>> {
    let mut ops = diff.ops().to_vec();
    for at in 1..ops.len() {
        let equal = |it: Option<&DiffOp>| match it {
            Some(DiffOp::Equal { len, .. }) => Some(*len),
            _ => None,
        };
        let Some(before) = equal(ops.get(at - 1)) else { continue };
        let (start, len, line): (_, _, &dyn Fn(usize) -> Option<&'d str>) = match ops[at] {
            DiffOp::Delete { old_index, old_len, .. } => {
                (old_index, old_len, &|it| diff.old_slice(it))
            }
            DiffOp::Insert { new_index, new_len, .. } => {
                (new_index, new_len, &|it| diff.new_slice(it))
            }
            DiffOp::Equal { .. } | DiffOp::Replace { .. } => continue,
        };
        if equal(ops.get(at + 1)).is_some() {
            slide(&mut ops, at, best(start, len, before, line));
        }
    }
    ops.retain(|it| !matches!(it, DiffOp::Equal { len: 0, .. }));
    group_diff_ops(ops, context)
}

/// By how many lines to move a block upwards, so that it begins as far left as it can.
fn best<'t>(
    start: usize,
    len: usize,
    room: usize,
    line: &dyn Fn(usize) -> Option<&'t str>,
) -> usize {
    let indent = |by: usize| {
        let text = line(start - by).unwrap_or("");
        let rest = text.trim_start();
        if rest.is_empty() { usize::MAX } else { text.len() - rest.len() }
    };
    let same = |by: &usize| line(start - by) == line(start + len - by);
    let reach = (1..=room.min(len)).take_while(same).count();
    (0..=reach).min_by_key(|by| indent(*by)).unwrap_or(0)
}

/// Moves a block upwards over lines that are the same at its end.
fn slide(ops: &mut [DiffOp], at: usize, by: usize) {
    let [before, block, after] = &mut ops[at - 1..=at + 1] else { return };
    if let DiffOp::Equal { len, .. } = before {
        *len -= by;
    }
    match block {
        DiffOp::Delete { old_index, new_index, .. }
        | DiffOp::Insert { old_index, new_index, .. } => {
            *old_index -= by;
            *new_index -= by;
        }
        DiffOp::Equal { .. } | DiffOp::Replace { .. } => (),
    }
    if let DiffOp::Equal { old_index, new_index, len } = after {
        *old_index -= by;
        *new_index -= by;
        *len += by;
    }
}
