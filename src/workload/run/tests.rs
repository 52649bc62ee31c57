//! What commands become.

use super::*;

fn project_of(text: &str) -> String {
    let reading = read(Form::Shell, text);
    assert!(reading.refused.is_empty(), "{:?}", reading.refused);
    reading.script.unwrap().0.document.text().to_owned()
}

#[test]
fn a_command_is_a_service() {
    let text = "docker run -d --name web -p 80:80 --privileged \\\n  -v /a:/b:ro --mount type=bind,src=/c,dst=/d,readonly \\\n  --net=host -e A=b nginx:1 sh -c 'x $Y'\n";
    let wanted = "services:\n  \"web\":\n    \"container_name\": \"web\"\n";
    let wanted = wanted.replace("\"web\":", "web:").replace("\"container_name\"", "container_name");
    let project = project_of(text);
    assert!(project.starts_with(&wanted), "{project}");
    for line in [
        "    ports:\n      - \"80:80\"\n",
        "    privileged: true\n",
        "    volumes:\n      - \"/a:/b:ro\"\n      - type: \"bind\"\n        source: \"/c\"\n        target: \"/d\"\n        read_only: true\n",
        "    network_mode: \"host\"\n",
        "    environment:\n      - \"A=b\"\n",
        "    image: \"nginx:1\"\n    command:\n      - \"sh\"\n      - \"-c\"\n      - \"x $$Y\"\n",
    ] {
        assert!(project.contains(line), "{line}\n{project}");
    }
}
