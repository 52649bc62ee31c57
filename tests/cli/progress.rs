//! How far a run is, which no report depends on.

use super::{WEAK, folder, run};

#[test]
fn the_slowest_files_are_named_where_that_is_wanted() {
    let names: Vec<String> = (0..7).map(|it| format!("{it}.yaml")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|it| (it.as_str(), WEAK)).collect();
    let it = folder(&files);
    for command in ["check .", "fix --diff .", "fix --yes ."] {
        let (bare, verbose) = (run(&it, command), run(&it, &format!("{command} -v")));
        let slow = verbose.err.lines().filter(|it| it.contains(".yaml: took 0.")).count();
        assert_eq!(slow, 5, "{command}: {}", verbose.err);
        assert!(!bare.err.contains("took"), "{command}: {}", bare.err);
        if command != "fix --yes ." {
            assert_eq!((bare.code, bare.out), (verbose.code, verbose.out), "{command}");
        }
    }
}

#[test]
fn no_bar_is_drawn_where_no_terminal_is() {
    let it = folder(&[("compose.yaml", WEAK)]);
    for command in ["check .", "fix --diff .", "check -v ."] {
        assert!(!run(&it, command).err.contains('\x1b'), "{command}");
    }
}
