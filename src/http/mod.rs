//! The doors that HTTP opens: Slack's deliveries, and three looks at how the bot is.
//!
//! The rule: handlers pass on what came in and hand back what was said. They save nothing and decide nothing.

mod body;
pub mod ingress;
pub mod ready;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::clock::Clock;
use crate::telemetry;
use ready::Readiness;

pub use ingress::Ingress;

/// `/healthz`, `/readyz` and `/metrics`, for whoever watches over the process. They tell no secret, but who may see
/// them is for the proxy in front to say.
pub fn probes(ready: Arc<Readiness>, clock: Arc<dyn Clock>) -> Router {
    // Counting begins here and not with the first look.
    telemetry::install();
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(render))
        .with_state((ready, clock))
}

async fn readyz(
    State((ready, clock)): State<(Arc<Readiness>, Arc<dyn Clock>)>,
) -> (StatusCode, String) {
    let complaints = ready.complaints(clock.now()).await;
    if complaints.is_empty() {
        return (StatusCode::OK, "ready\n".into());
    }
    (
        StatusCode::SERVICE_UNAVAILABLE,
        complaints.join("\n") + "\n",
    )
}

async fn render() -> impl IntoResponse {
    let content_type = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (content_type, telemetry::render())
}
