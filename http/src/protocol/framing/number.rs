//! Lengths of bodies and of chunks, as they come.

/// A number, digit by digit.
#[derive(Debug, Default, Clone, Copy)]
pub(super) enum Number {
    /// No digit has come.
    #[default]
    None,
    Begun(u64),
    Ended(u64),
    /// Something else has, or it is above 64 bits.
    Bad,
}

impl Number {
    /// Digits, with spaces around them.
    #[inline]
    pub(super) fn decimal(octets: &[u8]) -> Self {
        let mut number = Self::None;
        octets.iter().for_each(|&octet| number.decimal_digit(octet));
        number
    }

    /// Digits, and anything behind them.
    #[inline]
    pub(super) fn hexadecimal(octets: &[u8]) -> Self {
        let mut number = Self::None;
        for &octet in octets {
            number.hexadecimal_digit(octet);
            if let Self::Ended(_) | Self::Bad = number {
                break;
            }
        }
        number
    }

    pub(super) fn decimal_digit(&mut self, octet: u8) {
        match (&*self, octet) {
            (Self::None, b' ' | b'\t') => {}
            (&Self::Begun(value) | &Self::Ended(value), b' ' | b'\t' | b'\r') => {
                *self = Self::Ended(value);
            }
            _ => self.digit(octet, 10),
        }
    }

    pub(super) fn hexadecimal_digit(&mut self, octet: u8) {
        match &*self {
            Self::Ended(_) => {}
            &Self::Begun(value) if !octet.is_ascii_hexdigit() => *self = Self::Ended(value),
            _ => self.digit(octet, 16),
        }
    }

    fn digit(&mut self, octet: u8, radix: u32) {
        let digit = char::from(octet).to_digit(radix).map(u64::from);
        let value = match &*self {
            Self::None => digit,
            Self::Begun(value) => value
                .checked_mul(radix.into())
                .zip(digit)
                .and_then(|(value, digit)| value.checked_add(digit)),
            Self::Ended(_) | Self::Bad => None,
        };
        *self = value.map_or(Self::Bad, Self::Begun);
    }

    #[inline]
    pub(super) fn value(self) -> Option<u64> {
        match self {
            Self::Begun(value) | Self::Ended(value) => Some(value),
            Self::None | Self::Bad => None,
        }
    }
}
