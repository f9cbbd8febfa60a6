//! Balefire's own HTTP door and store around one durable row per command, and nothing else: what the two frameworks
//! are asked to do. It runs as a process of its own, `serve` of this bench with `--door`.

use std::net::SocketAddr;
use std::sync::Arc;

use balefire::clock::{Clock, SystemClock};
use balefire::domain::rules::Language;
use balefire::http::Ingress;
use balefire::slack::inbound::{Answer, Inbound};
use balefire::slack::people::People;
use balefire::store::Store;

use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::load::SECRET;

/// Listens until it is killed.
pub async fn serve(address: SocketAddr, database_url: &str) -> anyhow::Result<()> {
    let clock = Arc::new(SystemClock::default());
    let people = Arc::new(People::new(Language::En, [], []));
    let store = Store::open(database_url).await?;
    let now = Arc::clone(&clock);
    let keep = move |inbound: Inbound, _| {
        let (store, now) = (store.clone(), now.now());
        let kept: std::pin::Pin<Box<dyn Future<Output = Answer> + Send>> = Box::pin(async move {
            let Inbound::Command(command) = inbound else {
                return Answer::Empty;
            };
            // As long as the row that the frameworks insert.
            let key = format!(
                "{} {} {} {}",
                command.team, command.user, command.channel, command.text
            );
            let kept = async {
                let mut tx = store.begin().await?;
                tx.first_time(&key, now).await?;
                tx.commit().await
            };
            match kept.await {
                Ok(()) => Answer::Text("Update posted".into()),
                Err(error) => Answer::Text(format!("not recorded: {error:#}")),
            }
        });
        kept
    };
    let secret = SecretString::from(SECRET);
    let router = Ingress::new(secret, clock, people, Arc::new(keep)).router();
    let listener = TcpListener::bind(address).await?;
    Ok(axum::serve(listener, router).await?)
}
