//! Tests of what a Dockerfile leaves in its image: ways to more privileges, and paths with owners.

use super::*;

#[track_caller]
fn granted(lines: &str, expected: &[Granted]) {
    let says = read(&format!("FROM a\n{lines}\n"), None).expect("a Dockerfile");
    let found: Vec<_> = says.grants.into_iter().map(|it| it.what).collect();
    assert_eq!(found, expected, "{lines}");
}

fn capabilities(names: &[&str], file: &str) -> Granted {
    let names = names.iter().map(|it| (*it).to_owned()).collect();
    Granted::Capabilities { names, file: file.to_owned() }
}

#[test]
fn packages_with_setuid_programs_are_seen() {
    let package = Granted::Package;
    granted(
        "RUN apt-get update && apt-get install -y --no-install-recommends \\\n  curl \\\n  # why\n  sudo=1.9 cron",
        &[package("sudo"), package("cron")],
    );
    granted(
        "RUN apk add --no-cache -t .x openssh-server~=9 iputils@edge",
        &[package("openssh-server"), package("iputils")],
    );
    granted(
        "RUN dnf -y install iputils && yum install -y fuse3",
        &[package("iputils"), package("fuse3")],
    );
    granted("RUN [\"apt-get\", \"install\", \"sudo\"]", &[package("sudo")]);
    granted("RUN <<EOF\napt-get install -y sudo\nEOF", &[package("sudo")]);
    granted("RUN apt-get remove sudo && echo install sudo", &[]);
    granted("RUN apk add sudoku", &[]);
}

#[test]
fn file_capabilities_are_read_in_every_spelling() {
    let bind = |file: &str| [capabilities(&["NET_BIND_SERVICE"], file)];
    granted("RUN setcap cap_net_bind_service=+ep /usr/bin/node", &bind("/usr/bin/node"));
    granted("RUN setcap 'cap_net_bind_service=+ep' /usr/bin/node", &bind("/usr/bin/node"));
    granted("RUN setcap CAP_NET_BIND_SERVICE+eip $(readlink -f $(which node))", &bind("node"));
    granted("RUN setcap cap_net_bind_service=ep \"$(which node)\"", &bind("node"));
    granted(
        "RUN setcap cap_net_raw,cap_net_admin=eip /x",
        &[capabilities(&["NET_RAW", "NET_ADMIN"], "/x")],
    );
    granted(
        "RUN setcap 'cap_net_raw+p cap_chown+ep' /x",
        &[capabilities(&["NET_RAW", "CHOWN"], "/x")],
    );
    granted(
        "RUN setcap all=ep /x && setcap =ep /y",
        &[capabilities(&["ALL"], "/x"), capabilities(&["ALL"], "/y")],
    );
    granted("RUN setcap cap_chown+ep /x\nRUN setcap -r /x", &[]);
    granted("RUN setcap cap_chown= /x; setcap cap_chown-ep /y; setcap", &[]);
}

#[test]
fn setuid_bits_and_rules_of_sudo_are_seen() {
    let set = |file: &str| [Granted::SetUser { file: file.to_owned() }];
    granted("RUN chmod u+s /x", &set("/x"));
    granted("RUN chmod 4755 /x", &set("/x"));
    granted("RUN chmod +s /x && chmod 6755 /x", &set("/x"));
    granted("COPY --chmod=4755 x /x", &set("/x"));
    granted(
        "RUN chmod 2775 /x && chmod g+s /y && chmod 1777 /z && chmod u-s /w && chmod 755 /v",
        &[],
    );
    granted("RUN echo 'app ALL=(ALL) NOPASSWD:ALL' >> /etc/sudoers", &[Granted::Sudoers]);
    granted("RUN echo x | tee /etc/sudoers.d/app", &[Granted::Sudoers]);
    granted("RUN usermod -aG sudo app", &[Granted::Sudoers]);
    granted("COPY sudoers /etc/sudoers.d/app", &[Granted::Sudoers]);
}

#[track_caller]
fn left(lines: &str, expected: &[(&str, Option<User>, Option<u32>)]) {
    let says = read(&format!("FROM a\n{lines}\n"), None).expect("a Dockerfile");
    let found: Vec<_> =
        says.paths.iter().map(|it| (it.path.as_str(), it.owner.clone(), it.mode)).collect();
    assert_eq!(found, expected, "{lines}");
}

#[test]
fn folders_have_the_owner_that_is_said_last() {
    let app = ids(1000, None);
    let root = ids(0, Some(0));
    left("RUN mkdir -p /data /x/../y", &[("/data", None, None), ("/y", None, None)]);
    left("USER 1000\nRUN mkdir /data", &[("/data", app.clone(), None)]);
    left(
        "RUN useradd -u 1000 app && mkdir /data && chown -R app /data",
        &[("/data", app.clone(), None)],
    );
    left(
        "RUN mkdir -p /d/a /d/b && chown -R 1000:1000 /d",
        &[
            ("/d/a", ids(1000, Some(1000)), None),
            ("/d/b", ids(1000, Some(1000)), None),
            ("/d", ids(1000, Some(1000)), None),
        ],
    );
    left("RUN install -d -o 1000 -m 0700 /data", &[("/data", app.clone(), Some(0o700))]);
    left("RUN mkdir /d && chmod 777 /d", &[("/d", None, Some(0o777))]);
    left("RUN chown app: /d", &[("/d", name("app"), None)]);
    left("RUN chown app.app /d", &[("/d", name("app:app"), None)]);
    left("RUN chown :app /d", &[]);
    left("USER root\nWORKDIR /app\nCOPY --chown=1000 . .", &[("/app", ids(0, None), None)]);
    left("COPY --chown=1000 . /app", &[("/app", app, None)]);
    left(
        "COPY a.sh b.conf /etc/x/",
        &[("/etc/x/a.sh", root.clone(), None), ("/etc/x/b.conf", root, None)],
    );
    left("ARG U\nRUN chown $U /d", &[("/d", Some(User::Open("$U".to_owned())), None)]);
    left(
        "WORKDIR /srv\nRUN mkdir a && cd /opt && mkdir b",
        &[("/srv", None, None), ("/srv/a", None, None), ("/opt/b", None, None)],
    );
}

#[test]
fn facts_name_their_lines() {
    let text = "FROM a\n\nRUN true && \\\n  chown app /d && \\\n  apk add sudo\n";
    let says = read(text, None).expect("a Dockerfile");
    assert_eq!((says.paths[0].said.line, says.grants[0].said.line), (4, 5));
    assert_eq!(says.grants[0].said.words, "apk add sudo");
}
