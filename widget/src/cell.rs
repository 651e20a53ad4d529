//! The page's few long-lived parts: each is made once and reached from callbacks. One function per
//! part borrows it, so that the checks are not repeated at every place of use.

use alloc::boxed::Box;
use core::cell::{Cell, RefCell, RefMut};
use core::ops::Deref;

/// What a page has one of. `thread_local!` would link the standard library.
pub(crate) struct OnPage<T>(T);

#[expect(unsafe_code, reason = "nobody gets at the value where there is more than one thread")]
// SAFETY: `deref` is the only way to the value, and it checks that.
unsafe impl<T> Sync for OnPage<T> {}

impl<T> OnPage<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(value)
    }
}

impl<T> OnPage<RefCell<T>> {
    pub(crate) fn with_borrow<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        f(&self.borrow())
    }

    pub(crate) fn with_borrow_mut<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.borrow_mut())
    }
}

impl<T> Deref for OnPage<T> {
    type Target = T;

    fn deref(&self) -> &T {
        let one_thread = cfg!(all(target_arch = "wasm32", not(target_feature = "atomics")));
        assert!(one_thread, "only a page in a browser starts parts");
        &self.0
    }
}

/// A part that lives as long as the page, or `None` before it was started.
pub(crate) type Slot<T> = Cell<Option<&'static RefCell<T>>>;

pub(crate) fn fill<T>(slot: &Slot<T>, part: T) {
    slot.set(Some(Box::leak(Box::new(RefCell::new(part)))));
}

/// `None` before the part was started. A part never calls back into itself while it is borrowed.
pub(crate) fn borrow<T>(slot: &Slot<T>) -> Option<RefMut<'static, T>> {
    slot.get()?.try_borrow_mut().ok()
}
