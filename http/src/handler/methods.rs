//! Sets of methods.

use http::Method;

/// The methods that a route is for. A set of constants, so that two routes can be compared at compile time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Methods(u8);

/// In the order of the bits. RFC 9110 §9, and PATCH of RFC 5789; CONNECT is for proxies, whose requests have no path.
const NAMES: [&str; Methods::COUNT] =
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

impl Methods {
    /// How many there are.
    pub(crate) const COUNT: usize = 8;

    /// None.
    pub const NONE: Self = Self(0);
    /// `GET`.
    pub const GET: Self = Self(1);
    /// `HEAD`.
    pub const HEAD: Self = Self(1 << 1);
    /// `POST`.
    pub const POST: Self = Self(1 << 2);
    /// `PUT`.
    pub const PUT: Self = Self(1 << 3);
    /// `PATCH`.
    pub const PATCH: Self = Self(1 << 4);
    /// `DELETE`.
    pub const DELETE: Self = Self(1 << 5);
    /// `OPTIONS`.
    pub const OPTIONS: Self = Self(1 << 6);
    /// `TRACE`.
    pub const TRACE: Self = Self(1 << 7);

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether they have one in common.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The place of a method among all, if it is one of these eight.
    #[inline]
    pub(crate) fn place(method: &Method) -> Option<usize> {
        Some(match *method {
            Method::GET => 0,
            Method::HEAD => 1,
            Method::POST => 2,
            Method::PUT => 3,
            Method::PATCH => 4,
            Method::DELETE => 5,
            Method::OPTIONS => 6,
            Method::TRACE => 7,
            _ => return None,
        })
    }

    /// The name of the method at a place.
    pub(crate) fn name(place: usize) -> &'static str {
        NAMES.get(place).copied().unwrap_or("other")
    }

    /// The name of a method, or `other`: a client can make up as many as it likes.
    pub(crate) fn name_of(method: &Method) -> &'static str {
        Self::place(method).map_or("other", Self::name)
    }

    /// The places of those in the set.
    pub(crate) fn places(self) -> impl Iterator<Item = usize> {
        (0..Self::COUNT).filter(move |place| self.0 & (1 << place) != 0)
    }
}

/// As `Allow` has them: `GET, HEAD`.
impl std::fmt::Display for Methods {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, place) in self.places().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            f.write_str(NAMES[place])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_places_agree() {
        for (place, name) in NAMES.iter().enumerate() {
            assert_eq!(Methods::place(&name.parse().unwrap()), Some(place));
            assert_eq!(Methods(1 << place).to_string(), *name);
        }
        assert_eq!(Methods::place(&"PURGE".parse().unwrap()), None);
        assert_eq!(Methods::place(&Method::CONNECT), None);
    }

    #[test]
    fn sets() {
        let both = Methods::GET.and(Methods::DELETE);
        assert_eq!(both.to_string(), "GET, DELETE");
        assert!(both.meets(Methods::GET) && !both.meets(Methods::POST));
        assert_eq!(Methods::NONE.to_string(), "");
    }
}
