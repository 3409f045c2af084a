//! What the client would like to get: `Accept` (RFC 9110 §12.5.1).

/// The most media ranges that are looked at. What is behind them is ignored.
pub const MAX_RANGES: usize = 32;

/// The place of the offer that the client likes best; of several that it likes alike, the first.
///
/// `lines` are the values of all `Accept` lines, `offers` media types such as `application/json`, without parameters. The
/// most specific range that fits an offer gives its weight: `text/html;q=0.5, */*` gives `text/html` a half and all
/// others one. Without a line, everything is liked alike. A range that is malformed counts as not sent, and so does one
/// with parameters other than `q`, since no offer has any; a weight that is malformed is 0, which refuses.
///
/// `None` if the client takes none of them: a 406, or something all the same (§15.5.7 leaves that open). Nothing is
/// allocated, and after [`MAX_RANGES`] the rest is ignored.
///
/// ```
/// use wirepath_http::protocol::accept;
///
/// let offers = ["application/problem+json", "text/plain"];
/// let best = |line: &'static str| accept::best([line.as_bytes()], &offers);
/// assert_eq!(best("text/*;q=0.9, */*;q=0.1"), Some(1));
/// assert_eq!(best("*/*"), Some(0));
/// assert_eq!(best("image/png"), None);
/// assert_eq!(accept::best([], &offers), Some(0));
/// ```
#[must_use]
pub fn best<'h, L>(lines: L, offers: &[&str]) -> Option<usize>
where
    L: IntoIterator<Item = &'h [u8], IntoIter: Clone>,
{
    let ranges = lines
        .into_iter()
        .flat_map(|line| line.split(|octet| *octet == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|range| !range.is_empty())
        .take(MAX_RANGES)
        .filter_map(Range::parse);
    // A header in which nothing is well-formed says nothing.
    if ranges.clone().next().is_none() {
        return (!offers.is_empty()).then_some(0);
    }
    let weight = |offer: &str| {
        let fitting = ranges.clone().filter_map(|range| Some((range.fits(offer)?, range.weight)));
        fitting.max_by_key(|(specific, _)| *specific).map_or(0, |(_, weight)| weight)
    };
    let mut best: Option<(usize, u16)> = None;
    for (place, offer) in offers.iter().enumerate() {
        let weight = weight(offer);
        if weight > best.map_or(0, |(_, best)| best) {
            best = Some((place, weight));
        }
    }
    best.map(|(place, _)| place)
}

/// A media range with its weight in thousandths.
#[derive(Copy, Clone, Debug)]
struct Range<'h> {
    kind: &'h [u8],
    subtype: &'h [u8],
    weight: u16,
}

impl<'h> Range<'h> {
    fn parse(text: &'h [u8]) -> Option<Self> {
        let mut parts = text.split(|octet| *octet == b';').map(<[u8]>::trim_ascii);
        let name = parts.next()?;
        let slash = memchr::memchr(b'/', name)?;
        let (kind, subtype) = (name.get(..slash)?, name.get(slash + 1..)?);
        let is_token = |text: &[u8]| !text.is_empty() && text.iter().all(|o| is_token_octet(*o));
        if !is_token(kind) || !is_token(subtype) || (kind == b"*" && subtype != b"*") {
            return None;
        }
        // What is behind the weight is an extension of RFC 7231, which RFC 9110 has dropped.
        let weight = match parts.find(|part| !part.is_empty()) {
            None => 1_000,
            Some([b'q' | b'Q', b'=', value @ ..]) => weight_of(value).unwrap_or(0),
            Some(_) => return None,
        };
        Some(Self { kind, subtype, weight })
    }

    /// How specific the range is for a type that it fits.
    fn fits(&self, offer: &str) -> Option<u8> {
        let (kind, subtype) = offer.split_once('/')?;
        match (self.kind, self.subtype) {
            (b"*", _) => Some(0),
            (one, b"*") if one.eq_ignore_ascii_case(kind.as_bytes()) => Some(1),
            (one, other) => (one.eq_ignore_ascii_case(kind.as_bytes())
                && other.eq_ignore_ascii_case(subtype.as_bytes()))
            .then_some(2),
        }
    }
}

/// `tchar` of RFC 9110 §5.6.2.
fn is_token_octet(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet)
}

/// `qvalue` of RFC 9110 §12.4.2, in thousandths: `0`, `0.5`, `1.000`.
fn weight_of(text: &[u8]) -> Option<u16> {
    let (first, rest) = text.split_first()?;
    let digits = match rest {
        [] => &[][..],
        [b'.', digits @ ..] if digits.len() <= 3 => digits,
        _ => return None,
    };
    let mut weight = match first {
        b'0' => 0,
        b'1' => 1_000,
        _ => return None,
    };
    for (digit, worth) in digits.iter().zip([100, 10, 1]) {
        digit.is_ascii_digit().then_some(())?;
        weight += u16::from(digit - b'0') * worth;
    }
    (weight <= 1_000).then_some(weight)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OFFERS: [&str; 3] = ["application/problem+json", "application/json", "text/plain"];

    fn choice(line: &str) -> Option<&'static str> {
        best([line.as_bytes()], &OFFERS).map(|place| OFFERS[place])
    }

    #[test]
    fn what_clients_send() {
        // curl, fetch(), Firefox, and somebody who wants text.
        for (line, expected) in [
            ("*/*", Some("application/problem+json")),
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                Some("application/problem+json"),
            ),
            ("text/plain", Some("text/plain")),
            ("text/plain, */*;q=0.1", Some("text/plain")),
            ("application/json", Some("application/json")),
            ("APPLICATION/JSON;Q=1", Some("application/json")),
            ("text/*", Some("text/plain")),
            ("application/json;q=0.2, text/plain;q=0.3", Some("text/plain")),
            ("image/png, video/*", None),
            ("text/plain;q=0", None),
            ("text/plain;q=0, text/*", None),
            ("*/*, text/plain;q=0, application/problem+json;q=0", Some("application/json")),
        ] {
            assert_eq!(choice(line), expected, "{line}");
        }
    }

    #[test]
    fn malformed_ranges_count_as_not_sent() {
        for line in ["", ",,", "text", "/", "text/", "*/plain", "te xt/plain", "text/plain;level=1"]
        {
            assert_eq!(choice(line), Some(OFFERS[0]), "{line}");
        }
        assert_eq!(choice("text, text/plain"), Some("text/plain"));
        for weight in ["", "2", "0.", "1.001", "0.1234", "-1", "0,5", "x"] {
            let line = format!("text/plain;q={weight}, application/json;q=0.001");
            assert_eq!(choice(&line), Some("application/json"), "{line}");
        }
        assert_eq!(choice("text/plain;q=x"), None);
    }

    #[test]
    fn weights() {
        for (text, expected) in
            [("0", 0), ("1", 1_000), ("0.", 0), ("0.5", 500), ("0.999", 999), ("1.000", 1_000)]
        {
            assert_eq!(weight_of(text.as_bytes()), Some(expected), "{text}");
        }
        for text in ["", "2", "1.001", "0.1234", "-1", "0,5", ".5", "0.x"] {
            assert_eq!(weight_of(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn several_lines_are_one_list() {
        let lines = [&b"image/png"[..], b"text/plain"];
        assert_eq!(best(lines, &OFFERS), Some(2));
        assert_eq!(best(lines, &[]), None);
        assert_eq!(best([], &[]), None);
    }

    #[test]
    fn only_so_many_ranges() {
        let long = "image/png,".repeat(MAX_RANGES - 1);
        assert_eq!(choice(&format!("{long}text/plain")), Some("text/plain"));
        assert_eq!(choice(&format!("{long}image/png,text/plain")), None);
    }

    /// All ranges in a list, sorted by how specific they are: the first that fits counts.
    fn model(ranges: &[(&str, u16)]) -> Option<&'static str> {
        let weight = |offer: &str| {
            let kind = format!("{}/*", offer.split('/').next().unwrap());
            let level = |level: &str| {
                ranges.iter().rev().find(|(range, _)| *range == level).map(|(_, weight)| *weight)
            };
            level(offer).or(level(&kind)).or(level("*/*")).unwrap_or(0)
        };
        if ranges.is_empty() {
            return Some(OFFERS[0]);
        }
        let heaviest =
            OFFERS.iter().map(|offer| weight(offer)).max().filter(|weight| *weight > 0)?;
        OFFERS.into_iter().find(|offer| weight(offer) == heaviest)
    }

    proptest! {
        #[test]
        fn agrees_with_the_model(
            ranges in proptest::collection::vec((
                proptest::sample::select(&[
                    "*/*", "text/*", "text/plain", "application/*", "application/json", "image/png",
                ][..]),
                0_u16..=1_000,
            ), 0..8)
        ) {
            let weighted = ranges.iter().map(|(range, weight)| match weight {
                1_000 => (*range).to_owned(),
                _ => format!("{range} ; q=0.{weight:03}"),
            });
            let line = weighted.collect::<Vec<_>>().join(" , ");
            prop_assert_eq!(choice(&line), model(&ranges), "{}", line);
        }

        #[test]
        fn any_octets(line in proptest::collection::vec(any::<u8>(), 0..64)) {
            prop_assert!(best([&line[..]], &OFFERS).is_none_or(|place| place < OFFERS.len()));
        }
    }
}
