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

/// How what an extractor needs comes out of the state `S`. Sealed by use: [`Nothing`] and [`Part`] are all there is.
#[diagnostic::on_unimplemented(
    message = "the application's state `{S}` does not provide `{Self}`",
    label = "an argument of one of these handlers is not in `{S}`",
    note = "make `{S}` the type that the handlers take as `State<…>`, or implement `FromRef<{S}>` for that type"
)]
pub trait Needs<S>: Sized {
    /// Takes it.
    fn from_state(state: &S) -> Self;
}

/// An extractor that needs nothing of the state.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nothing;

impl<S> Needs<S> for Nothing {
    fn from_state(_: &S) -> Self {
        Self
    }
}

/// An extractor that needs a `T` of the state.
#[derive(Debug, Clone, Copy, Default)]
pub struct Part<T>(pub T);

#[diagnostic::do_not_recommend]
impl<S, T: FromRef<S>> Needs<S> for Part<T> {
    fn from_state(state: &S) -> Self {
        Self(T::from_ref(state))
    }
}

/// The application's state, or a part of it that implements [`FromRef`]. Cloned for each call: put what is large into an
/// `Arc`.
#[derive(Debug, Clone, Copy, Default)]
pub struct State<T>(pub T);
