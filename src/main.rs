//! The `balefire` program: arguments, logging, and what to run.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use balefire::clock::SystemClock;
use balefire::{config, demo, doctor, logs, run};
use clap::{Parser, Subcommand};
use tracing_subscriber::filter::LevelFilter;

const AFTER_HELP: &str = "\
Try it without Slack: balefire demo

Log lines go to standard error. RUST_LOG says which (info, or info,balefire=debug), BALEFIRE_LOG_FORMAT how: text or json.
README.md lists the rest of the environment.";

/// A self-hosted incident bot for Slack.
#[derive(Parser)]
#[command(version, about, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the bot. Tokens and addresses come from the environment; see README.md.
    Serve {
        /// The team's rules; without it ./balefire.toml, if there is one.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Look at tokens, scopes, channels, people, clock and database, and say what to mend. Changes nothing, and may be
    /// run beside a running bot. Exits with 1 unless everything was looked at and nothing is wrong.
    Doctor {
        /// The team's rules; without it ./balefire.toml, if there is one.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Print one JSON document instead of lines.
        #[arg(long)]
        json: bool,
    },
    /// Run the bot beside a local stand-in for Slack, with a page in the browser.
    Demo {
        /// The page's port on 127.0.0.1; 0 takes a free one.
        #[arg(long, default_value_t = 3000)]
        port: u16,
        /// Keep the bot's database in this folder instead of in memory.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Other rules than the demo's own.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Socket Mode: everything comes over a socket that the bot opens, and nothing to request URLs.
        #[arg(long)]
        socket: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let environment = |name: &str| std::env::var(name).ok();
    let result = match Arguments::parse().command {
        Command::Serve { config } => match config::load(config.as_deref(), &environment) {
            Ok(config) => {
                logs::to_stderr(config.log_filter.clone(), config.log_format);
                run::serve(config).await
            }
            Err(error) => Err(error.into()),
        },
        Command::Doctor { config, json } => {
            let on_wait = |wait: Duration| {
                eprintln!("balefire: Slack asks to wait {} s", wait.as_secs());
            };
            let clock = SystemClock::default();
            let report = doctor::examine(config.as_deref(), &environment, &clock, &on_wait).await;
            match json {
                true => println!("{:#}", report.json()),
                false => print!("{report}"),
            }
            return match report.ok() {
                true => ExitCode::SUCCESS,
                false => ExitCode::FAILURE,
            };
        }
        Command::Demo {
            port,
            data,
            config,
            socket,
        } => match config::logging(&environment, LevelFilter::WARN) {
            Ok((filter, format)) => {
                logs::to_stderr(filter, format);
                demo::demo(port, data.as_deref(), config.as_deref(), socket).await
            }
            Err(error) => Err(error.into()),
        },
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("balefire: {error:#}");
            ExitCode::FAILURE
        }
    }
}
