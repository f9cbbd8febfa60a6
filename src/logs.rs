//! Log lines: to standard error, as text for people or as JSON for machines.
//!
//! What is logged: one line where a failure is handled, with its incident, lane and outbox id where it has them. What is
//! not: secrets, at any level, and what people wrote, above debug.

use std::io::IsTerminal;

use tracing::Subscriber;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

/// How a line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// `time LEVEL module: words field=value …`
    #[default]
    Text,
    /// One JSON object per line, its fields beside `timestamp`, `level`, `message` and `target`.
    Json,
}

/// Begins to log to standard error, for the whole process.
pub fn to_stderr(filter: Targets, format: LogFormat) {
    // A file or a journal shows colours as rubbish.
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let subscriber = subscriber(filter, format, colours, std::io::stderr);
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        tracing::warn!("something else logs already; this log stays as it is");
    }
    panics_too();
}

/// A panic is a line of the log like any other, from now on and in the whole process, and says where it was. What it
/// says itself may quote what people wrote.
pub fn panics_too() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        tracing::error!(
            location,
            "a mistake of Balefire's, please report this line: it panicked"
        );
        tracing::debug!(said = panic.payload_as_str(), "it panicked");
    }));
}

/// Writes lines that pass `filter` to `writer`.
pub fn subscriber<W>(
    filter: Targets,
    format: LogFormat,
    colours: bool,
    writer: W,
) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // Of a parameter of DATABASE_URL that sqlx does not know, it logs the value, too: that may be a mistyped password.
    let filter = filter.with_target("sqlx_postgres::options", LevelFilter::ERROR);
    // The filter decides.
    let builder = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(writer);
    match format {
        LogFormat::Text => Box::new(builder.with_ansi(colours).finish().with(filter)),
        LogFormat::Json => Box::new(builder.json().flatten_event(true).finish().with(filter)),
    }
}
