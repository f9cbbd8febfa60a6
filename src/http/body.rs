//! Reading a request's body without trusting its size.

use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, StatusCode, header};

/// The largest body that is read. Slack's largest, a form of 250 kB, stays well below when it is percent-encoded.
pub const BYTES_MAX: usize = 1024 * 1024;
/// How much of a body that is too large is read away, so that the sender hears the answer and not a reset connection.
const AWAY_BYTES_MAX: usize = 8 * 1024 * 1024;
const AWAY_WITHIN: Duration = Duration::from_secs(1);
/// A sender slower than this is not Slack, which waits three seconds for the whole exchange.
const READ_WITHIN: Duration = Duration::from_secs(5);

/// The body, when it is not larger than [`BYTES_MAX`].
///
/// # Errors
/// The status to answer with: 413 too large (by `Content-Length` before anything is read, else while reading), 408 too
/// slow, 400 broken off.
pub async fn read(headers: &HeaderMap, mut body: Body) -> Result<Vec<u8>, StatusCode> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > BYTES_MAX as u64) {
        // Whoever asks before sending is not made to send.
        if !headers.contains_key(header::EXPECT) {
            read_away(&mut body).await;
        }
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let mut kept = Vec::new();
    let reading = async {
        while let Some(chunk) = next(&mut body).await {
            let chunk = chunk.map_err(|_| StatusCode::BAD_REQUEST)?;
            if kept.len() + chunk.len() > BYTES_MAX {
                return Err(StatusCode::PAYLOAD_TOO_LARGE);
            }
            kept.extend_from_slice(&chunk);
        }
        Ok(())
    };
    let read = tokio::time::timeout(READ_WITHIN, reading).await;
    match read.unwrap_or(Err(StatusCode::REQUEST_TIMEOUT)) {
        Ok(()) => Ok(kept),
        Err(status) => {
            if status == StatusCode::PAYLOAD_TOO_LARGE {
                read_away(&mut body).await;
            }
            Err(status)
        }
    }
}

async fn read_away(body: &mut Body) {
    let reading = async {
        let mut seen = 0;
        while let Some(Ok(chunk)) = next(body).await {
            seen += chunk.len();
            if seen > AWAY_BYTES_MAX {
                return;
            }
        }
    };
    // Too slow is as good as done: the answer is sent either way.
    let _ = tokio::time::timeout(AWAY_WITHIN, reading).await;
}

/// The next piece of data; trailers are passed over.
async fn next(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
    loop {
        let frame =
            std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
        match frame {
            Ok(frame) => {
                if let Ok(data) = frame.into_data() {
                    return Some(Ok(data));
                }
            }
            Err(error) => return Some(Err(error)),
        }
    }
}
