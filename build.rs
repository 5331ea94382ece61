//! Sets the linker flags that a Node.js addon needs, when the addon is built at all.

fn main() {
    #[cfg(feature = "node")]
    {
        napi_build::setup();
        // Node.js unloads an addon with the last `worker_threads` worker that loaded it, while the
        // pool's threads may still be on their way out. Elsewhere libraries with thread-local
        // state stay loaded anyway (macOS), or the threads are awaited (Windows).
        if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
        }
    }
}
