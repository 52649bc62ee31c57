//! YAML that readers stumble over.

use crate::attempt::{named, walked};

#[track_caller]
fn refused(text: &str, place: &str, why: &str) {
    named("compose.yaml", text).is_refused(place, why);
}

#[track_caller]
fn mended(text: &str, wanted: &str) {
    let new = named("compose.yaml", text).is_mended();
    assert!(new.contains(wanted), "{new}");
}

#[test]
fn text_that_is_no_yaml_is_refused_with_its_place() {
    refused("services:\n  web:\n   image: a\n  b\n", "5:1", "not YAML");
    refused("services: {web: {image: a}\n", "2:1", "not YAML");
    refused("services:\n  web: \"a\n", "2:8", "not YAML");
    refused("services:\n  web:\n    image: @a\n", "3:12", "not YAML");
}

#[test]
fn documents_and_markers_stay() {
    mended(
        "%YAML 1.2\n---\nname: x\n---\nservices:\n  a: {image: a, privileged: true}\n---\n",
        "privileged: false",
    );
    mended("--- # first\nservices:\n  a:\n    image: a\n...\n", "--- # first\nservices:");
    mended("--- {services: {a: {image: a}}}\n", "--- {services: {a: {image: a, user: ");
    refused("---\tservices:\n  a:\n    image: a\n", "1:13", "not YAML");
}

#[test]
fn duplicate_keys_are_refused() {
    refused(
        "services:\n  a:\n    image: a\n    cap_drop: [A]\n    cap_drop: [B]\n",
        "5:5",
        "stands twice",
    );
    refused("services:\n  a: {image: a, image: b}\n", "2:17", "stands twice");
    refused("services: {}\nservices: {}\n", "2:1", "stands twice");
    refused(
        "x: &x {}\nservices:\n  a:\n    <<: *x\n    image: a\n    <<: *x\n",
        "6:5",
        "as in `<<: [*a, *b]`",
    );
}

#[test]
fn anchors_bind_to_the_latest_before() {
    let text =
        "x: &a {privileged: true}\ny: &a {privileged: false}\nservices:\n  s: {<<: *a, image: a}\n";
    let new = named("compose.yaml", text).is_mended();
    assert!(new.starts_with("x: &a {privileged: true}\ny: &a {privileged: false}\n"), "{new}");
}

#[test]
fn an_alias_that_is_nowhere_is_refused() {
    refused("services:\n  a: *nowhere\n", "2:6", "");
}

#[test]
fn an_alias_that_contains_itself_is_refused() {
    refused("services:\n  a: &a\n    image: a\n    x: *a\n    b: [*a]\n", "4:8", "contains itself");
    refused("services: &s\n  a: *s\n", "2:6", "contains itself");
}

#[test]
fn tags_are_respected() {
    mended(
        "services:\n  a:\n    image: !!str a\n    privileged: !!bool yes\n",
        "privileged: !!bool false",
    );
    for tag in ["!vault", "!<tag:yaml.org,2002:bool>"] {
        let weak = format!("    privileged: {tag} true\n");
        mended(&format!("services:\n  a:\n    image: a\n{weak}"), &weak);
    }
}

#[test]
fn explicit_and_quoted_keys_are_the_same_keys() {
    mended(
        "services:\n  a:\n    ? image\n    : a\n    ? privileged\n    : true\n",
        "? privileged\n    : false\n",
    );
    mended(
        "services:\n  \"a\":\n    \"image\": a\n    \"priv\\u0069leged\": true\n",
        "\"priv\\u0069leged\": false\n",
    );
}

#[test]
fn flow_style_stays_flow() {
    mended(
        "services:\n  a: {image: a, privileged: true}\n",
        "{image: a, privileged: false, user: ",
    );
    mended("services: {\n  a: { # first\n    image: a, # why\n  },\n}\n", "image: a, # why\n");
    mended(
        "services:\n  a: {}\n  b:\n    image: b\n    cap_drop: []\n",
        "cap_drop:\n      - ALL\n",
    );
}

#[test]
fn json_objects_one_after_another_are_refused_wherever_they_are_met() {
    let pod = r#"{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": []}}"#;
    for (text, place) in [(format!("{pod}\n{pod}\n"), "2:1"), (format!("{pod}{pod}"), "1:64")] {
        named("pods.json", &text).is_refused(place, "put `---` between documents");
        walked("pods.json", &text).is_refused(place, "put `---` between documents");
    }
    walked("app.json", "{\"services\": {\"a\": {\"image\": \"x\"}}").is_refused("1:35", "not YAML");
    walked("other.json", "{\"a\": 1}\n{\"a\": 2}\n").is_left_in_peace();
}

#[test]
fn json_stays_json() {
    let texts = [
        "{\"services\":{\"a\":{\"image\":\"a\"}}}",
        "{\n \"services\": {\n  \"a\": {\n   \"image\": \"a\"\n  }\n }\n}\n",
        "{\n\t\"services\": {\n\t\t\"a\": {\n\t\t\t\"image\": \"a\",\n\t\t\t\"cap_add\": [\"SYS_ADMIN\"]\n\t\t}\n\t}\n}\n",
    ];
    for text in texts {
        let new = named("compose.json", text).is_mended();
        let value: serde_json::Value =
            serde_json::from_str(&new).unwrap_or_else(|it| panic!("{it}\n{new}"));
        assert_eq!(value["services"]["a"]["cap_drop"][0], "ALL", "{new}");
    }
}

#[test]
fn text_in_scalars_is_only_text() {
    let text = "services:\n  a:\n    image: a\n    command: |\n      privileged: true\n      services:\n        x: {privileged: true}\n    labels:\n      x: >-\n        cap_add: [ALL]\n\n  b:\n    image: b\n    command: |2+\n        privileged: true\n\n\n";
    let new = named("compose.yaml", text).is_mended();
    assert!(
        new.contains(
            "command: |\n      privileged: true\n      services:\n        x: {privileged: true}\n"
        ),
        "{new}"
    );
    assert!(new.contains("x: >-\n        cap_add: [ALL]\n"), "{new}");
    assert!(new.contains("command: |2+\n        privileged: true\n\n\n"), "{new}");
}

#[test]
fn scalars_of_several_lines_end_where_they_end() {
    mended(
        "services:\n  a:\n    image:\n      a\n    command: echo a\n      b\n",
        "command: echo a\n      b\n    user:",
    );
    mended(
        "services:\n  a:\n    command: \"a\n      b\"\n    image:\n\n      # c\n      a\n",
        "# c\n      a\n    user:",
    );
}

#[test]
fn every_indentation_is_imitated() {
    mended("services:\n a:\n  image: a\n", "\n  cap_drop:\n   - ALL\n");
    mended("services:\n        a:\n                image: a\n", "\n                user: ");
    mended(
        "services:\n   a:\n      image: a\n      ports:\n      - \"1:1\"\n",
        "\n      cap_drop:\n      - ALL\n",
    );
}

#[test]
fn comments_stay_with_their_nodes() {
    let text = "services:\n  a: # the first\n    # about the image\n    image: a\n    # read_only: true  # breaks it\n\n# b:\n#   image: b\n\n  # about c\n  c:\n    image: c\n";
    let new = named("compose.yaml", text).is_mended();
    assert!(new.starts_with("services:\n  a: # the first\n    # about the image\n    image: a\n    # read_only: true  # breaks it\n"), "{new}");
    assert!(new.contains("\n# b:\n#   image: b\n\n  # about c\n  c:\n    image: c\n"), "{new}");
}

#[test]
fn spellings_of_booleans_and_users_are_those_of_compose() {
    for yes in ["yes", "on", "True", "TRUE", "\"true\"", "'yes'", "y"] {
        mended(
            &format!("services:\n  a:\n    image: a\n    privileged: {yes}\n"),
            "privileged: false\n",
        );
    }
    for other in ["no", "off", "False"] {
        mended(
            &format!("services:\n  a:\n    image: a\n    privileged: {other}\n"),
            &format!("privileged: {other}\n"),
        );
    }
    for root in ["'00'", "root", "\"0\"", "0:0", "!!str 0"] {
        let tag = if root.starts_with('!') { "!!str " } else { "" };
        mended(
            &format!("services:\n  a:\n    image: a\n    user: {root}\n"),
            &format!("user: {tag}"),
        );
    }
    for (key, value, expected) in [
        ("privileged", "1", "4:17"),
        ("privileged", "~", "4:17"),
        ("user", "0", "4:11"),
        ("user", "00", "4:11"),
        ("user", "0x0", "4:11"),
        ("user", "", "4:5"),
    ] {
        let text = format!("services:\n  a:\n    image: a\n    {key}: {value}\n");
        refused(&text, expected, &format!("under `a.{key}`"));
    }
}

#[test]
fn keys_and_values_that_readers_differ_on_are_refused() {
    let alias = "x: &k privileged\nservices:\n  a:\n    image: a\n    *k : true\n";
    refused(
        alias,
        "5:5",
        "an alias as a key is read differently by different programs: write `privileged`",
    );
    let binary = "services:\n  a:\n    image: a\n    !!binary cHJpdmlsZWdlZA==: true\n";
    refused(binary, "4:14", "a key under the tag !!binary is read differently");
    let tagged = "services:\n  a:\n    image: a\n    !!str privileged: true\n";
    refused(tagged, "4:11", "a key under the tag !!str is read differently");
    let bytes = "services:\n  a:\n    image: a\n    user: !!binary MA==\n";
    refused(bytes, "4:20", "a value under !!binary is text to some programs and bytes to others");
    let merged = "x: &m {privileged: true}\nservices:\n  a:\n    image: a\n    !!merge <<: *m\n";
    refused(merged, "5:13", "a key under the tag !!merge is read differently");
}

#[test]
fn a_list_or_mapping_as_a_key_is_refused() {
    let why = "a list or mapping is the key here, which no program takes: write a name";
    let text = |key: &str| format!("services:\n  a:\n    image: a\n    {key}\n");
    refused(&text("? \"security_opt\" :\n      - no-new-privileges:true"), "4:7", why);
    refused(&text("? [cap_drop]\n    : [ALL]"), "4:7", why);
    refused(&text("x-of-mine: { {a: b}: c}"), "4:18", why);
    named("pod.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  ? {containers: []}\n  : c\n")
        .is_refused("4:5", why);
    mended(&text("? cap_drop\n    : [ALL]"), "    user: \"10001:10001\"\n");
}

#[test]
fn a_merge_that_kubectl_lets_win_is_refused_there_and_fine_in_compose() {
    let pod = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: c\n      image: c\n      securityContext:\n        privileged: false\n        <<: {privileged: true}\n";
    named("pod.yaml", pod).is_refused(
        "8:9",
        "kubectl takes what the `<<` further down brings instead of `privileged`",
    );
    let first = pod.replace("        privileged: false\n", "") + "        privileged: false\n";
    named("pod.yaml", first).is_mended();
    mended(
        "x: &x {privileged: true}\nservices:\n  a:\n    image: a\n    privileged: false\n    <<: *x\n",
        "    privileged: false\n    <<: *x\n",
    );
}

#[test]
fn the_end_of_a_document_behind_json_is_refused_where_kubectl_falls_over_it() {
    let json = r#"{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "c", "image": "c"}]}}"#;
    let why = "kubectl reads a file that begins with `{` as JSON, which knows no `...`";
    named("pod.yaml", format!("{json}\n...\n")).is_refused("2:1", why);
    named("pod.yaml", format!("\n {json}\n---\n{json}\n... # end")).is_refused("5:1", why);
    // A comma too many makes it YAML, until a fix takes it away.
    named("pod.yaml", format!("{}\n...\n", json.replace("}]", "},]"))).is_refused("2:1", why);
    named("pod.yaml", format!("---\n{json}\n...\n")).is_mended();
    named("pod.yaml", format!("# c\n{json}\n# ...\n")).is_mended();
    let compose = r#"{"services": {"a": {"image": "a"}}}"#;
    mended(&format!("{compose}\n...\n"), "cap_drop");
}
