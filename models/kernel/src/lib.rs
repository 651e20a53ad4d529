//! The inner loops of encoding and loading. A crate of its own because of how it is built: for
//! speed, also in the Worker's module, where all the rest is built small. Knows numbers only.

pub mod arithmetic;
pub mod attention;
#[cfg(target_arch = "x86_64")]
mod avx2;
pub mod linalg;
pub mod sort;
