//! A limit for everything a test waits for.

use std::time::Duration;

use tokio::time::timeout;

/// The clock is paused, so this passes at once if nothing else is going to happen.
const LIMIT: Duration = Duration::from_secs(3600);

/// Fails the test instead of waiting for ever.
pub(crate) async fn eventually<T>(event: impl Future<Output = T>) -> T {
    timeout(LIMIT, event).await.expect("it happens")
}
