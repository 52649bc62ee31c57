//! Tests of what a container starts, and of the scripts that it runs.

use super::*;

/// Reads a Dockerfile beside files of the context.
#[track_caller]
fn with(text: &str, files: &[(&str, &str)]) -> Dockerfile {
    let mut look = |path: &str| match files.iter().find(|it| it.0 == path) {
        Some((_, text)) => Script::Text((*text).to_owned()),
        None => Script::Unread(Why::Missing),
    };
    read_with(text, None, &Arguments::new(), &mut look).expect("a Dockerfile")
}

/// The acts as `kind path`.
fn shown(says: &Dockerfile) -> Vec<String> {
    let one = |it: &Act| {
        let what = match &it.what {
            What::Raises(tool) => (*tool).to_owned(),
            What::Drops { tool, account } => {
                format!("{tool} {}", account.as_deref().unwrap_or("?"))
            }
            other => format!("{other:?}"),
        };
        format!("{what} {}", it.path.as_deref().unwrap_or("")).trim_end().to_owned()
    };
    says.acts.iter().map(one).collect()
}

#[track_caller]
fn starts(lines: &str, expected: &[&str]) {
    assert_eq!(shown(&with(&format!("FROM a\n{lines}\n"), &[])), expected, "{lines}");
}

#[track_caller]
fn script(text: &str, expected: &[&str]) {
    let file = "FROM a\nWORKDIR /app\nCOPY s.sh /\nCMD [\"/s.sh\"]\n";
    let says = with(file, &[("s.sh", text)]);
    assert_eq!(shown(&says), expected, "{text}");
}

/// The script is found, whatever puts it there.
#[track_caller]
fn found(lines: &str, context: &str) {
    let says = with(&format!("FROM a\n{lines}\n"), &[(context, "#!/bin/sh\nexec sudo x\n")]);
    assert_eq!(shown(&says), ["sudo"], "{lines}: {:?}", says.unread);
    assert_eq!(says.unread, [], "{lines}");
}

#[track_caller]
fn unread(lines: &str, name: &str, why: Why) {
    let says = with(&format!("FROM a\n{lines}\n"), &[]);
    let unread: Vec<_> = says.unread.iter().map(|it| (it.name.as_str(), it.why)).collect();
    assert_eq!(unread, [(name, why)], "{lines}");
}

#[test]
fn tools_that_raise_privileges_are_seen_wherever_they_start() {
    starts("CMD [\"sudo\", \"/usr/sbin/apachectl\"]", &["sudo"]);
    starts("CMD cron && nginx", &["cron"]);
    starts("CMD [\"sh\", \"-c\", \"/usr/sbin/cron; exec nginx\"]", &["cron"]);
    starts("CMD service cron start && nginx", &["cron"]);
    starts("ENTRYPOINT [\"tini\", \"--\"]\nCMD [\"sudo\", \"-E\", \"x\"]", &["sudo"]);
    starts("ENTRYPOINT [\"/init\"]\nCMD [\"crond\", \"-f\"]", &["crond"]);
    starts("ENTRYPOINT exec x\nCMD [\"sudo\"]", &[]);
    starts("HEALTHCHECK --interval=5s CMD ping -c1 db || exit 1", &["ping"]);
    starts("HEALTHCHECK CMD ping x\nHEALTHCHECK NONE", &[]);
    starts("CMD exec gosu app nginx", &["gosu app"]);
    starts("CMD [\"setpriv\", \"--reuid=app\", \"--clear-groups\", \"x\"]", &["setpriv app"]);
    starts("CMD su -c 'sudo x' app", &["su", "sudo"]);
    starts("CMD [\"node\", \"sudo.js\"]", &[]);
    starts("RUN sudo x", &[]);
}

#[test]
fn acts_of_scripts_name_their_paths() {
    script(
        "chown -R app:app /data /var/log/app",
        &["ChangesOwner /data", "ChangesOwner /var/log/app"],
    );
    script(
        "DIR=/srv/x\nmkdir -p \"$DIR/y\" && chmod 700 ${DIR}",
        &["MakesFolder /srv/x/y", "ChangesMode /srv/x"],
    );
    script("envsubst < /a.tmpl > /etc/x.conf", &["Writes /etc/x.conf"]);
    script(
        "cat <<EOF >> /etc/x\nsudo no command\nEOF\nsed -i s/a/b/ /etc/y",
        &["Writes /etc/x", "Writes /etc/y"],
    );
    script(
        "cp a b /etc/z\nln -s /x /etc/l\nrm -f tmp/server.pid",
        &["Writes /etc/z", "Writes /etc/l", "Removes /app/tmp/server.pid"],
    );
    script(
        "usermod -u 5 app; setcap cap_net_raw+ep /bin/x",
        &["ChangesAccounts", "SetsCapabilities /bin/x"],
    );
    script(
        "apt-get update && apt-get install -y x\nnpm ci\nnpm start\npip install x",
        &["Installs", "Installs", "Installs"],
    );
    script("sysctl -w net.core.somaxconn=1\nmount -t nfs a:/b /mnt", &["SetsKernel", "Mounts"]);
    script(
        "echo 1 > /proc/sys/net/x\necho a >/dev/null 2>&1\nx 2>/dev/stderr",
        &["SetsKernel /proc/sys/net/x"],
    );
    script("cd /srv\ntouch a\ncd \"$X\"\ntouch b", &["Writes /srv/a", "Writes"]);
    script("echo > /var/log/$APP.log", &["Writes /var/log"]);
    script("chown -R app \"/$OWN\"", &["ChangesOwner"]);
    script("find /data -exec chown app {} \\;", &["ChangesOwner /data"]);
    script("if [ \"$(id -u)\" = 0 ]; then exec su-exec app \"$0\" \"$@\"; fi", &["su-exec app"]);
    script("# sudo x\necho 'sudo x' \"cron\"\nsudoku", &[]);
    script("case \"$1\" in\n cron|sudo) echo;;\n *) exec \"$@\";;\nesac", &[]);
    script("x=$(sudo id)", &["sudo"]);
    script("sudo \\\n  chown \\\n  app /x", &["sudo", "ChangesOwner /x"]);
    script(
        "ip addr show; ip route add x; iptables -L; iptables -A y",
        &["SetsNetwork", "SetsNetwork"],
    );
}

#[test]
fn scripts_are_found_where_copies_put_them() {
    let run = "ENTRYPOINT [\"/usr/local/bin/entry.sh\"]";
    found(&format!("COPY docker/entry.sh /usr/local/bin/\n{run}"), "docker/entry.sh");
    found(&format!("COPY docker/entry.sh /usr/local/bin\n{run}"), "docker/entry.sh");
    found(&format!("COPY --chmod=755 docker/e.sh /usr/local/bin/entry.sh\n{run}"), "docker/e.sh");
    found(&format!("COPY a.sh b/entry.sh /usr/local/bin/\n{run}"), "b/entry.sh");
    found(&format!("COPY [\"b/entry.sh\", \"/usr/local/bin/\"]\n{run}"), "b/entry.sh");
    found(&format!("COPY docker/*.sh /usr/local/bin/\n{run}"), "docker/entry.sh");
    found(&format!("COPY rootfs /\n{run}"), "rootfs/usr/local/bin/entry.sh");
    found(&format!("ADD ./bin/ /usr/local/bin/\n{run}"), "bin/entry.sh");
    found("COPY e.sh /usr/local/bin/e\nENTRYPOINT [\"e\"]", "e.sh");
    found("WORKDIR /app\nCOPY . .\nCMD ./run.sh", "run.sh");
    found("WORKDIR /app\nCOPY . .\nCMD [\"bash\", \"-e\", \"scripts/run.sh\"]", "scripts/run.sh");
    found("WORKDIR /srv\nWORKDIR app\nCOPY src ./\nCMD /srv/app/x", "src/x");
    found("COPY --parents a/b.sh /x/\nCMD /x/a/b.sh", "a/b.sh");
    found("ENV D=/opt\nCOPY x.sh $D/\nCMD $D/x.sh", "x.sh");
    found("COPY x.sh /opt/\nRUN ln -s /opt/x.sh /usr/local/bin/x\nCMD [\"x\"]", "x.sh");
    found("COPY x.sh /opt/\nRUN mv /opt/x.sh /y.sh && chmod +x /y.sh\nCMD /y.sh", "x.sh");
    found("COPY x.sh /docker-entrypoint.d/10-x.sh", "x.sh");
    found("COPY x.sh /docker-entrypoint.sh", "x.sh");
    found("COPY ../x.sh /x.sh\nCMD /x.sh", "x.sh");
}

#[test]
fn scripts_that_the_dockerfile_writes_are_read() {
    found("COPY <<EOF /run.sh\nsudo x\nEOF\nCMD /run.sh", "");
    found("RUN cat > /run.sh <<'EOF' && chmod +x /run.sh\nsudo x\nEOF\nCMD /run.sh", "");
    found("RUN <<EOF\ncat > /run.sh <<IN\nsudo x\nIN\nEOF\nCMD /run.sh", "");
    found("RUN echo '#!/bin/sh\\nsudo x' > /run.sh\nCMD /run.sh", "");
    found("RUN echo '#!/bin/sh' > /run.sh && \\\n # c\n echo 'sudo x' >> /run.sh\nCMD /run.sh", "");
}

#[test]
fn scripts_start_one_another_with_their_lines() {
    let files =
        [("a.sh", "\n. /lib.sh\nexec \"$@\"\n"), ("lib.sh", "true\n\nexec su-exec app x\n")];
    let says = with("FROM a\nCOPY *.sh /\nENTRYPOINT [\"/a.sh\"]\nCMD [\"nginx\"]\n", &files);
    assert_eq!(shown(&says), ["su-exec app"]);
    let said = &says.acts[0].said;
    assert_eq!((&said.place, said.line), (&Place::Script("lib.sh".to_owned()), 3));
    assert_eq!(said.words, "exec su-exec app x");
    assert_eq!(says.unread, []);
}

#[test]
fn what_could_not_be_read_is_said() {
    unread("COPY e.sh /\nCMD /e.sh", "/e.sh", Why::Missing);
    unread("COPY --from=b /e.sh /\nCMD /e.sh", "/e.sh", Why::OfAnotherStage);
    unread("COPY --from=b /app /app\nCMD /app/e.sh", "/app/e.sh", Why::OfAnotherStage);
    unread("ADD https://x/e /e\nCMD /e", "/e", Why::Fetched);
    unread("ADD app.tar.gz /app\nCMD /app/e.sh", "/app/e.sh", Why::Fetched);
    unread(
        "ENTRYPOINT [\"docker-entrypoint.sh\"]\nCMD [\"x\"]",
        "docker-entrypoint.sh",
        Why::OfTheBase,
    );
    unread("CMD $APP", "$APP", Why::Open);
    unread("CMD [\"supervisord\", \"-n\"]", "supervisord", Why::Supervisor);
    unread("COPY init.d/ /docker-entrypoint.d/", "/docker-entrypoint.d", Why::Folder);
    let says = with("FROM a\nCOPY e.py /e\nCMD /e\n", &[("e.py", "#!/usr/bin/python3\n")]);
    assert_eq!(says.unread[0].why, Why::OtherLanguage);
    let says = with("FROM a\nCOPY e /e\nCMD /e\n", &[("e", "\u{7f}ELF\0")]);
    assert_eq!(says.unread, []);
    let many: Vec<String> = (0..20).map(|it| format!("/s{it}.sh")).collect();
    let text = format!("FROM a\nCOPY . /\nCMD {}\n", many.join(" && "));
    let mut look = |_: &str| Script::Text("true\n".to_owned());
    let says = read_with(&text, None, &Arguments::new(), &mut look).expect("a Dockerfile");
    assert_eq!(says.unread[0].why, Why::TooMany);
}

#[test]
fn stages_that_are_only_copied_from_start_nothing() {
    let text =
        "FROM a AS base\nCMD sudo x\nFROM b AS other\nRUN apk add sudo\nCMD cron\nFROM base\n";
    let says = with(text, &[]);
    assert_eq!(shown(&says), ["sudo"]);
    assert_eq!(says.grants, []);
}

#[test]
fn long_files_are_read_in_time_that_grows_with_them() {
    let stages = (1..2_000).fold("FROM a AS s0\n".to_owned(), |text, it| {
        text + &format!("FROM s{} AS s{it}\nENV A{it}=1\nRUN mkdir /d{it}\n", it - 1)
    });
    let says = with(&stages, &[]);
    assert_eq!(says.base.as_deref(), Some("a"));
    for piece in
        ["${", "$(", "`", "exec ", "a; ", "<<E ", "\"", "'", "(", "x\n", "chown a /a\n", "> /a "]
    {
        let text = piece.repeat(20_000);
        let _ = with("FROM a\nCOPY s.sh /\nCMD /s.sh\n", &[("s.sh", &text)]);
    }
}
