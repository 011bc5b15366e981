//! What glibc's allocator keeps of memory that is free again. Elsewhere these do nothing.

/// Tells the allocator to keep little: bodies and pictures, which are large and short-lived, have memory of their own
/// that goes back at once, and threads share what they take small things from. Otherwise a server under load grows for
/// hours by memory that is free but lies between what isn't.
///
/// Call it before there are threads.
pub fn keep_little() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "there is no safe way to tell the allocator")]
    // SAFETY: these set numbers in the allocator, which takes its own locks.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 64 << 10);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 64 << 10);
        libc::mallopt(libc::M_ARENA_MAX, 2);
    }
}

/// Gives back all that is free.
pub(crate) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "there is no safe way to tell the allocator")]
    // SAFETY: it only looks at what is free, and takes the allocator's own locks.
    unsafe {
        libc::malloc_trim(0);
    }
}
