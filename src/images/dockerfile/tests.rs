//! Tests over small Dockerfiles, each with one difficulty.

mod left;
mod starts;

use super::*;

fn ids(uid: u32, gid: Option<u32>) -> Option<User> {
    Some(User::Ids { uid, gid })
}

fn name(name: &str) -> Option<User> {
    Some(User::Name(name.to_owned()))
}

#[track_caller]
fn user(text: &str, expected: &Option<User>) {
    let says = read(text, None).expect("a Dockerfile");
    assert_eq!(&says.user, expected, "{text}");
}

#[test]
fn last_user_wins_in_every_form() {
    user("FROM node:22\n", &None);
    user("FROM node:22\nUSER node\n", &name("node"));
    user("FROM node:22\nuser node\nUSER root\n", &ids(0, None));
    user("FROM node:22\nUSER 1000:1001\n", &ids(1000, Some(1001)));
    user("FROM node:22\nUSER 1000:app\n", &ids(1000, None));
    user("FROM node:22\nUSER node:node\n", &name("node:node"));
    user("FROM a\nENV U=1000\nUSER $U\n", &ids(1000, None));
    user("FROM a\nENV U 1000\nUSER ${U}\n", &ids(1000, None));
    user("FROM a\nARG U=1000 G=\"1001\"\nUSER ${U}:${G}\n", &ids(1000, Some(1001)));
    user("FROM a\nARG U\nUSER ${U:-1000}\n", &ids(1000, None));
    user("FROM a\nARG U\nUSER $U\n", &Some(User::Open("$U".to_owned())));
    user("ARG U=5\nFROM a\nARG U\nUSER $U\n", &ids(5, None));
    user("ARG U=5\nFROM a\nUSER $U\n", &Some(User::Open("$U".to_owned())));
    user("FROM a\nUSER \"0\"\n", &ids(0, None));
    user("FROM a\nUSER 'app'\n", &name("app"));
    user("FROM a\nUSER 0:0\n", &ids(0, Some(0)));
    user("FROM a\nUSER root:root\n", &ids(0, Some(0)));
    user("FROM a\nUSER -0\n", &ids(0, None));
    user("FROM a\nUSER +0\n", &ids(0, None));
    user("FROM a\nUSER 000\n", &ids(0, None));
    user("FROM a\nUSER 0x0\n", &name("0x0"));
    user("FROM a\nARG U\nUSER ${U:-\"0\"}\n", &ids(0, None));
    user("FROM mcr.microsoft.com/dotnet/aspnet:8.0\nUSER $APP_UID\n", &ids(1654, None));
}

#[test]
fn accounts_made_in_the_file_have_a_number() {
    user("FROM alpine\nRUN adduser -D -u 1000 app\nUSER app\n", &ids(1000, None));
    user(
        "FROM debian\nRUN apt-get update && \\\n  useradd --uid=1001 \\\n  --create-home app\nUSER app\n",
        &ids(1001, None),
    );
    user(
        "FROM alpine\nARG ID=7\nRUN addgroup -g 7 app && adduser -G app -Du \"$ID\" app\nUSER app:app\n",
        &ids(7, None),
    );
    user("FROM debian\nRUN <<EOF\nuseradd -m -u 1002 app\nEOF\nUSER app\n", &ids(1002, None));
    user("FROM alpine\nRUN adduser -S app\nUSER app\n", &name("app"));
}

#[test]
fn here_documents_comments_and_escapes_are_no_instructions() {
    user("FROM a\nUSER 1\nRUN <<EOF\nUSER 2\nEOF\n", &ids(1, None));
    user("FROM a\nUSER 1\n# USER 2\nRUN echo \\\n# USER 3\n  USER 4\n", &ids(1, None));
    user(
        "# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nUSER 1\nRUN echo `\n USER 2\n",
        &ids(1, None),
    );
    user("FROM a\r\nUSER 1\r\n", &ids(1, None));
}

const STAGES: &str = r#"
ARG VERSION=22
FROM node:${VERSION}-alpine AS base
WORKDIR /app
USER node
VOLUME ["/data", "/cache"]
EXPOSE 3000 9000/udp $OPEN
CMD ["node", "index.js"]
FROM golang:1.23 AS build
USER root
FROM base AS final
VOLUME /more /paths
ENTRYPOINT ["/entry", "run"]
FROM Base AS debug
USER 0
CMD node --inspect index.js
"#;

#[test]
fn stages_build_on_one_another() {
    let says = read(STAGES, Some("final")).expect("a Dockerfile");
    assert_eq!(says.user, name("node"));
    assert_eq!(says.base.as_deref(), Some("node:22-alpine"));
    assert_eq!(says.volumes, ["/data", "/cache", "/more", "/paths"]);
    assert_eq!(says.ports, [3000, 9000]);
    assert_eq!(says.workdir.as_deref(), Some("/app"));
    assert_eq!(says.entrypoint, Some(vec!["/entry".to_owned(), "run".to_owned()]));
    assert_eq!(says.cmd, None);
}

#[test]
fn last_stage_is_read_without_a_target() {
    let says = read(STAGES, None).expect("a Dockerfile");
    assert!(says.user.is_some_and(|it| it.is_root()));
    assert_eq!(says.base.as_deref(), Some("node:22-alpine"));
    assert_eq!(says.cmd, Some(vec!["node --inspect index.js".to_owned()]));
}

#[test]
fn target_is_a_name_or_a_number() {
    let by_name = read(STAGES, Some("BUILD")).expect("a Dockerfile");
    assert_eq!(by_name.base.as_deref(), Some("golang:1.23"));
    assert_eq!(read(STAGES, Some("1")), Ok(by_name));
    let error = read(STAGES, Some("other")).expect_err("no stage");
    assert_eq!(error.to_string(), "no stage `other`");
}

#[test]
fn build_arguments_win_over_defaults() {
    let arguments = BTreeMap::from([("VERSION".to_owned(), Some("20".to_owned()))]);
    let says = read_with(STAGES, None, &arguments, &mut |_| Script::Unread(Why::Missing))
        .expect("a Dockerfile");
    assert_eq!(says.base.as_deref(), Some("node:20-alpine"));
}

#[test]
fn argument_without_a_value_leaves_all_open_that_depends_on_it() {
    let unknown = Arguments::from([("U".to_owned(), None)]);
    let user = |text: &str| read_with(text, None, &unknown, &mut |_| Script::Unread(Why::Missing));
    let open = |text: &str| Some(User::Open(text.to_owned()));
    let says = user("FROM a\nARG U=1000\nUSER $U\n").expect("a Dockerfile");
    assert_eq!(says.user, open("$U"));
    let says = user("ARG U=5\nFROM a\nARG U\nENV ID=${U:-7}\nUSER $ID\n").expect("a Dockerfile");
    assert_eq!(says.user, open("${U:-7}"));
    let says = user("ARG U=5\nFROM a:${U}\n").expect("a Dockerfile");
    assert_eq!(says.base.as_deref(), Some("a:${U}"));
}

#[test]
fn root_is_the_owners_word_where_the_last_user_says_so() {
    let says = |text: &str| {
        let says = read(text, None).expect("a Dockerfile");
        says.root_by_owner().map(|it| (it.line, it.words.clone()))
    };
    assert_eq!(says("FROM a\nUSER app\n\nUSER root\n"), Some((4, "USER root".to_owned())));
    assert_eq!(says("FROM a AS b\nUSER 0\nFROM b\n"), Some((2, "USER 0".to_owned())));
    assert_eq!(says("FROM a\nUSER root\nUSER app\n"), None);
    assert_eq!(says("FROM a\n"), None);
}

#[test]
fn variable_without_a_default_stays_in_the_base() {
    let says = read("ARG TAG\nFROM postgres:${TAG}\n", None).expect("a Dockerfile");
    assert_eq!(says.base.as_deref(), Some("postgres:${TAG}"));
}

#[test]
fn what_is_no_dockerfile_says_where() {
    let error = read("FROM a\nNOT AN INSTRUCTION\n", None).expect_err("no Dockerfile");
    assert_eq!(error.line, 2);
    assert!(read("", None).is_err());
    assert!(read("{{ template }}", None).is_err());
}

#[test]
fn variables_made_of_one_another_stay_small() {
    let doubled = "ENV A=$A$A\n".repeat(64);
    let text = format!("FROM a\nENV A=12345678\n{doubled}USER $A\n");
    let says = read(&text, None).expect("a Dockerfile");
    assert!(matches!(says.user, Some(User::Open(it)) if it.len() < 10_000));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(
        lines in proptest::collection::vec("(FROM|USER|ARG|ENV|RUN|VOLUME|EXPOSE|CMD|COPY|ENTRYPOINT|HEALTHCHECK CMD) [$a-z0-9{}()'`;&|>#*é:=/ \\\\\"<\\[,-]{0,24}", 0..8)
    ) {
        let _ = read(&format!("FROM a\n{}", lines.join("\n")), Some("1"));
    }

    #[test]
    fn any_script_is_read_without_a_panic(
        words in proptest::collection::vec("(sudo|chown|setpriv|exec|find|sh -c|su|tar|cd|sed -i|case|echo|<<E|E|\\$\\(|\\$\\{A:-|\\)|'|\"|`|;|\n|>|>>|&>|\\\\|\\||#|--|-u|/a/b|é|=|A=b)", 0..40)
    ) {
        for between in ["", " ", "\n"] {
            let script = words.join(between);
            let text = format!("FROM a\nCOPY s.sh /\nRUN {}\nCMD /s.sh\n", words.join(" ").replace('\n', " "));
            let _ = read_with(&text, None, &Arguments::new(), &mut |_| Script::Text(script.clone()));
        }
    }
}
