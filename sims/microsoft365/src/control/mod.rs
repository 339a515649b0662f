//! The control plane: what tests and other teams do to the cloud from outside, as typed methods and as `/_sim/`.

pub mod http;
pub mod operations;

pub use operations::Control;
