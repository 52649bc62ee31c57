//! Scalars are read as the API server reads them: the answers of its own decoder as data, and asked for again where the
//! oracles are built.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::io::{BufRead, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use Read::*;
use casehard::workload::kubernetes::scalar::{boolean, integer, is_null};
use casehard::yaml::{Node, Tree};

/// What a field of a type is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    Null,
    True,
    False,
    Int(i64),
    Refused,
}

fn boolean_of(node: Node<'_>) -> Read {
    match boolean(node) {
        _ if is_null(node) => Null,
        Some(true) => True,
        Some(false) => False,
        None => Refused,
    }
}

fn integer_of(node: Node<'_>) -> Read {
    match integer(node) {
        _ if is_null(node) => Null,
        Some(number) => Int(number),
        None => Refused,
    }
}

#[track_caller]
fn check(all: &[(&str, Read)], read: fn(Node<'_>) -> Read) {
    for (text, expected) in all {
        let tree = Tree::parse(format!("a: {text}\n")).unwrap();
        let node = tree.documents().next().and_then(|it| it.get("a")).unwrap();
        assert_eq!(read(node), *expected, "{text}");
    }
}

#[test]
fn booleans_are_read_as_the_api_server_reads_them() {
    check(BOOLEANS, boolean_of);
}

#[test]
fn whole_numbers_are_read_as_the_api_server_reads_them() {
    check(INTEGERS, integer_of);
}

/// A pod up to the settings of its container.
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: c\n      image: x\n      \
securityContext:\n        ";

/// The program that reads as the API server does, where it is built.
fn oracle() -> Option<PathBuf> {
    let built = concat!(env!("CARGO_MANIFEST_DIR"), "/target/oracles");
    let folder = std::env::var_os("CASEHARD_ORACLES").map_or(built.into(), PathBuf::from);
    Some(folder.join("facts")).filter(|it| it.is_file())
}

#[test]
fn the_answers_are_still_those_of_the_oracle() {
    let Some(program) = oracle() else {
        println!("oracles: NOT AVAILABLE HERE, the tables were not asked for again");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pod.yaml");
    let mut child = Command::new(program)
        .args(["-dump", "k8s"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    for (key, table) in [("privileged", BOOLEANS), ("runAsUser", INTEGERS)] {
        for (text, expected) in table {
            std::fs::write(&path, format!("{POD}{key}: {text}\n")).unwrap();
            assert_eq!(told(&mut child, &mut answers, &path, key), *expected, "{key}: {text}");
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

fn told(child: &mut Child, answers: &mut impl BufRead, path: &std::path::Path, key: &str) -> Read {
    writeln!(child.stdin.as_mut().unwrap(), "{}", path.display()).unwrap();
    let mut line = String::new();
    answers.read_line(&mut line).unwrap();
    let answer: serde_json::Value = serde_json::from_str(&line).unwrap();
    if answer["err"].is_string() {
        return Refused;
    }
    match &answer["data"][0]["spec"]["containers"][0]["securityContext"][key] {
        serde_json::Value::Null => Null,
        serde_json::Value::Bool(true) => True,
        serde_json::Value::Bool(false) => False,
        // Large numbers come in floating point.
        it => Int(it
            .as_i64()
            .unwrap_or_else(|| format!("{:.0}", it.as_f64().unwrap()).parse().unwrap_or(i64::MAX))),
    }
}

/// What the oracle reads of each spelling of a boolean field.
const BOOLEANS: &[(&str, Read)] = &[
    ("true", True),
    ("True", True),
    ("TRUE", True),
    ("tRUE", Refused),
    ("false", False),
    ("False", False),
    ("FALSE", False),
    ("fALSE", Refused),
    ("y", True),
    ("Y", True),
    ("yes", True),
    ("Yes", True),
    ("YES", True),
    ("yEs", Refused),
    ("n", False),
    ("N", False),
    ("no", False),
    ("No", False),
    ("NO", False),
    ("on", True),
    ("On", True),
    ("ON", True),
    ("oN", Refused),
    ("off", False),
    ("Off", False),
    ("OFF", False),
    ("t", Refused),
    ("f", Refused),
    ("T", Refused),
    ("F", Refused),
    ("1", Refused),
    ("0", Refused),
    ("~", Null),
    ("null", Null),
    ("Null", Null),
    ("NULL", Null),
    ("'true'", Refused),
    ("\"true\"", Refused),
    ("'yes'", Refused),
    ("\"y\"", Refused),
    ("!!bool \"yes\"", True),
    ("!!bool yes", True),
    ("!!bool \"true\"", True),
    ("!!bool true", True),
    ("!!bool y", True),
    ("!!bool \"y\"", True),
    ("!!bool on", True),
    ("!!bool \"on\"", True),
    ("!!bool off", False),
    ("!!bool 1", Refused),
    ("!!bool x", Refused),
    ("!!bool \"1\"", Refused),
    ("!!str true", Refused),
    ("!!str yes", Refused),
    ("!!int 1", Refused),
    ("! true", Refused),
    ("! yes", Refused),
    ("!!null true", Refused),
    ("!<tag:yaml.org,2002:bool> yes", True),
    ("!x true", Refused),
    ("!x yes", Refused),
    ("!!float 1", Refused),
    ("!!bool", Refused),
    ("!!bool \"Yes\"", True),
    ("!!bool \"YES\"", True),
    ("!!bool \"yEs\"", Refused),
    ("!!bool \"n\"", False),
    ("!!bool n", False),
    ("!!bool \"no\"", False),
    ("!!bool \"off\"", False),
    ("!!bool \"Off\"", False),
    ("!!bool \"False\"", False),
    ("!!bool false", False),
    ("!!bool \"false\"", False),
    ("!bool yes", Refused),
    ("!<!bool> yes", Refused),
    ("!", Refused),
    ("!!timestamp 2001-01-01", Refused),
    ("!!str \"no\"", Refused),
    ("\"no\"", Refused),
    ("'off'", Refused),
    ("!!bool 'on'", True),
    ("!!null \"\"", Null),
    ("!!null ~", Null),
    ("!!null null", Null),
    ("|\n          yes", Refused),
    ("!!bool tRUE", Refused),
];

/// What the oracle reads of each spelling of a field for whole numbers.
const INTEGERS: &[(&str, Read)] = &[
    ("0", Int(0)),
    ("-0", Int(0)),
    ("+0", Int(0)),
    ("00", Int(0)),
    ("000", Int(0)),
    ("0o0", Int(0)),
    ("0O0", Int(0)),
    ("0x0", Int(0)),
    ("0X0", Int(0)),
    ("0b0", Int(0)),
    ("0B0", Int(0)),
    ("0_0", Int(0)),
    ("_0", Refused),
    ("0_", Int(0)),
    ("0.0", Int(0)),
    ("-0.0", Int(0)),
    ("+0.0", Int(0)),
    (".0", Int(0)),
    ("0.", Int(0)),
    ("0e0", Int(0)),
    ("0E0", Int(0)),
    ("0e5", Int(0)),
    ("0.0e0", Int(0)),
    ("0e-1", Int(0)),
    ("0e+1", Int(0)),
    ("-0e0", Int(0)),
    ("00.0", Int(0)),
    ("0_0.0", Int(0)),
    ("1", Int(1)),
    ("1000", Int(1000)),
    ("0144", Int(100)),
    ("0o144", Int(100)),
    ("0O144", Int(100)),
    ("0x90", Int(144)),
    ("0X90", Int(144)),
    ("0b110", Int(6)),
    ("1_000", Int(1000)),
    ("1_0_00", Int(1000)),
    ("0_144", Int(100)),
    ("01_44", Int(100)),
    ("0x_90", Int(144)),
    ("0o1_44", Int(100)),
    ("0b1_0", Int(2)),
    ("1000.0", Int(1000)),
    ("1e3", Int(1000)),
    ("1E3", Int(1000)),
    ("1.0", Int(1)),
    ("1.5", Refused),
    ("1e-1", Refused),
    ("+1000", Int(1000)),
    ("+0144", Int(100)),
    ("-0144", Int(-100)),
    ("-1", Int(-1)),
    ("-0o144", Int(-100)),
    ("+0o144", Int(100)),
    ("-0x10", Int(-16)),
    ("+0x10", Int(16)),
    ("0888", Int(888)),
    ("08", Int(8)),
    ("09", Int(9)),
    ("019", Int(19)),
    ("0190", Int(190)),
    ("07.5", Refused),
    ("0144.0", Int(144)),
    ("1:30", Refused),
    ("60:00", Refused),
    ("190:20:30", Refused),
    ("0:0", Refused),
    ("0:0:0", Refused),
    ("2147483647", Int(2147483647)),
    ("2147483648", Int(2147483648)),
    ("4294967296", Int(4294967296)),
    ("9223372036854775807", Int(9223372036854775807)),
    ("9223372036854775808", Refused),
    ("18446744073709551615", Refused),
    ("18446744073709551616", Refused),
    ("99999999999999999999", Refused),
    (".inf", Refused),
    ("-.inf", Refused),
    (".nan", Refused),
    ("1e400", Refused),
    ("1e20", Refused),
    ("2001-01-01", Refused),
    ("true", Refused),
    ("null", Null),
    ("~", Null),
    ("0d", Refused),
    ("0f", Refused),
    ("0x", Refused),
    ("0b", Refused),
    ("0o", Refused),
    ("0xG", Refused),
    ("0b2", Refused),
    ("0o8", Refused),
    ("+", Refused),
    (".", Refused),
    ("1_", Int(1)),
    ("1__0", Int(10)),
    ("-_0", Int(0)),
    ("+_0", Int(0)),
    ("!!int 0", Int(0)),
    ("!!int \"0\"", Int(0)),
    ("!!int \"0144\"", Int(100)),
    ("!!int 0144", Int(100)),
    ("!!int \"0o144\"", Int(100)),
    ("!!int 0.0", Refused),
    ("!!int \"0.0\"", Refused),
    ("!!int 1e3", Refused),
    ("!!int \"1_000\"", Int(1000)),
    ("!!int x", Refused),
    ("!!int \"\"", Refused),
    ("!!float 0", Int(0)),
    ("!!float \"0\"", Int(0)),
    ("!!float 0144", Int(100)),
    ("!!float \"0144\"", Int(100)),
    ("!!float 1e3", Int(1000)),
    ("!!float 1.5", Refused),
    ("!!str 0", Refused),
    ("!!str 1000", Refused),
    ("! 0", Refused),
    ("! 0144", Refused),
    ("!x 0", Refused),
    ("!<tag:yaml.org,2002:int> \"0\"", Int(0)),
    ("!<tag:yaml.org,2002:int> 0144", Int(100)),
    ("!!null 0", Refused),
    ("!!bool 0", Refused),
    ("!int 0", Refused),
    ("'0x1.8p1'", Refused),
    ("'0x0p0'", Refused),
    ("'1p3'", Refused),
    ("0x0.", Refused),
    ("0.0_0", Int(0)),
    ("1_0.0", Int(10)),
    ("1_0e1", Int(100)),
    ("0e_0", Int(0)),
    ("1e1_0", Int(10000000000)),
    ("_1", Refused),
    ("._0", Refused),
    ("._1", Refused),
    ("0b_0", Int(0)),
    ("0b0_", Int(0)),
    ("0o0_0", Int(0)),
    ("!!int 0x10", Int(16)),
    ("!!int \"0b11\"", Int(3)),
    ("!!int \"-0\"", Int(0)),
    ("!!int +5", Int(5)),
    ("!!float \"1e3\"", Int(1000)),
    ("!!float \"0.0\"", Int(0)),
    ("00000144", Int(100)),
    ("-00", Int(0)),
    ("+00", Int(0)),
    ("0_o1", Int(1)),
    ("!!timestamp 2001-01-01", Refused),
    ("!!int 1:30", Refused),
    ("\"0\"", Refused),
    ("'0144'", Refused),
    ("\"1000\"", Refused),
    ("!!null \"\"", Null),
    ("!!float 08", Int(8)),
    ("!!float 0b11", Int(3)),
    ("08_", Int(8)),
    ("-0b11", Int(-3)),
    ("+0b11", Int(3)),
    ("-0x", Refused),
    ("--1", Refused),
    ("+-1", Refused),
    ("0x-1", Refused),
    ("1e", Refused),
    ("1e+", Refused),
    (".5e1", Int(5)),
    ("1.e1", Int(10)),
    ("1_e3", Int(1000)),
    ("1e+3", Int(1000)),
    ("4294967295", Int(4294967295)),
    ("-9223372036854775808", Int(-9223372036854775808)),
    ("-9223372036854775809", Refused),
    ("0777", Int(511)),
    ("0o777", Int(511)),
    ("0x1F4", Int(500)),
    ("65534", Int(65534)),
    ("10001", Int(10001)),
    ("!!int 1_0", Int(10)),
    ("1e18", Int(1000000000000000000)),
    ("1e19", Refused),
    ("9.3e18", Refused),
    ("12345678901234567890.0", Refused),
    ("!!float \".0\"", Int(0)),
    ("!!float \"._0\"", Refused),
    ("0x8000000000000000", Refused),
    ("0x7fffffffffffffff", Int(9223372036854775807)),
    ("0b1111", Int(15)),
];
