//! What the wirepath protocols share.

/// A part of an application's state.
pub trait FromRef<S> {
    /// Takes it out.
    fn from_ref(state: &S) -> Self;
}

impl<T: Clone> FromRef<T> for T {
    fn from_ref(state: &T) -> T {
        state.clone()
    }
}
