//! The commit thread's claim on the processor. On a busy small machine an ordinary thread waits a
//! whole scheduler tick after each flush, 30 to 45 times longer than the flush itself.
//! Knows nothing of the log.
#![allow(unsafe_code)]

use std::mem;

/// What the commit thread got, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// `SCHED_FIFO`, needs CAP_SYS_NICE or RLIMIT_RTPRIO.
    RealTime,
    /// An ordinary thread with a short time slice, which is picked sooner; Linux 6.12 and later.
    ShortSlice,
    Ordinary,
}

/// Lowest real-time priority: above every ordinary thread, below everything else that is urgent.
const FIFO_PRIORITY: libc::c_int = 1;
/// The shortest slice the kernel takes.
const SLICE_NS: u64 = 100_000;

impl Priority {
    /// Takes the best priority that the kernel grants to the calling thread. Public, so that a
    /// measurement can put a plain loop on the same footing.
    pub fn claim() -> Priority {
        if raise_to_fifo() {
            Priority::RealTime
        } else if shorten_slice() {
            Priority::ShortSlice
        } else {
            Priority::Ordinary
        }
    }
}

fn raise_to_fifo() -> bool {
    let param = libc::sched_param { sched_priority: FIFO_PRIORITY };
    let policy = libc::SCHED_FIFO | libc::SCHED_RESET_ON_FORK;
    // Safety: pid 0 is the calling thread; `param` outlives the call and is only read.
    unsafe { libc::sched_setscheduler(0, policy, &raw const param) == 0 }
}

fn shorten_slice() -> bool {
    let Some(mut attr) = scheduling() else { return false };
    attr.sched_runtime = SLICE_NS;
    let flags: libc::c_uint = 0;
    // Safety: pid 0 is the calling thread; `attr` is fully set, carries its own size and is only
    // read.
    let set = unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attr, flags) == 0 };
    // Older kernels accept the call and ignore the slice.
    set && scheduling().is_some_and(|attr| attr.sched_runtime == SLICE_NS)
}

fn scheduling() -> Option<libc::sched_attr> {
    // Safety: `sched_attr` is plain integers, for which zeros are valid.
    let mut attr: libc::sched_attr = unsafe { mem::zeroed() };
    let size = size_of::<libc::sched_attr>() as libc::c_uint;
    let flags: libc::c_uint = 0;
    // Safety: the kernel writes at most `size` bytes into `attr`, which is that large.
    let got = unsafe { libc::syscall(libc::SYS_sched_getattr, 0, &raw mut attr, size, flags) == 0 };
    got.then_some(attr)
}
