//! The field `Host`.

use super::octets::Set;

/// Whether a field `Host` has the octets of a host and a port (RFC 3986 §3.2.2), or none: who has no name for us says so.
pub(crate) fn is_host(host: &[u8]) -> bool {
    IN_A_HOST.has_all(host)
}

static IN_A_HOST: Set = Set::alphanumeric_and(b"-._~%!$&'()*+;=:[]");
