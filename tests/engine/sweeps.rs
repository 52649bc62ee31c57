//! What killed trials left and the engine does not give away.

use serde_json::json;

use crate::docker::engine;
use crate::fake::{Fake, one, with};

/// A process of this machine that is there no more.
fn dead() -> String {
    let own = casehard::engine::mark::own();
    let (process, _) = own.rsplit_once('-').unwrap();
    format!("{process}-1")
}

#[test]
fn a_network_that_the_engine_holds_on_to_is_named_with_what_to_do() {
    // Where there is no engine, there is no program that starts projects either.
    if engine().is_none() {
        return;
    }
    let name = "casehard-verify-1-0-run0_default";
    let network =
        json!([{ "Id": "beef", "Name": name, "Labels": { casehard::engine::LABEL: dead() } }]);
    let fake = Fake::start(move |question| match question {
        it if it.starts_with("DELETE") => {
            let told = format!("{{\"message\":\"network {name} id beef has active endpoints\"}}");
            Some(with("403 Forbidden", told))
        }
        it if it.contains("/networks") => Some(with("200 OK", network.to_string())),
        it if it.contains("/volumes") => Some(with("200 OK", "{}")),
        it => one(it, "{}", ["1", "0", "0", "sh"]),
    });
    let output = fake.casehard(&["verify"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let expected = format!(
        "network {name}: the engine takes it for in use, though nothing of the trial is left: restart the engine"
    );
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains(&expected), "{told}");
    assert!(told.contains("own/app:1 is not in the engine"), "the trial goes on: {told}");
}
