//! What the program tells without reading any file: rules, and what is known of images.

use super::output::print;
use super::policy::knowledge;
use super::tell::width;
use super::{DONE, Failure};
use crate::cli::{ImageFormat, Images};
use crate::images::page;
use crate::report::rules::{self as rule_pages};
use crate::report::shown::Shown;
use crate::rules;

/// Explains a rule, or all of them.
pub(super) fn explain(rule: Option<&str>) -> Result<u8, Failure> {
    let rules: Vec<&rules::Rule> = match rule {
        None => rules::ALL.to_vec(),
        Some(id) => vec![rules::find(id).ok_or_else(|| Failure(rules::unknown(id)))?],
    };
    let width = width().unwrap_or(100).clamp(40, 100);
    print(&Shown::all(rules.iter().map(|it| Shown::own(&rule_pages::with_fixes(it, width)))))?;
    Ok(DONE)
}

/// Lists the rules.
pub(super) fn list_rules(markdown: bool) -> Result<u8, Failure> {
    print(&Shown::own(&if markdown { rule_pages::table() } else { rule_pages::list() }))?;
    Ok(DONE)
}

/// Tells what is known of an image, or lists those that are known.
pub(super) fn images(args: &Images) -> Result<u8, Failure> {
    let knowledge = knowledge(args.config.as_deref())?;
    let pages = match &args.name {
        Some(name) => vec![page::describe(&knowledge, name).map_err(|it| Failure(it.to_string()))?],
        None => page::list(&knowledge),
    };
    let one = args.name.is_some();
    match args.format {
        ImageFormat::Json => {
            let values: Vec<_> = pages.iter().map(page::Page::json).collect();
            let value = if one { values[0].clone() } else { serde_json::Value::Array(values) };
            print(&Shown::json(&format!("{value:#}")))?;
        }
        ImageFormat::Markdown if one => print(&Shown::own(&pages[0].markdown()))?,
        ImageFormat::Markdown => {
            let pages: Vec<String> = pages.iter().map(page::Page::markdown).collect();
            let head = "# What is known of container images\n\n";
            print(&Shown::own(&format!("{head}{}", pages.join("\n"))))?;
        }
        ImageFormat::Text if one => print(&Shown::own(&pages[0].text()))?,
        ImageFormat::Text => print(&Shown::all(pages.iter().map(|it| Shown::line(&it.line()))))?,
    }
    Ok(DONE)
}
