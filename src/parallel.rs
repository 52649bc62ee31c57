//! Work on many things at a time, where there is enough of it: the threads that do it cost a small run as much as all else
//! that it does.

use rayon::prelude::*;

/// Texts below this number of bytes are not worth a second thread.
pub(crate) const TEXT: usize = 16 * 1024;

/// What comes of each, in their order; up to `least` of them one after the other.
pub(crate) fn map<'t, T: Sync, R: Send>(
    all: &'t [T],
    least: usize,
    work: impl Fn(&'t T) -> R + Sync + Send,
) -> Vec<R> {
    match all.len() <= least {
        true => all.iter().map(work).collect(),
        false => all.par_iter().with_min_len(least).map(work).collect(),
    }
}

/// What comes of each, where something does, in their order; up to `least` of them one after the other.
pub(crate) fn filter_map<T: Send, R: Send>(
    all: Vec<T>,
    least: usize,
    work: impl Fn(T) -> Option<R> + Sync + Send,
) -> Vec<R> {
    match all.len() <= least {
        true => all.into_iter().filter_map(work).collect(),
        false => all.into_par_iter().with_min_len(least).filter_map(work).collect(),
    }
}

/// Both, beside each other for so many bytes of text.
pub(crate) fn join<A: Send, B: Send>(
    bytes: usize,
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    match bytes < TEXT {
        true => (first(), second()),
        false => rayon::join(first, second),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_come_in_their_order() {
        for least in [1, 1000] {
            let all: Vec<usize> = (0..100).collect();
            let twice: Vec<usize> = all.iter().map(|it| it * 2).collect();
            assert_eq!(map(&all, least, |it| it * 2), twice);
            let even: Vec<usize> = all.iter().copied().filter(|it| it % 2 == 0).collect();
            assert_eq!(filter_map(all, least, |it| (it % 2 == 0).then_some(it)), even);
        }
        assert_eq!(join(0, || 1, || 2), join(TEXT, || 1, || 2));
    }
}
