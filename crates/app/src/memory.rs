//! How glibc keeps memory: a large file that has gone through must not leave tens of megabytes behind.

/// From which size on a block is the kernel's own, and goes back to it as soon as it is free (128 KiB, the default). Without being
/// told, glibc raises it to the largest block that was ever freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const OWN_FROM_BYTES: i32 = 128 * 1024;
/// Heaps that threads share; usually eight for each core, each of which keeps what was once needed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const HEAPS_MAX: i32 = 2;

/// Has glibc give large blocks back (mallopt(3)). Called before any thread is made; elsewhere it does nothing. What it brings is
/// measured by `tests/contract/large.py`: 25 MB above idle instead of 48, and 16 for a file of 100 MB.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code, reason = "mallopt takes two numbers, and no other thread is there yet")]
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, OWN_FROM_BYTES);
        libc::mallopt(libc::M_ARENA_MAX, HEAPS_MAX);
    }
}
