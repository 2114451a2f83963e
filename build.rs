//! Build script: linker flags for a Node-API add-on.
fn main() {
    napi_build::setup();
}
