//! Changes within a value that is written whole become part of it.

use foldhash::HashMap;

use crate::yaml::{Action, Change, Data, NodeId, Step, Value};

/// Writes what is changed within a value that is written whole into that value.
pub(super) fn fold(changes: Vec<Change>) -> Vec<Change> {
    let whole = |it: &&Change| matches!(it.action, Action::Replace(_));
    let mut values: HashMap<NodeId, Vec<Change>> = HashMap::default();
    for change in changes.iter().filter(whole) {
        values.entry(change.at).or_default().push(change.clone());
    }
    if values.is_empty() {
        return changes;
    }
    let mut inner: HashMap<(NodeId, usize), Vec<Change>> = HashMap::default();
    let mut left = Vec::with_capacity(changes.len());
    for change in changes {
        let list = values.get(&change.at).map_or(&[][..], Vec::as_slice);
        let inside = |it: &Change| change.path.len() > it.path.len() || !whole(&&change);
        let within = |it: &Change| change.path.starts_with(&it.path) && inside(it);
        match list.iter().position(within) {
            Some(place) => inner.entry((change.at, place)).or_default().push(change),
            None => left.push(change),
        }
    }
    for change in &mut left {
        let list = values.get(&change.at).map_or(&[][..], Vec::as_slice);
        let Some(place) = list.iter().position(|it| it == change) else { continue };
        let (Some(mut inner), Action::Replace(value)) =
            (inner.remove(&(change.at, place)), &mut change.action)
        else {
            continue;
        };
        // Items are counted in the old list: the last goes first, and what is added comes after.
        inner.sort_by_key(order);
        inner.iter().for_each(|it| write(value, &it.path[change.path.len()..], &it.action));
        let emptied = inner.iter().filter(|it| it.action == Action::Remove);
        emptied.for_each(|it| prune(value, &it.path[change.path.len()..]));
    }
    left
}

fn order(change: &Change) -> (u8, std::cmp::Reverse<usize>) {
    match (change.path.last(), &change.action) {
        (Some(Step::Index(index)), Action::Remove) => (1, std::cmp::Reverse(*index)),
        (Some(Step::Index(_)), _) => (0, std::cmp::Reverse(0)),
        (Some(Step::Key(_)) | None, _) => (2, std::cmp::Reverse(0)),
    }
}

fn write(value: &mut Value, path: &[Step], action: &Action) {
    let Some((step, rest)) = path.split_first() else {
        match action {
            Action::Ensure(new) | Action::Replace(new) => *value = new.clone(),
            Action::Append(item) => append(value, item),
            Action::Remove => (),
        }
        return;
    };
    let gone = rest.is_empty() && *action == Action::Remove;
    if value.data == Data::Null && !gone {
        value.data = Data::Map(Vec::new());
    }
    match (step, &mut value.data) {
        (Step::Key(key), Data::Map(entries)) if gone => entries.retain(|it| it.0 != *key),
        (Step::Key(key), Data::Map(entries)) => {
            let place = entries.iter().position(|it| it.0 == *key).unwrap_or_else(|| {
                entries.push((key.clone(), Value::from(Data::Null)));
                entries.len() - 1
            });
            write(&mut entries[place].1, rest, action);
        }
        (Step::Index(index), Data::Seq(items)) if gone && *index < items.len() => {
            items.remove(*index);
        }
        (Step::Index(index), Data::Seq(items)) => {
            if let Some(item) = items.get_mut(*index) {
                write(item, rest, action);
            }
        }
        (Step::Key(_) | Step::Index(_), _) => (),
    }
}

fn append(value: &mut Value, item: &Value) {
    match &mut value.data {
        Data::Seq(items) if items.iter().all(|it| it.data != item.data) => items.push(item.clone()),
        Data::Seq(_) => (),
        Data::Null => *value = Value::seq([item.clone()]),
        Data::Bool(_) | Data::Int(_) | Data::Str(_) | Data::Written(_) | Data::Map(_) => (),
    }
}

/// A list or mapping within the value that lost all it had goes with its key.
fn prune(value: &mut Value, path: &[Step]) {
    let [above @ .., _] = path else { return };
    let Some(place) = above.iter().try_fold(&*value, below) else { return };
    let empty = match &place.data {
        Data::Seq(items) => items.is_empty(),
        Data::Map(entries) => entries.is_empty(),
        Data::Null | Data::Bool(_) | Data::Int(_) | Data::Str(_) | Data::Written(_) => false,
    };
    if empty && !above.is_empty() {
        write(value, above, &Action::Remove);
        prune(value, above);
    }
}

fn below<'v>(value: &'v Value, step: &Step) -> Option<&'v Value> {
    match (step, &value.data) {
        (Step::Key(key), Data::Map(entries)) => {
            entries.iter().find(|it| it.0 == *key).map(|it| &it.1)
        }
        (Step::Index(index), Data::Seq(items)) => items.get(*index),
        (Step::Key(_) | Step::Index(_), _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Sharing, Tree};

    fn change(at: NodeId, path: &[Step], action: Action) -> Change {
        Change { at, path: path.to_vec(), action, sharing: Sharing::Allow }
    }

    fn lists(drop: &[&str], add: Option<&str>) -> Value {
        let drop = ("drop", Value::seq(drop.iter().copied()));
        let add = add.map(|it| ("add", Value::seq([it])));
        Value::map(add.into_iter().chain([drop]))
    }

    #[test]
    fn a_copy_takes_the_changes_within_it_by_the_places_of_the_old_items() {
        let tree = Tree::parse("a: 1\n").unwrap();
        let at = tree.documents().next().unwrap().id();
        let key = |it: &str| Step::from(it);
        let drop = |step: Step| [key("caps"), key("drop"), step];
        let old = lists(&["A", "B", "C"], Some("D"));
        let changes = vec![
            change(at, &[key("caps")], Action::Replace(old)),
            change(at, &[key("caps"), key("drop")], Action::Append(Value::from("ALL"))),
            change(at, &drop(Step::from(0)), Action::Remove),
            change(at, &drop(Step::from(1)), Action::Ensure(Value::from("E"))),
            change(at, &drop(Step::from(2)), Action::Remove),
            change(at, &[key("caps"), key("add"), Step::from(0)], Action::Remove),
            change(at, &[key("a")], Action::Remove),
        ];
        let wanted = lists(&["E", "ALL"], None);
        assert_eq!(
            fold(changes),
            [
                change(at, &[key("caps")], Action::Replace(wanted)),
                change(at, &[key("a")], Action::Remove),
            ]
        );
    }

    #[test]
    fn values_for_one_place_are_not_folded_into_each_other() {
        let tree = Tree::parse("a: 1\n").unwrap();
        let at = tree.documents().next().unwrap().id();
        let path = [Step::from("a")];
        let whole = |it: i64| change(at, &path, Action::Replace(Value::from(it)));
        assert_eq!(fold(vec![whole(1), whole(2)]), [whole(1), whole(2)]);
    }
}
