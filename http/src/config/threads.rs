//! Which threads serve.

use serde::{Deserialize, Deserializer, de};

/// Which threads serve: the key `threads`.
///
/// `per_core` costs the least for each request: a connection stays on one thread, which nothing is taken from and handed to.
/// A handler that computes for long without an `.await` holds up the other connections of its thread, though, as much as
/// they are: with such handlers, or with few connections that are very unequal, `shared` is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Threads {
    /// As many threads as there are cores, each with a listener (`SO_REUSEPORT`) and a runtime of its own.
    #[default]
    PerCore,
    /// The same with this many, 1 to 1,024.
    Fixed(usize),
    /// The runtime that the application runs in.
    Shared,
}

/// A value that says nothing of threads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `per_core`, `shared` or a number of threads from 1 to 1024")]
pub struct UnknownThreads(());

impl Threads {
    /// How many threads of its own that is; `None` in the application's runtime.
    #[must_use]
    pub fn own(self) -> Option<usize> {
        match self {
            Self::PerCore => Some(std::thread::available_parallelism().map_or(1, usize::from)),
            Self::Fixed(count) => Some(count.max(1)),
            Self::Shared => None,
        }
    }

    fn of_text(text: &str) -> Result<Self, UnknownThreads> {
        match text {
            "per_core" => Ok(Self::PerCore),
            "shared" => Ok(Self::Shared),
            _ => text.parse().map_or(Err(UnknownThreads(())), Self::of_number),
        }
    }

    fn of_number(count: u64) -> Result<Self, UnknownThreads> {
        match usize::try_from(count) {
            Ok(count @ 1..=1_024) => Ok(Self::Fixed(count)),
            _ => Err(UnknownThreads(())),
        }
    }
}

impl<'de> Deserialize<'de> for Threads {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl de::Visitor<'_> for Either {
            type Value = Threads;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`per_core`, `shared` or a number of threads from 1 to 1024")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Threads, E> {
                Threads::of_text(text).map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, count: u64) -> Result<Threads, E> {
                Threads::of_number(count).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Either)
    }
}
