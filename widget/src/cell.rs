//! The page's few long-lived parts: each is made once and reached from callbacks. One function per
//! part borrows it, so that the checks are not repeated at every place of use.

use std::cell::{Cell, RefCell, RefMut};

/// A part that lives as long as the page, or `None` before it was started.
pub(crate) type Slot<T> = Cell<Option<&'static RefCell<T>>>;

pub(crate) fn fill<T>(slot: &Slot<T>, part: T) {
    slot.set(Some(Box::leak(Box::new(RefCell::new(part)))));
}

/// `None` before the part was started. A part never calls back into itself while it is borrowed.
pub(crate) fn borrow<T>(slot: &Slot<T>) -> Option<RefMut<'static, T>> {
    slot.get()?.try_borrow_mut().ok()
}
