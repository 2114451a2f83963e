//! Memory that system calls read from or write to while others may change it: JavaScript's, which several threads may
//! share and which may stand twice in one list. So there is no Rust reference to it, only where it is and how long;
//! nothing but the functions of this folder looks at that.

use super::os::Part;
use std::io::IoSlice;
use std::marker::PhantomData;

/// Bytes to send. Laid out as sendmsg(2) takes them.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Source<'a> {
    part: Part,
    life: PhantomData<IoSlice<'a>>,
}

impl<'a> Source<'a> {
    /// # Safety
    /// From `start` on, `length` bytes can be read for as long as `'a`. They may change meanwhile.
    pub unsafe fn new(start: *const u8, length: usize) -> Source<'a> {
        Source { part: Part { iov_base: start.cast_mut().cast(), iov_len: length }, life: PhantomData }
    }

    /// How many bytes.
    pub fn len(&self) -> usize {
        self.part.iov_len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.part.iov_len == 0
    }

    /// What follows the first `count` bytes; nothing if there are not so many.
    pub fn after(self, count: usize) -> Source<'a> {
        let count = count.min(self.len());
        // SAFETY: a part of what was promised when this was made.
        unsafe { Source::new(self.as_ptr().add(count), self.len() - count) }
    }

    /// At most the first `count` bytes.
    pub fn first(self, count: usize) -> Source<'a> {
        // SAFETY: a part of what was promised when this was made.
        unsafe { Source::new(self.as_ptr(), count.min(self.len())) }
    }

    /// A copy. Where others write meanwhile, it has some of their bytes and not others.
    pub fn to_vec(self) -> Vec<u8> {
        let mut copy = Vec::with_capacity(self.len());
        // SAFETY: so many bytes can be read there, and there is room for them here.
        unsafe {
            std::ptr::copy_nonoverlapping(self.as_ptr(), copy.as_mut_ptr(), self.len());
            copy.set_len(self.len());
        }
        copy
    }

    pub(super) fn as_ptr(&self) -> *const u8 {
        self.part.iov_base.cast_const().cast()
    }

    /// A list of them as sendmsg(2) takes it.
    #[cfg(unix)]
    pub(super) fn as_parts(list: &[Source<'a>]) -> *const Part {
        list.as_ptr().cast()
    }
}

impl<'a> From<&'a [u8]> for Source<'a> {
    fn from(bytes: &'a [u8]) -> Source<'a> {
        // SAFETY: a slice's bytes can be read for its lifetime.
        unsafe { Source::new(bytes.as_ptr(), bytes.len()) }
    }
}

/// Room for received bytes.
pub struct Target<'a> {
    start: *mut u8,
    length: usize,
    life: PhantomData<&'a mut [u8]>,
}

impl<'a> Target<'a> {
    /// # Safety
    /// From `start` on, `length` bytes can be written for as long as `'a`, and no Rust reference to them is used meanwhile.
    pub unsafe fn new(start: *mut u8, length: usize) -> Target<'a> {
        Target { start, length, life: PhantomData }
    }

    /// How many bytes there is room for.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The same room without its first `count` bytes, and at most `most` of it. Empty if there are not so many.
    pub fn part(self, count: usize, most: usize) -> Target<'a> {
        let count = count.min(self.length);
        // SAFETY: a part of what was promised when this was made, which is used up.
        unsafe { Target::new(self.start.add(count), (self.length - count).min(most)) }
    }

    /// Where it begins, as a number.
    pub fn address(&self) -> usize {
        self.start.addr()
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut u8 {
        self.start
    }
}

impl<'a> From<&'a mut [u8]> for Target<'a> {
    fn from(bytes: &'a mut [u8]) -> Target<'a> {
        // SAFETY: a slice's bytes can be written for its lifetime, in which nobody else has a reference to them.
        unsafe { Target::new(bytes.as_mut_ptr(), bytes.len()) }
    }
}

/// Lets the system take back the whole pages of memory whose contents nobody needs. They read as anything afterwards.
/// madvise(2); elsewhere than on Linux nothing.
pub fn give_back(part: &mut [u8]) {
    #[cfg(target_os = "linux")]
    {
        const PAGE: usize = 4096;
        let skipped = part.as_ptr().align_offset(PAGE);
        let length = part.len().saturating_sub(skipped) / PAGE * PAGE;
        if length > 0 {
            // SAFETY: whole pages within an exclusively borrowed slice of bytes, for which any contents are valid. That
            // it fails where pages are larger than these costs nothing but memory.
            unsafe { libc::madvise(part[skipped..].as_mut_ptr().cast(), length, libc::MADV_DONTNEED) };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = part;
}

/// Has glibc keep up to 16 MiB at the end of its heap that were freed. By default it hands all but 128 KiB back to the system,
/// and each new chunk of a stream lands in pages that must first be provided and cleared: a fifth of a stream's CPU time.
/// It keeps twice as much as was once allocated and freed in one piece (mallopt(3), `M_TRIM_THRESHOLD`), unless the
/// user has set the limits; other allocators do as they do.
pub fn keep_freed() {
    const PIECE: usize = 8 * 1024 * 1024;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(PIECE)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_never_leave_the_memory() {
        let bytes = [0_u8; 8];
        let source = Source::from(&bytes[..]);
        assert_eq!(source.after(3).len(), 5);
        assert!(source.after(9).is_empty());
        assert_eq!(source.after(3).first(9).len(), 5);
        let mut room = [0_u8; 8];
        let target = Target::from(&mut room[..]).part(2, 100);
        assert_eq!(target.len(), 6);
        assert!(target.part(7, 1).is_empty());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn memory_given_back_can_be_used_again() {
        let mut memory = vec![7_u8; 64 * 1024];
        give_back(&mut memory[100..60_000]);
        assert_eq!((memory[99], memory[60_000]), (7, 7), "what was not given back");
        let left = memory.iter().filter(|&&byte| byte == 7).count();
        assert!(left < 64 * 1024, "some was taken");
        memory.fill(8);
        assert!(memory.iter().all(|&byte| byte == 8));
    }
}
