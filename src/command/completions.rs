//! `enrollcheck completions` and `enrollcheck man`: what shells and manual pages want to know of the command line.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Command, CommandFactory};
use clap_complete::Shell;

use super::{Exit, document};
use crate::arguments::{Arguments, Man};

pub fn execute(shell: Shell) -> anyhow::Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "enrollcheck", &mut text);
    document(|out| out.write_all(&text))?;
    Ok(Exit::READY)
}

/// One page of everything, or with a folder a page for each command.
pub fn manual(arguments: &Man) -> anyhow::Result<Exit> {
    let mut command = Arguments::command();
    command.build();
    match &arguments.output {
        Some(folder) => pages(&command, folder)
            .with_context(|| format!("the pages could not be written to {}", folder.display()))?,
        None => document(|out| {
            clap_mangen::Man::new(command.clone()).render(out)?;
            command
                .get_subcommands()
                .filter(|one| one.get_name() != "help")
                .try_for_each(|one| section(one, out))
        })?,
    }
    Ok(Exit::READY)
}

/// A command within the page of the whole program.
fn section(command: &Command, out: &mut dyn io::Write) -> io::Result<()> {
    let page = clap_mangen::Man::new(command.clone());
    writeln!(out, ".SH \"ENROLLCHECK {}\"", command.get_name().to_uppercase())?;
    let mut text = Vec::new();
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    // Headings of the command become headings below its own; the preamble of a page stands at its head.
    for line in String::from_utf8_lossy(&text)
        .lines()
        .filter(|line| !line.starts_with(".ie") && !line.starts_with(".el"))
    {
        match line.strip_prefix(".SH") {
            Some(heading) => writeln!(out, ".SS{heading}")?,
            None => writeln!(out, "{line}")?,
        }
    }
    Ok(())
}

fn pages(command: &Command, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let write = |name: PathBuf, command: &Command| {
        crate::atomic::write(&folder.join(name), |file| clap_mangen::Man::new(command.clone()).render(file))
    };
    write("enrollcheck.1".into(), command)?;
    for one in command.get_subcommands().filter(|one| one.get_name() != "help") {
        write(format!("enrollcheck-{}.1", one.get_name()).into(), one)?;
    }
    Ok(())
}
