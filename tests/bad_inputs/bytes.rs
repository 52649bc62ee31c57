//! Bytes and lines.

use crate::attempt::{named, walked};

const ADDED: &str = "    user: \"10001:10001\"\n    cap_drop:\n      - ALL\n    security_opt:\n      - no-new-privileges:true\n    read_only: true\n    tmpfs:\n      - /tmp:mode=1777\n";

fn web(rest: &str) -> String {
    format!("services:\n  web:\n    image: example\n{rest}")
}

#[test]
fn crlf_stays_crlf() {
    let it = named("compose.yaml", "services:\r\n  web:\r\n    image: example\r\n");
    it.becomes(&web(ADDED).replace('\n', "\r\n"));
}

#[test]
fn mixed_line_ends_follow_the_neighbour() {
    let it = named("compose.yaml", "services:\r\n  web:\r\n    image: example\n");
    it.becomes(&web(ADDED).replacen('\n', "\r\n", 2));
}

#[test]
fn a_lone_carriage_return_is_refused() {
    named("compose.yaml", "services:\n  web:\r    image: example\n")
        .is_refused("2:7", "carriage return");
}

#[test]
fn a_byte_order_mark_stays_first() {
    named("compose.yaml", format!("\u{feff}{}", web("")))
        .becomes(&format!("\u{feff}{}", web(ADDED)));
}

#[test]
fn a_byte_order_mark_in_the_middle_is_refused() {
    let text = format!("{}---\n\u{feff}a: 1\n", web(""));
    named("compose.yaml", text).is_refused("5:1", "byte order mark");
}

#[test]
fn utf_16_is_refused() {
    let bytes: Vec<u8> =
        format!("\u{feff}{}", web("")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    named("compose.yaml", &bytes).is_refused("1:1", "save the file as UTF-8");
    named("whatever.yaml", &bytes).is_refused("1:1", "UTF-16");
    walked("stack.yaml", &bytes).is_refused("1:1", "save the file as UTF-8");
    let pod = "apiVersion: v1\nkind: Pod\n".encode_utf16().flat_map(u16::to_be_bytes);
    walked("pod.yml", pod.collect::<Vec<u8>>()).is_refused("1:1", "UTF-16 (big endian)");
    let other = "hello: world\n".encode_utf16().flat_map(u16::to_le_bytes);
    walked("other.yaml", other.collect::<Vec<u8>>()).is_left_in_peace();
}

#[test]
fn latin_1_is_refused() {
    let mut bytes = web("    # caf").into_bytes();
    bytes.extend(b"\xe9\n");
    named("compose.yaml", bytes).is_refused("4:10", "not UTF-8");
}

#[test]
fn nul_and_control_characters_are_refused() {
    named("compose.yaml", web("    tty: \"a\0b\"\n")).is_refused("4:12", "NUL");
    named("compose.yaml", web("    tty: a\u{7}b\n")).is_refused("4:11", "U+0007");
}

#[test]
fn a_missing_final_newline_stays_missing() {
    named("compose.yaml", web("").trim_end()).becomes(web(ADDED).trim_end());
    named("compose.yaml", web("      # deeper")).becomes(&format!(
        "{}{}",
        web("      # deeper\n"),
        ADDED.trim_end()
    ));
}

#[test]
fn an_empty_file_is_left_in_peace() {
    for text in [
        "",
        "\n\n",
        "# nothing\n",
        "---\n",
        "---\n...\n",
        "\u{feff}",
        "services:\n",
        "services: {}\n",
    ] {
        named("compose.yaml", text).is_left_in_peace();
    }
    named("other.yml", "# nothing\n").is_left_in_peace();
}

#[test]
fn trailing_blanks_survive() {
    let text = "services:\n  web:   \n    image: example   \n \t \n  api:\n    image: b\n";
    let new = named("compose.yaml", text).is_mended();
    assert!(new.starts_with("services:\n  web:   \n    image: example   \n"), "{new}");
    assert!(new.contains("\n \t \n"), "{new}");
}

#[test]
fn tabs_separate_but_do_not_indent() {
    let new = named(
        "compose.yaml",
        "services:\n  web:\n    image:\texample\n    cap_drop:\n    -\tALL\n",
    )
    .is_mended();
    assert!(new.contains("    image:\texample\n    cap_drop:\n    -\tALL\n"), "{new}");
    named("compose.yaml", "services:\n  web:\n\timage: example\n").is_refused("3:2", "tab");
}

#[test]
fn odd_spaces_shift_no_columns() {
    let text = web(
        "    # 😀 nbsp\u{a0} zwsp\u{200b} \u{3000}\n    labels: {\"😀\": é}\n    privileged: true\n",
    );
    let new = named("compose.yaml", text).is_mended();
    assert!(new.contains("labels: {\"😀\": é}\n    privileged: false\n"), "{new}");
    for odd in ['\u{85}', '\u{2028}', '\u{2029}'] {
        named("compose.yaml", web(&format!("    # {odd}privileged: true\n")))
            .is_refused("4:7", "line break to some");
    }
}
