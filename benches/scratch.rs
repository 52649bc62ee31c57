#![allow(warnings)]
use casehard::batch::Batch;
use casehard::cli::{Cli, Command};
use casehard::finding::Confidence;
use casehard::mend::{analyse, view};
use casehard::plan::{accept, plan};
use casehard::rules::Stance;
use casehard::{run, source, yaml};
use clap::Parser as _;
use std::time::Instant;
use yaml_rust2::parser::{Event, Parser};
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
fn events(text: &str) {
    let mut parser = Parser::new_from_str(text);
    while !matches!(parser.next_token().expect("the text is YAML").0, Event::StreamEnd) {}
}
fn main() {
    let n: usize = std::env::var("N").ok().and_then(|it| it.parse().ok()).unwrap_or(1000);
    let mut text = String::from("services:\n");
    for number in 0..n {
        text += &format!(
            "  service{number}:\n    image: example/app{number}:1.0\n    restart: always\n    ports:\n      - \"{}:80\"\n",
            1024 + number % 60_000
        );
    }
    let folder = std::path::PathBuf::from("/tmp/b");
    let path = folder.join("compose.yaml");
    std::fs::write(&path, &text).unwrap();
    let cli = Cli::parse_from([
        "casehard",
        "fix",
        "--yes",
        "--confidence",
        "risky",
        "/tmp/b/compose.yaml",
    ]);
    let Command::Fix(args) = cli.command else { unreachable!() };
    if let Ok(mode) = std::env::var("MODE") {
        let policy = run::policy(&args.inputs, Stance::Strict).unwrap();
        let batch = Batch::read(&[path.clone()]);
        let project = &batch.projects[0];
        let a = analyse(&project.files, &project.members, &policy);
        let chosen = accept(&a.judged.open, Confidence::Risky);
        let v = view(&project.files);
        let p = plan(&v, &a.judged.open, &chosen);
        let (id, new) = p.texts.iter().next().unwrap();
        let newtree = yaml::Tree::parse(new.as_str()).unwrap();
        let o = &project.files[0];
        let file = casehard::workload::File {
            path: o.path.clone(),
            tree: newtree.clone(),
            in_scope: true,
            builds: o.builds.clone(),
        };
        let newfiles = vec![std::sync::Arc::new(file)];
        for _ in 0..std::env::var("LOOPS").ok().and_then(|it| it.parse().ok()).unwrap_or(200) {
            match mode.as_str() {
                "analyse" => drop(analyse(&project.files, &project.members, &policy)),
                "after" => drop(analyse(&newfiles, &project.members, &policy)),
                "plan" => drop(plan(&v, &a.judged.open, &chosen)),
                "edit" => drop(yaml::edit(&project.files[0].tree, &p.changes[id]).unwrap()),
                "tree" => drop(yaml::Tree::parse(new.as_str()).unwrap()),
                "batch" => drop(Batch::read(&[path.clone()])),
                "prove" => drop(yaml::prove(&project.files[0].tree, &newtree, &p.changes[id])),
                _ => panic!(),
            }
        }
        return;
    }
    let mut least = vec![f64::MAX; 12];
    for _ in 0..(30_000 / n).max(3) {
        let mut at = 0;
        let mut clock = Instant::now();
        macro_rules! lap {
            () => {
                least[at] = least[at].min(clock.elapsed().as_secs_f64() * 1e3);
                at += 1;
                clock = Instant::now();
            };
        }
        events(&text);
        lap!();
        let policy = run::policy(&args.inputs, Stance::Strict).unwrap();
        lap!();
        let batch = Batch::read(&[path.clone()]);
        lap!();
        let project = &batch.projects[0];
        let t = yaml::Tree::parse(text.clone()).unwrap();
        lap!();
        let a = analyse(&project.files, &project.members, &policy);
        lap!();
        let chosen = accept(&a.judged.open, Confidence::Risky);
        let v = view(&project.files);
        clock = Instant::now();
        let p = plan(&v, &a.judged.open, &chosen);
        lap!();
        let (id, new) = p.texts.iter().next().unwrap();
        clock = Instant::now();
        let e = yaml::edit(&project.files[0].tree, &p.changes[id]).unwrap();
        lap!();
        events(new);
        lap!();
        let newtree = yaml::Tree::parse(new.as_str()).unwrap();
        lap!();
        yaml::prove(&project.files[0].tree, &newtree, &p.changes[id]).unwrap();
        lap!();
        let o = &project.files[0];
        let file = casehard::workload::File {
            path: o.path.clone(),
            tree: newtree,
            in_scope: true,
            builds: o.builds.clone(),
        };
        let files = vec![std::sync::Arc::new(file)];
        clock = Instant::now();
        let b = analyse(&files, &project.members, &policy);
        lap!();
        drop(a);
        drop(p);
        drop(b);
        drop(files);
        drop(batch);
        drop(t);
        lap!();
    }
    let names = [
        "bare",
        "policy",
        "batch",
        "tree",
        "analyse",
        "plan(+edit)",
        "edit",
        "bare new",
        "tree new",
        "prove",
        "analyse new",
        "drop",
    ];
    for (n, l) in names.iter().zip(&least) {
        println!("{n:>12} {l:8.2} ms {:6.2}x", l / least[0]);
    }
}
