//! How the problems of the request at hand are written.
//!
//! A handler, a layer or a panic has a problem to tell and not the head of the request, and the client that asks for text is to
//! get text from those as well. So the thread knows, while it works on a request.

use std::cell::Cell;

use crate::protocol::problem::Form;

thread_local! {
    static FORM: Cell<Form> = const { Cell::new(Form::Json) };
}

/// That of the request this thread works on; JSON, if it works on none.
pub(super) fn at_hand() -> Form {
    FORM.get()
}

/// Runs a part of the work on a request. What that spawns elsewhere is no part of it.
#[inline(always)]
pub(crate) fn within<T>(form: Form, work: impl FnOnce() -> T) -> T {
    if FORM.get() == form { work() } else { otherwise(form, work) }
}

#[cold]
fn otherwise<T>(form: Form, work: impl FnOnce() -> T) -> T {
    struct Before(Form);

    impl Drop for Before {
        // Also behind a panic: the thread goes on with other requests.
        fn drop(&mut self) {
            FORM.set(self.0);
        }
    }

    let _before = Before(FORM.replace(form));
    work()
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn it_is_that_of_the_innermost_request() {
        let inner = within(Form::Text, || {
            let inner = within(Form::Json, at_hand);
            (inner, at_hand(), within(Form::Text, at_hand))
        });
        assert_eq!((inner, at_hand()), ((Form::Json, Form::Text, Form::Text), Form::Json));
        assert!(catch_unwind(|| within(Form::Text, || panic!("on purpose"))).is_err());
        assert_eq!(at_hand(), Form::Json);
    }
}
