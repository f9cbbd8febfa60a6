//! How late nags are, and how busy the bot is, with very many open incidents: while nothing is due, and while they are
//! nagged each quarter of an hour.
//!
//! How late is what the timeline says: when the nag was decided and made durable, against when it was due. What Slack's
//! one message per second makes of it comes after that, and is not in here.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use balefire::clock::{Clock, SystemClock, Time};
use balefire::domain::event::{Entry, Event};
use sqlx::{AnyConnection, Connection as _, Row as _};

use crate::program::{Program, busy, free_address, quick_slack, serve};
use crate::{Lengths, places, quantile, seed};

const COUNTS: [u32; 2] = [10_000, 100_000];
const EVERY: chrono::Duration = chrono::Duration::minutes(15);
/// How many incidents are written in a second, at least, on a machine that is busy.
const WRITTEN_PER_S: u32 = 700;
/// What a start leaves to do.
const REST: Duration = Duration::from_secs(10);

pub async fn measure(binary: &Path, lengths: &Lengths) -> anyhow::Result<()> {
    let (_, folder) = places().remove(0);
    println!(
        "open incidents  idle, of a core  nagging, of a core     nags  late p50 ms  p99 ms  longest ms  waiting messages   load"
    );
    for count in COUNTS {
        let folder = tempfile::tempdir_in(&folder)?;
        let database = folder.path().join("balefire.db");
        let clock = SystemClock::default();
        let (standin, slack) = quick_slack().await?;
        let writing = chrono::Duration::seconds(i64::from(count / WRITTEN_PER_S) + 5);
        let idle = chrono::Duration::from_std(lengths.idle + REST)?;
        let first_due = clock.now() + writing + idle;
        seed::seed(&database, &standin, &slack.url, count, first_due, EVERY).await?;
        let address = free_address()?;
        let command = serve(binary, None, address, &database, &slack.url);
        let program = Program::start(command, address, folder.path()).await?;
        tokio::time::sleep(REST).await;
        let left = (first_due - clock.now()).to_std().unwrap_or_default();
        ensure!(
            left > lengths.idle / 2,
            "writing the incidents took too long for this measurement"
        );
        let idle = share_of_a_core(&program, left).await?;
        let nagging = share_of_a_core(&program, lengths.nagging).await?;
        drop(program);
        let (mut late_ms, waiting) = late_ms(&database, first_due).await?;
        late_ms.sort_unstable_by(f64::total_cmp);
        let due = lengths.nagging.as_secs_f64() / 900.0 * f64::from(count);
        ensure!(
            late_ms.len() as f64 > due * 0.9,
            "about {due:.0} nags were due, {} are on the timelines",
            late_ms.len()
        );
        println!(
            "{count:>14} {:>14.2} % {:>17.2} % {:>8} {:>12.0} {:>7.0} {:>11.0} {waiting:>17} {:>6}",
            idle * 100.0,
            nagging * 100.0,
            late_ms.len(),
            quantile(&late_ms, 0.5),
            quantile(&late_ms, 0.99),
            quantile(&late_ms, 1.0),
            busy(),
        );
    }
    println!("aim: p99 below 1,000 ms and less than 1 % of a core, at 100,000");
    Ok(())
}

async fn share_of_a_core(program: &Program, during: Duration) -> anyhow::Result<f64> {
    let (began, before) = (Instant::now(), program.cpu_s()?);
    tokio::time::sleep(during).await;
    Ok((program.cpu_s()? - before) / began.elapsed().as_secs_f64())
}

/// How late each nag was, and how many messages still wait.
async fn late_ms(database: &Path, first_due: Time) -> anyhow::Result<(Vec<f64>, i64)> {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}", database.display());
    let mut connection = AnyConnection::connect(&url).await?;
    let rows = sqlx::query("SELECT body FROM timeline WHERE kind = 'nagged'")
        .fetch_all(&mut connection)
        .await?;
    let mut late_ms = vec![];
    for row in rows {
        let entry: Entry = serde_json::from_str(&row.try_get::<String, _>("body")?)?;
        if let Event::Nagged { due, .. } = entry.event {
            ensure!(
                due >= first_due && entry.at >= due,
                "nagged at {} although due {due}",
                entry.at
            );
            late_ms.push((entry.at - due).as_seconds_f64() * 1_000.0);
        }
    }
    let waiting = sqlx::query("SELECT COUNT(*) AS rows FROM outbox WHERE done_at IS NULL")
        .fetch_one(&mut connection)
        .await?
        .try_get("rows")?;
    connection.close().await?;
    Ok((late_ms, waiting))
}
