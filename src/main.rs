//! The `balefire` program: arguments, logging, and what to run.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use balefire::{config, demo, run};
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// A self-hosted incident bot for Slack.
#[derive(Parser)]
#[command(version, about, after_help = "Try it without Slack: balefire demo")]
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
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let environment = |name: &str| std::env::var(name).ok();
    let result = match Arguments::parse().command {
        Command::Serve { config } => match config::load(config.as_deref(), &environment) {
            Ok(config) => {
                log_to_stderr(&config.log_filter);
                run::serve(config).await
            }
            Err(error) => Err(error.into()),
        },
        Command::Demo { port, data, config } => {
            log_to_stderr(&environment("RUST_LOG").unwrap_or_else(|| "warn".into()));
            demo::demo(port, data.as_deref(), config.as_deref()).await
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("balefire: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn log_to_stderr(filter: &str) {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        // A file or a journal shows colours as rubbish.
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .init();
}
