//! File capabilities, as the kernel writes them into `security.capability`.

use crate::images::CAPABILITIES;

/// The capabilities by their numbers in the kernel.
const NUMBERED: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

const _: () = assert!(NUMBERED.len() == CAPABILITIES.len());

/// The names of the capabilities of a bit set, sorted.
pub fn names(bits: u64) -> Vec<&'static str> {
    let has = |it: &(usize, &'static str)| bits >> it.0 & 1 == 1;
    let mut names: Vec<_> = NUMBERED.into_iter().enumerate().filter(has).map(|it| it.1).collect();
    names.sort_unstable();
    names
}

/// The capabilities that a program carries: those it is permitted, and those that it may inherit.
///
/// The value is `magic`, then pairs of `permitted` and `inheritable`, 32 bits each, little end first (capabilities(7)).
pub(super) fn carried(value: &[u8]) -> Vec<String> {
    let word = |at: usize| -> u64 {
        let bytes = value.get(at * 4..at * 4 + 4).and_then(|it| it.try_into().ok());
        u64::from(bytes.map_or(0, u32::from_le_bytes))
    };
    let bits = word(1) | word(3) << 32 | word(2) | word(4) << 32;
    names(bits).into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_of_the_attribute_are_read() {
        // setcap cap_net_bind_service=+ep
        let second = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(carried(&second), ["NET_BIND_SERVICE"]);
        let bpf = [1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(carried(&bpf), ["BPF"]);
        assert_eq!(carried(&[1, 0, 0]), Vec::<String>::new());
    }
}
