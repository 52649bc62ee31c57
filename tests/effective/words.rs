//! Chance that is the same on every machine, and the spellings that both dialects have in common.

/// A small generator of numbers: the same seed gives the same file.
pub(crate) struct Words(u64);

/// Capabilities in all spellings that people write.
const CAPABILITIES: &[&str] = &[
    "ALL",
    "ALL",
    "all",
    "All",
    "CAP_ALL",
    "NET_RAW",
    "net_raw",
    "CAP_NET_RAW",
    "cap_net_raw",
    "CHOWN",
    "CAP_CHOWN",
    "chown",
    "NET_BIND_SERVICE",
    "CAP_NET_BIND_SERVICE",
    "net_bind_service",
    "NET_ADMIN",
    "CAP_NET_ADMIN",
    "SYS_ADMIN",
    "CAP_SYS_ADMIN",
    "sys_time",
    "CAP_SETUID",
    "KILL",
    "MKNOD",
    "CAP_MKNOD",
    "\"CAP_NET_RAW\"",
    "'all'",
    "NO_SUCH",
];

/// Images: known with root, known with a user of their own, built for any user, not known.
const IMAGES: &[&str] = &[
    "nginx:1.27",
    "postgres:16",
    "redis:7",
    "nginxinc/nginx-unprivileged:1.27",
    "prom/prometheus:v2.54.0",
    "grafana/grafana:11.1.0",
    "example/app:1",
    "gcr.io/distroless/static-debian12:nonroot",
];

impl Words {
    pub(crate) fn new(seed: u64) -> Words {
        Words(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below a limit.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % limit.max(1) as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, limit: usize) -> bool {
        self.below(limit) == 0
    }

    pub(crate) fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    pub(crate) fn image(&mut self) -> &'static str {
        self.pick(IMAGES)
    }

    /// One to four items of these, each once.
    pub(crate) fn some<'a>(&mut self, all: &[&'a str]) -> Vec<&'a str> {
        let mut found: Vec<&str> = Vec::new();
        for _ in 0..=self.below(4) {
            let one = self.pick(all);
            if !found.contains(&one) {
                found.push(one);
            }
        }
        found
    }

    /// A list of capabilities.
    pub(crate) fn capabilities(&mut self) -> String {
        format!("[{}]", self.some(CAPABILITIES).join(", "))
    }
}
