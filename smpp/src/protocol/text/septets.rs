//! Septets in octets (3GPP TS 23.038 §6.1.2.1), with fill bits for what follows a user data header.
//!
//! SMPP peers put one septet into one octet, and the SMSC packs them for the air. Some peers want them packed already.
//!
//! ```
//! use wirepath_smpp::text::septets;
//!
//! assert_eq!(septets::pack(b"hellohello", 0), b"\xE8\x32\x9B\xFD\x46\x97\xD9\xEC\x37");
//! assert_eq!(septets::unpack(b"\xE8\x32\x9B\xFD\x46\x97\xD9\xEC\x37", 0), b"hellohello");
//! ```

/// The padding of [`pack_cr`], a carriage return.
const CR: u8 = 0x0D;

/// How many fill bits follow a header of so many octets, its length octet included: the text starts on a septet
/// boundary (3GPP TS 23.040 §9.2.3.24).
///
/// ```
/// use wirepath_smpp::text::septets::fill_bits;
///
/// assert_eq!((fill_bits(0), fill_bits(6), fill_bits(7)), (0, 1, 0));
/// ```
#[must_use]
pub const fn fill_bits(header: usize) -> u8 {
    // A header of n octets ends n bits behind a septet boundary, as 8 is 7 + 1.
    match header % 7 {
        0 => 0,
        1 => 6,
        2 => 5,
        3 => 4,
        4 => 3,
        5 => 2,
        _ => 1,
    }
}

/// How many octets that many septets take, behind fill bits.
///
/// ```
/// use wirepath_smpp::text::septets::octets;
///
/// assert_eq!((octets(160, 0), octets(153, 1)), (140, 134));
/// ```
#[must_use]
pub const fn octets(septets: usize, fill: u8) -> usize {
    if septets == 0 {
        return 0;
    }
    // Eight septets are seven octets; the rest is too small to overflow.
    let rest = (septets % 8) * 7 + (fill % 7) as usize;
    (septets / 8).saturating_mul(7).saturating_add(rest.div_ceil(8))
}

/// Packs septets behind `fill` zero bits (0 to 6; above, modulo 7). Bits that are left over are zero.
///
/// The eighth bit of a septet is ignored. Where 7 bits are left over, only a count of septets beside the octets says that
/// there is no `@` at the end: SMS has one, SMPP has none. See [`pack_cr`].
#[must_use]
pub fn pack(septets: &[u8], fill: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets(septets.len(), fill));
    let mut bits = u32::from(fill % 7);
    let mut held = 0_u16;
    for septet in septets {
        // At most 7 bits are held, so there is room for 7 more.
        held |= u16::from(septet & 0x7F) << bits;
        bits += 7;
        if bits >= 8 {
            let [low, high] = held.to_le_bytes();
            out.push(low);
            held = u16::from(high);
            bits -= 8;
        }
    }
    if bits > 0 && !septets.is_empty() {
        let [low, _] = held.to_le_bytes();
        out.push(low);
    }
    out
}

/// Unpacks every whole septet behind `fill` bits (0 to 6; above, modulo 7).
///
/// What has 8n − 1 septets unpacks to 8n, the last of them the padding: see [`unpack_cr`].
#[must_use]
pub fn unpack(octets: &[u8], fill: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len().saturating_add(octets.len() / 7 + 1));
    let mut skip = u32::from(fill % 7);
    let (mut held, mut bits) = (0_u16, 0_u32);
    for &octet in octets {
        // At most 6 bits are held, so there is room for 8 more.
        held |= u16::from(octet) << bits;
        bits += 8;
        held >>= skip;
        bits -= skip;
        skip = 0;
        while bits >= 7 {
            let [low, _] = held.to_le_bytes();
            out.push(low & 0x7F);
            held >>= 7;
            bits -= 7;
        }
    }
    out
}

/// Packs septets so that the octets alone say how many there are (§6.1.2.3.1).
///
/// Where 7 bits are left over they are a carriage return, as zeros would be an `@`. A carriage return of the text that
/// ends with an octet gets another one behind it.
///
/// ```
/// use wirepath_smpp::text::septets;
///
/// assert_eq!(septets::pack_cr(b"1234567", 0), b"\x31\xD9\x8C\x56\xB3\xDD\x1A");
/// assert_eq!(septets::unpack_cr(b"\x31\xD9\x8C\x56\xB3\xDD\x1A", 0), b"1234567");
/// ```
#[must_use]
pub fn pack_cr(septets: &[u8], fill: u8) -> Vec<u8> {
    let used = (u32::from(fill % 7) + bits_over(septets.len())) % 8;
    let ends_with_cr = septets.last().is_some_and(|septet| septet & 0x7F == CR);
    match septets.is_empty() {
        false if used == 1 || (used == 0 && ends_with_cr) => pack(&[septets, &[CR]].concat(), fill),
        _ => pack(septets, fill),
    }
}

/// Unpacks what [`pack_cr`] packed: a carriage return that ends with the last octet is padding.
///
/// One that was doubled stays double, which "will not result in misoperation" (§6.1.2.3.1).
#[must_use]
pub fn unpack_cr(octets: &[u8], fill: u8) -> Vec<u8> {
    let mut septets = unpack(octets, fill);
    let aligned = (u32::from(fill % 7) + bits_over(septets.len())).is_multiple_of(8);
    if aligned && septets.last() == Some(&CR) {
        septets.pop();
    }
    septets
}

/// By how many bits that many septets pass the last whole octet.
fn bits_over(septets: usize) -> u32 {
    u32::try_from(septets % 8).map_or(0, |rest| rest * 7 % 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn known_vectors() {
        for (text, packed) in [
            (&b"hellohello"[..], &hex!("E8329BFD4697D9EC37")[..]),
            (b"", b""),
            (b"A", &hex!("41")),
            (b"hello", &hex!("E8329BFD06")),
            (b"Tttt", &hex!("543A9D0E")),
            (b"12345678", &hex!("31D98C56B3DD70")),
        ] {
            assert_eq!(pack(text, 0), packed);
            assert_eq!(unpack(packed, 0), text);
        }
        // One fill bit behind a header of six octets.
        assert_eq!(pack(b"A", 1), hex!("82"));
        assert_eq!(unpack(&hex!("82"), 1), b"A");
    }

    #[test]
    fn every_length_behind_every_fill() {
        for fill in 0..=6 {
            for len in 0..=200_usize {
                let text: Vec<u8> = (0..len).map(|at| (at * 37 + 11) as u8 & 0x7F).collect();
                let packed = pack(&text, fill);
                let bits = len * 7 + usize::from(fill);
                assert_eq!(packed.len(), if len == 0 { 0 } else { bits.div_ceil(8) });
                assert_eq!(packed.len(), octets(len, fill));
                let unpacked = unpack(&packed, fill);
                assert_eq!(unpacked.get(..len), Some(&text[..]), "{len} septets, {fill} bits");
                assert!(unpacked.len() - len <= 1);
                if text.last() != Some(&CR) {
                    assert_eq!(unpack_cr(&pack_cr(&text, fill), fill), text, "{len}, {fill}");
                }
            }
        }
    }

    #[test]
    fn carriage_returns_at_the_end() {
        // 8n − 1 septets: the seven spare bits are the padding.
        assert_eq!(pack_cr(b"1234567", 0).last(), Some(&0x1A));
        // One that ends with an octet is doubled, and is read twice.
        let packed = pack_cr(b"1234567\r", 0);
        assert_eq!(packed.len(), 8);
        assert_eq!(unpack_cr(&packed, 0), b"1234567\r\r");
        // One elsewhere is text.
        assert_eq!(unpack_cr(&pack_cr(b"12\r", 0), 0), b"12\r");
        // An `@` in the eighth place is text too.
        assert_eq!(unpack_cr(&pack_cr(b"1234567\0", 0), 0), b"1234567\0");
    }

    #[test]
    fn fill_bits_reach_a_septet_boundary() {
        for header in 0..=140 {
            let fill = fill_bits(header);
            assert!(fill < 7);
            assert_eq!((header * 8 + usize::from(fill)) % 7, 0);
        }
    }
}
