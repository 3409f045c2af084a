//! How handlers get at the application's state.

/// A part that can be taken out of the application's state `S`.
///
/// The state extractor of each protocol asks for `T: FromRef<S>`. Every `Clone` type is a part of
/// itself, so a handler can always ask for the whole state; implement this trait to let handlers ask
/// for one field of it.
///
/// The part is cloned once per use, on the wire path: keep what is costly to clone behind an `Arc`.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use wirepath_runtime::state::FromRef;
///
/// #[derive(Clone)]
/// struct Prices(Arc<Vec<u32>>);
///
/// #[derive(Clone)]
/// struct App {
///     prices: Prices,
///     replica: u16,
/// }
///
/// impl FromRef<App> for Prices {
///     fn from_ref(app: &App) -> Self {
///         app.prices.clone()
///     }
/// }
///
/// let app = App { prices: Prices(Arc::new(vec![3, 5])), replica: 7 };
/// assert_eq!(Prices::from_ref(&app).0[1], 5);
/// assert_eq!(App::from_ref(&app).replica, 7);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a part of the application state `{S}`",
    note = "give the application a state of type `{Self}`, or write `impl FromRef<{S}> for {Self}`"
)]
pub trait FromRef<S> {
    /// Takes the part out of a borrowed state.
    fn from_ref(state: &S) -> Self;
}

impl<T: Clone> FromRef<T> for T {
    fn from_ref(state: &T) -> Self {
        state.clone()
    }
}
