//! Sets the linker flags that a Node.js addon needs, when the addon is built at all.

fn main() {
    #[cfg(feature = "node")]
    napi_build::setup();
}
