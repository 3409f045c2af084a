//! A body in chunks (RFC 9112 §7.1).

use bytes::{Buf, Bytes, BytesMut};
use http::HeaderMap;

use super::{
    Fault,
    field::{field, lines},
};

/// Octets of all that is no data in a body: extensions, which nobody reads (RFC 9112 §7.1.1), and trailers.
const EXTRAS: usize = 16 << 10;

/// Trailers at most.
const TRAILERS: usize = 32;

/// Reads chunks, however they are cut into reads. It holds trailers that are not complete, up to 16 KiB, and nothing else.
///
/// ```
/// use bytes::Bytes;
/// use wirepath_http::protocol::h1::{Chunks, Piece};
///
/// let (mut chunks, mut octets) = (Chunks::new(), Bytes::from("5\r\nhello\r\n0\r\n\r\nGET"));
/// assert_eq!(chunks.next(&mut octets), Ok(Piece::Data(Bytes::from("hello"))));
/// assert_eq!(chunks.next(&mut octets), Ok(Piece::End(None)));
/// assert_eq!(octets, "GET");
/// ```
#[derive(Debug)]
pub struct Chunks {
    place: Place,
    /// Octets so far that are no data.
    extras: usize,
    trailers: BytesMut,
}

/// What is read.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// A part of the body, never empty.
    Data(Bytes),
    /// More has to be read.
    More,
    /// The body's end, and its trailers if there are any. What is behind it belongs to the next request.
    End(Option<HeaderMap>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In front of the size, or in it: the size so far, and how many digits it has; of more than 255 that is 255.
    Size(u64, u8),
    /// In blanks behind the size.
    Blank(u64),
    Extension(u64),
    SizeLf(u64),
    Data(u64),
    DataCr,
    DataLf,
    /// At the first octet of a line of trailers.
    Line,
    Trailer,
    TrailerLf,
    LastLf,
    End,
}

impl Default for Chunks {
    fn default() -> Self {
        Self::new()
    }
}

impl Chunks {
    /// At the beginning of a body.
    #[must_use]
    pub fn new() -> Self {
        Self { place: Place::Size(0, 0), extras: 0, trailers: BytesMut::new() }
    }

    /// Takes the next piece from the front of what was read.
    ///
    /// # Errors
    ///
    /// [`Fault::Chunk`], and [`Fault::TooMuch`] for more than 16 KiB of extensions and trailers.
    pub fn next(&mut self, octets: &mut Bytes) -> Result<Piece, Fault> {
        loop {
            if let Place::Data(left) = self.place {
                return Ok(self.data(left, octets));
            }
            if self.place == Place::End {
                return self.fields().map(Piece::End);
            }
            let Some(&octet) = octets.first() else { return Ok(Piece::More) };
            octets.advance(1);
            self.place = self.step(octet)?;
        }
    }

    fn data(&mut self, left: u64, octets: &mut Bytes) -> Piece {
        if octets.is_empty() {
            return Piece::More;
        }
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(octets.len());
        let left = left - count as u64;
        self.place = if left == 0 { Place::DataCr } else { Place::Data(left) };
        Piece::Data(octets.split_to(count))
    }

    fn step(&mut self, octet: u8) -> Result<Place, Fault> {
        Ok(match (self.place, octet) {
            (Place::Size(size, digits), _) if octet.is_ascii_hexdigit() => {
                let digit = char::from(octet).to_digit(16).map_or(0, u64::from);
                let size = size.checked_mul(16).ok_or(Fault::Chunk)? + digit;
                // Sixteen digits are enough for any size. What is before them can only be zeros.
                if digits >= 16 {
                    self.extra()?;
                }
                Place::Size(size, digits.saturating_add(1))
            }
            (Place::Size(size, 1..) | Place::Blank(size) | Place::Extension(size), b'\r') => {
                Place::SizeLf(size)
            }
            (Place::Size(size, 1..) | Place::Blank(size), b';') => Place::Extension(size),
            (Place::Size(size, 1..) | Place::Blank(size), b' ' | b'\t') => {
                self.extra()?;
                Place::Blank(size)
            }
            (Place::Extension(size), _) if !octet.is_ascii_control() || octet == b'\t' => {
                self.extra()?;
                Place::Extension(size)
            }
            (Place::SizeLf(0), b'\n') => Place::Line,
            (Place::SizeLf(size), b'\n') => Place::Data(size),
            (Place::DataCr, b'\r') => Place::DataLf,
            (Place::DataLf, b'\n') => Place::Size(0, 0),
            (Place::Line, b'\r') => Place::LastLf,
            (Place::Trailer, b'\r') => self.trailer(octet, Place::TrailerLf)?,
            (Place::TrailerLf, b'\n') => self.trailer(octet, Place::Line)?,
            (Place::Line | Place::Trailer, _) if octet != b'\n' => {
                self.trailer(octet, Place::Trailer)?
            }
            (Place::LastLf, b'\n') => Place::End,
            _ => return Err(Fault::Chunk),
        })
    }

    fn extra(&mut self) -> Result<(), Fault> {
        self.extras += 1;
        if self.extras > EXTRAS { Err(Fault::TooMuch) } else { Ok(()) }
    }

    fn trailer(&mut self, octet: u8, place: Place) -> Result<Place, Fault> {
        self.extra()?;
        self.trailers.extend_from_slice(&[octet]);
        Ok(place)
    }

    /// The trailers.
    fn fields(&mut self) -> Result<Option<HeaderMap>, Fault> {
        if self.trailers.is_empty() {
            return Ok(None);
        }
        let octets = std::mem::take(&mut self.trailers).freeze();
        let mut fields = HeaderMap::new();
        for (count, line) in lines(&octets).enumerate() {
            if count == TRAILERS {
                return Err(Fault::TooMuch);
            }
            let (name, value) = field(&octets, line?.text)?;
            fields.append(name, value);
        }
        Ok(Some(fields))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A body, its trailers, and what is behind it.
    type Whole = (Vec<u8>, Option<HeaderMap>, Vec<u8>);

    /// All of a body, read in pieces that end at these places.
    fn read(octets: &[u8], cuts: &[usize]) -> Result<Whole, Fault> {
        let (mut chunks, mut body) = (Chunks::new(), Vec::new());
        let mut rest = Bytes::copy_from_slice(octets);
        let mut cuts = cuts.iter();
        let mut piece = Bytes::new();
        loop {
            match chunks.next(&mut piece)? {
                Piece::Data(data) => {
                    assert!(!data.is_empty());
                    body.extend_from_slice(&data);
                }
                Piece::End(trailers) => {
                    return Ok((body, trailers, [&piece[..], &rest[..]].concat()));
                }
                Piece::More if rest.is_empty() => panic!("it has no end"),
                Piece::More => {
                    let cut = cuts.next().copied().unwrap_or(rest.len());
                    piece = rest.split_to(cut.clamp(1, rest.len()));
                }
            }
        }
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for octets in [
            "3\nabc\r\n0\r\n\r\n",
            "3\r\nabc\n0\r\n\r\n",
            "3\r\nabcd\r\n0\r\n\r\n",
            "\r\nabc\r\n0\r\n\r\n",
            ";x\r\nabc\r\n0\r\n\r\n",
            "-3\r\nabc\r\n0\r\n\r\n",
            "0x3\r\nabc\r\n0\r\n\r\n",
            "g\r\n",
            "10000000000000003\r\nabc",
            "3;a\nb\r\nabc\r\n0\r\n\r\n",
            "3 4\r\nabc\r\n0\r\n\r\n",
            "3;x\u{1}\r\nabc\r\n0\r\n\r\n",
            "0\r\n\nGET",
            "0\r\nno colon\r\n\r\n",
            "0\r\n a: b\r\n\r\n",
        ] {
            assert!(read(octets.as_bytes(), &[]).is_err(), "{octets:?}");
        }
    }

    #[test]
    fn extensions_and_trailers_are_bounded() {
        let long = "x".repeat(EXTRAS);
        for octets in [format!("3;{long}y\r\nabc\r\n0\r\n\r\n"), format!("0\r\na: {long}\r\n\r\n")]
        {
            assert_eq!(read(octets.as_bytes(), &[]), Err(Fault::TooMuch));
        }
    }

    #[test]
    fn trailers_are_given() {
        let (_, trailers, rest) = read(b"0\r\na: b\r\nA: c\r\n\r\nGET", &[]).unwrap();
        let values: Vec<_> = trailers.as_ref().unwrap().get_all("a").iter().collect();
        assert_eq!(values, ["b", "c"]);
        assert_eq!(rest, b"GET");
    }

    proptest! {
        #[test]
        fn whatever_the_cuts_the_body_is_the_same(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6),
            extension in "(;[a-z]{1,5}(=[a-z]{1,5})?)?",
            cuts in prop::collection::vec(1_usize..20, 0..40),
            behind in "[A-Z]{0,8}",
        ) {
            let mut octets = Vec::new();
            for piece in &pieces {
                octets.extend_from_slice(format!("{:x}{extension}\r\n", piece.len()).as_bytes());
                octets.extend_from_slice(piece);
                octets.extend_from_slice(b"\r\n");
            }
            octets.extend_from_slice(b"0\r\n\r\n");
            octets.extend_from_slice(behind.as_bytes());
            let (body, trailers, rest) = read(&octets, &cuts).unwrap();
            prop_assert_eq!(body, pieces.concat());
            prop_assert_eq!(trailers, None);
            prop_assert_eq!(rest, behind.into_bytes());
        }

        #[test]
        fn nothing_panics(octets in prop::collection::vec(prop::sample::select(b"0123afAF;\r\n :x".to_vec()), 0..60)) {
            let mut chunks = Chunks::new();
            let mut octets = Bytes::from(octets);
            while let Ok(Piece::Data(_)) = chunks.next(&mut octets) {}
        }
    }
}
