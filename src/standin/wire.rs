//! HTTP: how calls come in, and how answers (or their absence) go out.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;

use super::api::{self, Incoming, Reply, Wire};
use super::{StandIn, response_url};

pub(super) fn router() -> Router<StandIn> {
    Router::new()
        .route("/api/{method}", any(call))
        .route("/response/{id}", any(respond))
}

async fn call(
    State(stand_in): State<StandIn>,
    Path(method): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let incoming = Incoming {
        method: &method,
        query: query.as_deref().unwrap_or_default(),
        content_type: text(header::CONTENT_TYPE),
        bearer: text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")),
        body: &body,
    };
    dated(&stand_in, send(api::call(&stand_in, &incoming)).await)
}

async fn respond(State(stand_in): State<StandIn>, Path(id): Path<String>, body: Bytes) -> Response {
    send(response_url::answer(&stand_in, &id, &body)).await
}

/// Slack's answers say what time it is there; without this, hyper would tell the machine's time.
fn dated(stand_in: &StandIn, mut response: Response) -> Response {
    let now_s = stand_in.with(|world| world.now_s());
    let date = chrono::DateTime::from_timestamp(now_s, 0).unwrap_or_default();
    let date = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = header::HeaderValue::try_from(date) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

async fn send(wire: Wire) -> Response {
    match wire {
        Wire::Answer(reply) => response(&reply),
        Wire::After(ms, reply) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            response(&reply)
        }
        Wire::Silence => std::future::pending().await,
        // hyper cuts a connection whose body fails before anything was flushed: the caller gets not one byte.
        Wire::Cut => Body::from_stream(futures_util::stream::once(async {
            Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionAborted))
        }))
        .into_response(),
    }
}

fn response(reply: &Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json; charset=utf-8"),
    );
    if let Some(after_s) = reply.retry_after_s {
        headers.insert(header::RETRY_AFTER, header::HeaderValue::from(after_s));
    }
    if let Some(scopes) = reply
        .scopes
        .as_deref()
        .and_then(|scopes| header::HeaderValue::from_str(scopes).ok())
    {
        headers.insert("x-oauth-scopes", scopes);
    }
    (status, headers, reply.body.to_string()).into_response()
}
