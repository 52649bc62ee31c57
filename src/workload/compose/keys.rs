//! Which keys a service can have, in one number: most keys that are asked for are in no service.

/// A set of keys, one bit for several: a key that is not in the set is never there, one that is may be another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keys(u64);

impl Keys {
    /// The set of these keys.
    pub const fn of(names: &[&str]) -> Keys {
        let mut all = 0;
        let mut at = 0;
        while at < names.len() {
            all |= bit(names[at]);
            at += 1;
        }
        Keys(all)
    }

    /// With all keys of another set.
    #[must_use]
    pub const fn and(self, other: Keys) -> Keys {
        Keys(self.0 | other.0)
    }

    /// Whether any key may be in the set.
    pub(super) const fn are_all(self) -> bool {
        self.0 == u64::MAX
    }

    /// Whether one of the keys may be in both sets.
    pub const fn meets(self, other: Keys) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether a key may be in the set.
    pub(super) const fn may_have(self, key: &str) -> bool {
        self.0 & bit(key) != 0
    }
}

const fn bit(key: &str) -> u64 {
    let bytes = key.as_bytes();
    match bytes {
        [] => 1,
        [first, ..] => {
            let ends = *first as usize * 7 + bytes[bytes.len() - 1] as usize * 3;
            1 << ((ends + bytes.len() * 11) % 64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_no_set_is_told_from_what_may_be() {
        let set = Keys::of(&["image", "ports"]);
        assert!(set.may_have("image") && set.may_have("ports"));
        assert!(!set.may_have("privileged") && !set.may_have(""));
        assert!(set.meets(Keys::of(&["ports"])) && !set.meets(Keys::of(&["privileged"])));
        assert!(Keys::default().and(set).may_have("ports"));
    }
}
