//! The wire format of the simulated servers: one JSON value a line. Not what the real ones speak; said so in each profile.

use crate::kernel::{Connection, Errno};
use serde_json::Value;

/// Longest line.
const MOST: usize = 1 << 20;

/// Sends a value.
pub async fn send(connection: &Connection, value: &Value) -> Result<(), Errno> {
    connection.write(format!("{value}\n").as_bytes()).await
}

/// The next value; `None` when the other end has closed, or speaks something else.
pub async fn receive(connection: &Connection) -> Option<Value> {
    let line = connection.read_line(MOST).await.ok()?;
    serde_json::from_slice(&line).ok()
}

/// Sends a value and waits for the answer; `None` if the connection breaks.
pub async fn ask(connection: &Connection, value: &Value) -> Option<Value> {
    send(connection, value).await.ok()?;
    receive(connection).await
}
