//! The Node.js binding: the only code that knows Node-API.
//!
//! ```text
//!  JS thread                                                  reactor thread
//!  submit() ── id, request ──> Pool::submit ──> worker ──> outcome
//!                                                            │
//!  deliver() <── Environment::drain <── signal <── Mailbox::post
//! ```
//!
//! Text crosses, not values: `ts/pool` converts arguments to JSON and results from JSON with the
//! `JSON` of its own realm, and makes `Error`s of its own realm from the descriptions of
//! `pool_core::error_json`. Outcomes are delivered on the JS thread alone, many with one signal.
//!
//! | module | owns |
//! | --- | --- |
//! | `pool` | the class that JavaScript sees |
//! | `binding` | one pool: its runtime, its callbacks, its promises |
//! | `call_id` | ids of calls <-> numbers |
//! | `contain` | panics, where Node.js has called |
//! | `cut` | texts that are too long |
//! | `options` | configuration and call options, as they cross |
//! | `request` | arguments -> the frame of a call |
//! | `outcomes` | results and failures -> values for `deliver` |
//! | `items` | consecutive items of a stream |
//! | `mailbox` | notifications from any thread, and how many are taken at once |
//! | `environment` | one Node.js thread: its mailbox and its pools |
//! | `keep_alive` | keeps Node.js running while promises are pending |
//! | `promises` | promises of `initialize` and `shutdown` |
//! | `strings` | strings in both directions |
//! | `napi_sys` | the Node-API calls that napi-rs does not wrap as cheaply; all `unsafe` |

mod binding;
mod call_id;
mod contain;
mod cut;
mod environment;
mod items;
mod keep_alive;
mod mailbox;
mod napi_sys;
mod options;
mod outcomes;
mod pool;
mod promises;
mod request;
mod strings;

pub use options::{NativeBatching, NativeCallOptions, NativePoolCallbacks, NativePoolConfig};
pub use pool::{NativePool, drain, set_next_tick};
