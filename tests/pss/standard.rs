//! The Pod Security Standards once more, from their table and on plain JSON: it shares no code with the program.

use serde_json::{Map, Value};

/// The checks of a level that a pod spec fails.
pub(crate) fn violations(spec: &Value, annotations: &Map<String, Value>, minor: u32) -> Violations {
    let pod = Pod { spec, annotations, minor };
    let mut found = Violations::default();
    pod.baseline(&mut found.baseline);
    pod.restricted(&mut found.restricted);
    found
}

/// What a pod fails, by level.
#[derive(Debug, Default)]
pub(crate) struct Violations {
    pub(crate) baseline: Vec<String>,
    pub(crate) restricted: Vec<String>,
}

struct Pod<'v> {
    spec: &'v Value,
    annotations: &'v Map<String, Value>,
    minor: u32,
}

const BASELINE_ADD: &str = "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID \
SETPCAP SETUID SYS_CHROOT";
const VOLUMES: &str =
    "configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret";
const SYSCTLS: &[(u32, &str)] = &[
    (0, "kernel.shm_rmid_forced"),
    (0, "net.ipv4.ip_local_port_range"),
    (0, "net.ipv4.tcp_syncookies"),
    (0, "net.ipv4.ping_group_range"),
    (0, "net.ipv4.ip_unprivileged_port_start"),
    (27, "net.ipv4.ip_local_reserved_ports"),
    (29, "net.ipv4.tcp_keepalive_time"),
    (29, "net.ipv4.tcp_fin_timeout"),
    (29, "net.ipv4.tcp_keepalive_intvl"),
    (29, "net.ipv4.tcp_keepalive_probes"),
    (32, "net.ipv4.tcp_rmem"),
    (32, "net.ipv4.tcp_wmem"),
    (37, "net.ipv4.tcp_slow_start_after_idle"),
    (37, "net.ipv4.tcp_notsent_lowat"),
];

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn among(words: &str, word: &str) -> bool {
    words.split_whitespace().any(|it| it == word)
}

impl Pod<'_> {
    fn containers(&self) -> impl Iterator<Item = &Value> {
        let keys = ["initContainers", "containers", "ephemeralContainers"];
        keys.into_iter().flat_map(|it| list(self.spec, it))
    }

    /// The pod's security context, then each container's.
    fn contexts(&self) -> impl Iterator<Item = &Value> {
        let own = self.containers().map(|it| &it["securityContext"]);
        std::iter::once(&self.spec["securityContext"]).chain(own)
    }

    fn windows(&self) -> bool {
        self.minor >= 25 && self.spec["os"]["name"] == "windows"
    }

    fn user_namespace(&self) -> bool {
        self.minor >= 35 && self.spec["hostUsers"] == false
    }

    fn baseline(&self, found: &mut Vec<String>) {
        let mut fail = |what: &str| found.push(what.to_owned());
        for context in self.contexts() {
            if context["windowsOptions"]["hostProcess"] == true {
                fail("hostProcess");
            }
            let kind = &context["appArmorProfile"]["type"];
            if !kind.is_null() && kind != "RuntimeDefault" && kind != "Localhost" {
                fail("appArmorProfile");
            }
            let linux = &context["seLinuxOptions"];
            let engine = if self.minor >= 31 { "container_engine_t" } else { "" };
            let kind = linux["type"].as_str().unwrap_or("");
            if !["", "container_t", "container_init_t", "container_kvm_t", engine].contains(&kind) {
                fail("seLinuxOptions.type");
            }
            if [&linux["user"], &linux["role"]].iter().any(|it| !it.is_null() && *it != "") {
                fail("seLinuxOptions.user or role");
            }
            let kind = &context["seccompProfile"]["type"];
            if !kind.is_null()
                && kind != "RuntimeDefault"
                && kind != "Localhost"
                && self.minor >= 19
            {
                fail("seccompProfile");
            }
            for item in list(context, "sysctls") {
                let name = item["name"].as_str().unwrap_or("");
                if !SYSCTLS.iter().any(|it| it.1 == name && it.0 <= self.minor) {
                    fail(&format!("sysctl {name}"));
                }
            }
        }
        for key in ["hostNetwork", "hostPID", "hostIPC"] {
            if self.spec[key] == true {
                fail(key);
            }
        }
        for container in self.containers() {
            let context = &container["securityContext"];
            if context["privileged"] == true {
                fail("privileged");
            }
            for name in list(&context["capabilities"], "add") {
                if !among(BASELINE_ADD, name.as_str().unwrap_or("?")) {
                    fail(&format!("capability {name}"));
                }
            }
            if list(container, "ports")
                .iter()
                .any(|it| !it["hostPort"].is_null() && it["hostPort"] != 0)
            {
                fail("hostPort");
            }
            let mount = &context["procMount"];
            if !mount.is_null() && mount != "Default" && !self.user_namespace() {
                fail("procMount");
            }
            if self.minor >= 34 && self.calls_a_host(container) {
                fail("probe or hook host");
            }
        }
        if list(self.spec, "volumes").iter().any(|it| !it["hostPath"].is_null()) {
            fail("hostPath");
        }
        for (key, value) in self.annotations {
            let value = value.as_str().unwrap_or("");
            let fine = ["", "runtime/default"].contains(&value) || value.starts_with("localhost/");
            if key.starts_with("container.apparmor.security.beta.kubernetes.io/") && !fine {
                fail("AppArmor annotation");
            }
        }
    }

    fn calls_a_host(&self, container: &Value) -> bool {
        let probes = ["livenessProbe", "readinessProbe", "startupProbe"].map(|it| &container[it]);
        let hooks = ["postStart", "preStop"].map(|it| &container["lifecycle"][it]);
        probes.into_iter().chain(hooks).any(|it| {
            ["httpGet", "tcpSocket"].iter().any(|kind| {
                let host = &it[kind]["host"];
                !host.is_null() && host != ""
            })
        })
    }

    fn restricted(&self, found: &mut Vec<String>) {
        let mut fail = |what: String| found.push(what);
        for volume in list(self.spec, "volumes") {
            for (kind, source) in volume.as_object().into_iter().flatten() {
                if kind != "name" && !source.is_null() && !among(VOLUMES, kind) {
                    fail(format!("volume type {kind}"));
                }
            }
        }
        let pod = &self.spec["securityContext"];
        for container in self.containers() {
            let name = &container["name"];
            let context = &container["securityContext"];
            if !self.windows() {
                if context["allowPrivilegeEscalation"] != false {
                    fail(format!("allowPrivilegeEscalation of {name}"));
                }
                let seccomp = match &context["seccompProfile"]["type"] {
                    Value::Null => &pod["seccompProfile"]["type"],
                    own => own,
                };
                if seccomp != "RuntimeDefault" && seccomp != "Localhost" {
                    fail(format!("seccompProfile of {name}"));
                }
                let lists = &context["capabilities"];
                if !list(lists, "drop").iter().any(|it| it == "ALL") {
                    fail(format!("capabilities.drop of {name}"));
                }
                if list(lists, "add").iter().any(|it| it != "NET_BIND_SERVICE") {
                    fail(format!("capabilities.add of {name}"));
                }
            }
            let inherited = context["runAsNonRoot"].is_null() && pod["runAsNonRoot"] == true;
            if !self.user_namespace() && context["runAsNonRoot"] != true && !inherited {
                fail(format!("runAsNonRoot of {name}"));
            }
            let mount = &context["procMount"];
            if self.minor >= 35 && !mount.is_null() && mount != "Default" {
                fail(format!("procMount of {name}"));
            }
        }
        if !self.user_namespace() {
            if self.contexts().any(|it| it["runAsUser"] == 0) {
                fail("runAsUser: 0".to_owned());
            }
            if self.contexts().any(|it| it["runAsNonRoot"] == false) {
                fail("runAsNonRoot: false".to_owned());
            }
        }
    }
}
