//! What is wrong with what a client sent.

use http::StatusCode;

/// Why a request cannot be read. What follows it on the connection means nothing any more: it is answered, and the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The first line is none of a request (RFC 9112 §3).
    #[error("the request line is malformed")]
    RequestLine,
    /// HTTP, but not 1.0 or 1.1.
    #[error("this is no version of HTTP that this server speaks")]
    Version,
    /// What is asked for is longer than a URI can be: 65,534 octets.
    #[error("the target is too long")]
    LongTarget,
    /// A field has octets that it may not have, or has no colon behind its name (RFC 9112 §5).
    #[error("a header field is malformed")]
    Field,
    /// A line ends with a bare LF (RFC 9112 §2.2).
    #[error("a line of the head ends without CR")]
    BareLf,
    /// The head passes the limit in octets, or in fields.
    #[error("the head of the request is too long, or has too many fields")]
    TooMuch,
    /// A length that is no number, or two that differ (RFC 9112 §6.3).
    #[error("Content-Length is no length")]
    Length,
    /// A length and a coding (RFC 9112 §6.1).
    #[error("a request with Transfer-Encoding cannot have Content-Length, too")]
    LengthAndCoding,
    /// The last coding is not `chunked`, or the client speaks HTTP/1.0: nobody knows where the body ends (RFC 9112 §6.3).
    #[error("the last of the transfer codings has to be `chunked`")]
    Endless,
    /// Something else than `chunked` alone.
    #[error("of the transfer codings this server takes `chunked` alone")]
    Coding,
    /// Something else than `100-continue` (RFC 9110 §10.1.1).
    #[error("of the expectations this server knows `100-continue` alone")]
    Expectation,
    /// More than the request for an upgrade, before it is answered.
    #[error("nothing may follow a request for an upgrade before its answer")]
    Early,
    /// The size of a chunk, its end, or what stands behind the last one (RFC 9112 §7.1).
    #[error("the chunks of the body are malformed")]
    Chunk,
}

impl Fault {
    /// What the client is told.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Version => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            Self::LongTarget => StatusCode::URI_TOO_LONG,
            Self::TooMuch => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Coding => StatusCode::NOT_IMPLEMENTED,
            Self::Expectation => StatusCode::EXPECTATION_FAILED,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}
