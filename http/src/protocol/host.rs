//! The field `Host`.

use super::octets::{alphanumeric_and, are_all};

/// Whether a field `Host` has the octets of a host and a port (RFC 3986 §3.2.2), or none: who has no name for us says so.
pub(crate) fn is_host(host: &[u8]) -> bool {
    are_all(host, &IN_A_HOST)
}

static IN_A_HOST: [bool; 256] = alphanumeric_and(b"-._~%!$&'()*+;=:[]");
