//! One setting as it is written, whatever the grammar it was read by.

use std::sync::Arc;

/// A key and its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// The name of the directive, in the one spelling of the server's table.
    pub(super) key: String,
    /// Only the values that the table of the server speaks of.
    pub(super) values: Vec<String>,
    /// The name as written.
    pub(super) by: String,
    /// The file that says it.
    pub(super) file: Option<Arc<str>>,
    /// The line of the file, from 1; 0 where there is none.
    pub(super) line: usize,
}

impl Setting {
    /// A setting of a file, whose name its reader adds.
    pub(super) fn new(key: &str, values: Vec<String>, line: usize) -> Setting {
        Setting { key: key.to_owned(), values, by: key.to_owned(), file: None, line }
    }

    /// A setting of one value under the name by which people know it.
    pub(super) fn named(key: &str, value: &str, by: &str) -> Setting {
        let (key, values, by) = (key.to_owned(), vec![value.to_owned()], by.to_owned());
        Setting { key, values, by, file: None, line: 0 }
    }
}

/// What one file says.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// Its settings in their order.
    pub(super) settings: Vec<Setting>,
    /// The files that it includes.
    pub(super) includes: Vec<Include>,
}

/// A file or files that another one includes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Include {
    /// A path or a glob of paths.
    pub(super) pattern: String,
    /// What a relative pattern is below.
    pub(super) below: Below,
}

/// What a relative include is below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Below {
    /// The folder of the file that includes.
    File,
    /// The folder of the file at which the reading began.
    Start,
}

/// What the words of a command say.
#[derive(Debug, Default)]
pub(super) struct Command {
    /// The settings in their order.
    pub(super) settings: Vec<Setting>,
    /// The configuration files that it names, as paths or globs.
    pub(super) files: Files,
}

/// The configuration files that a command names.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Those that take the place of the main file.
    pub(super) instead: Vec<String>,
    /// Those that are read besides it.
    pub(super) besides: Vec<String>,
}
