//! Forms with files in them: `multipart/form-data` (RFC 7578), streamed.

mod gate;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};

use self::gate::{Gate, HeadTooLong};
use super::ReadBody;
use crate::{Arrived, BodyError, Refusal};

/// A `multipart/form-data` body, part by part as it comes in.
///
/// ```
/// use wirepath_http::{Multipart, Refusal, post, routes, testing::Client};
///
/// #[post("/photos")]
/// async fn photos(form: Multipart) -> Result<String, Refusal> {
///     let mut form = form.max_parts(8).max_part_bytes(10 << 20);
///     let (mut files, mut octets) = (0, 0);
///     while let Some(mut field) = form.next().await? {
///         files += usize::from(field.file_name().is_some());
///         while let Some(piece) = field.chunk().await? {
///             octets += piece.len();
///         }
///     }
///     Ok(format!("{files} of {octets} octets"))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let body = "--x\r\ncontent-disposition: form-data; name=\"a\"; filename=\"a.png\"\r\n\r\nabc\r\n--x--\r\n";
/// let asking = Client::new(routes![photos], ());
/// let asking = asking.post("/photos").header("content-type", "multipart/form-data; boundary=x");
/// assert_eq!(asking.body(body).send().await.text(), "1 of 3 octets");
/// # }
/// ```
///
/// Refused are, as an argument: 415 for another type, 400 without a boundary of 1 to 70 octets. Later, as the [`Refusal`]s
/// that [`next`](Self::next) and the methods of [`Field`] return: 400 for a body that is cut short or malformed, 413 above the
/// listener's `max_body_bytes`, which is the limit of all parts together, and above the limits that are set here.
///
/// Nothing is read ahead: memory holds one piece of the body as it came from the connection (at most about 400 KiB), and at
/// most 16 KiB of a part's head. A part that is not read is skipped.
#[derive(Debug)]
pub struct Multipart {
    form: multer::Multipart<'static>,
    gate: Arc<Gate>,
    /// The part that was given out last, and how many octets it may still have.
    current: Option<(multer::Field<'static>, usize)>,
    parts_left: usize,
    max_part_bytes: usize,
}

/// A part of a [`Multipart`]: a field of the form, or a file.
#[derive(Debug)]
pub struct Field<'m> {
    field: &'m mut multer::Field<'static>,
    left: &'m mut usize,
    gate: &'m Gate,
}

impl Multipart {
    /// Parts of one body, if [`max_parts`](Self::max_parts) does not say otherwise.
    pub const MAX_PARTS: usize = 100;
    /// Octets of a part's head.
    pub const MAX_HEAD: usize = 16 << 10;

    /// How many parts there may be. Default: [`MAX_PARTS`](Self::MAX_PARTS).
    #[must_use]
    pub fn max_parts(mut self, count: usize) -> Self {
        self.parts_left = count;
        self
    }

    /// How many octets each part may have. Default: as many as the body.
    #[must_use]
    pub fn max_part_bytes(mut self, octets: usize) -> Self {
        self.max_part_bytes = octets;
        self
    }

    /// The next part; `None` after the last one.
    ///
    /// # Errors
    ///
    /// The answer to give: 400 or 413. There is nothing more to read then.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the next call goes on.
    pub async fn next(&mut self) -> Result<Option<Field<'_>>, Refusal> {
        // What the handler left of the part before; it still has its limit.
        if let Some((field, left)) = &mut self.current {
            let mut field = Field { field, left, gate: &self.gate };
            while field.chunk().await?.is_some() {}
        }
        self.current = None;
        self.gate.head();
        let Some(field) =
            self.gate.pass(self.form.next_field()).await.map_err(|error| refusal(&error))?
        else {
            return Ok(None);
        };
        self.parts_left = self.parts_left.checked_sub(1).ok_or_else(|| {
            Refusal::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the form has more parts than are taken here",
            )
        })?;
        let (field, left) = self.current.insert((field, self.max_part_bytes));
        Ok(Some(Field { field, left, gate: &self.gate }))
    }
}

impl Field<'_> {
    /// The field's name; none if the client has left it out.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.field.name()
    }

    /// The file's name, if it is a file, as the client wrote it: it may be a path, and lead anywhere.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.field.file_name()
    }

    /// The type that the client gives it: `image/png`.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.field.content_type().map(AsRef::as_ref)
    }

    /// All of its head.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.field.headers()
    }

    /// How many octets are still to come at most, in place of what [`Multipart::max_part_bytes`] says.
    #[must_use]
    pub fn max_bytes(self, octets: usize) -> Self {
        *self.left = octets;
        self
    }

    /// The next piece, as long as it came; `None` at the end.
    ///
    /// # Errors
    ///
    /// The answer to give: 400 or 413.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the next call goes on.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Refusal> {
        self.gate.data();
        let Some(piece) =
            self.gate.pass(self.field.chunk()).await.map_err(|error| refusal(&error))?
        else {
            return Ok(None);
        };
        *self.left = self.left.checked_sub(piece.len()).ok_or_else(|| {
            Refusal::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "a part of the form is longer than is taken here",
            )
        })?;
        Ok(Some(piece))
    }

    /// All that is still to come, in memory: set a limit with [`max_bytes`](Self::max_bytes) where the listener's is high.
    ///
    /// # Errors
    ///
    /// The answer to give: 400 or 413.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: what has been read is lost.
    pub async fn bytes(&mut self) -> Result<Bytes, Refusal> {
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.chunk().await? else { return Ok(first) };
        let mut all = Vec::from(first);
        all.extend_from_slice(&second);
        while let Some(piece) = self.chunk().await? {
            all.extend_from_slice(&piece);
        }
        Ok(all.into())
    }

    /// The same as text.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes), and 400 if it is not UTF-8.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: what has been read is lost.
    pub async fn text(&mut self) -> Result<String, Refusal> {
        String::from_utf8(self.bytes().await?.into())
            .map_err(|_| bad("a field of the form is not UTF-8"))
    }
}

impl ReadBody for Multipart {
    async fn read(arrived: &mut Arrived) -> Result<Self, Refusal> {
        let boundary = boundary(arrived.header(&CONTENT_TYPE))?;
        let (gate, stream) = Gate::before(std::mem::take(arrived.body_mut()));
        Ok(Self {
            form: multer::Multipart::new(stream, boundary),
            gate,
            current: None,
            parts_left: Self::MAX_PARTS,
            max_part_bytes: usize::MAX,
        })
    }
}

/// What stands between the parts (RFC 2046 §5.1.1).
fn boundary(content_type: Option<&[u8]>) -> Result<String, Refusal> {
    const LONGEST: usize = 70;

    let value = content_type.and_then(|value| std::str::from_utf8(value).ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    match multer::parse_boundary(value) {
        Ok(boundary) if (1..=LONGEST).contains(&boundary.len()) && boundary.is_ascii() => {
            Ok(boundary)
        }
        Ok(_) => Err(bad("the boundary of a form is 1 to 70 ASCII characters long")),
        Err(_) if essence.eq_ignore_ascii_case("multipart/form-data") => Err(bad(
            "the boundary is missing or malformed: `content-type: multipart/form-data; boundary=…`; what sends forms sets it by itself",
        )),
        Err(_) => Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "expected a form: send it with `content-type: multipart/form-data; boundary=…`",
        )),
    }
}

#[cold]
fn refusal(error: &multer::Error) -> Refusal {
    let broken = match error {
        multer::Error::StreamReadFailed(error) => error,
        multer::Error::IncompleteStream | multer::Error::IncompleteFieldData { .. } => {
            return bad("the form ends before its last boundary, or a boundary is malformed");
        }
        _ => return bad("a part of the form has a malformed head"),
    };
    if broken.is::<HeadTooLong>() {
        return bad("the head of a part is longer than 16 KiB, or no boundary comes");
    }
    match broken.downcast_ref() {
        Some(BodyError::TooLarge) => Refusal::from(BodyError::TooLarge),
        _ => bad("the body cannot be read"),
    }
}

#[cold]
fn bad(detail: &'static str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, detail)
}
