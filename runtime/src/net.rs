//! Lists of networks, to allow or to trust.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

/// A list of networks in CIDR form (`10.0.0.0/8`, `2001:db8::/32`); a plain address is a network of
/// one.
///
/// IPv4 addresses that are mapped into IPv6 (`::ffff:10.1.2.3`) are treated as IPv4 on both sides, so
/// a listener on `[::]` and one on `0.0.0.0` decide alike.
///
/// In configuration it is a list of strings, or one string with commas (which can then come from one
/// environment variable).
///
/// # Examples
///
/// ```
/// use wirepath_runtime::net::Networks;
///
/// let networks = Networks::parse(["10.0.0.0/8", "192.0.2.7"])?;
/// assert!(networks.contains("10.20.30.40".parse().unwrap()));
/// assert!(networks.contains("::ffff:192.0.2.7".parse().unwrap()));
/// assert!(!networks.contains("192.0.2.8".parse().unwrap()));
/// # Ok::<(), wirepath_runtime::net::NetworkError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// A text that is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an address nor a network such as 10.0.0.0/8")]
pub struct NetworkError(String);

impl Networks {
    /// Parses a list.
    ///
    /// # Errors
    ///
    /// If a text is neither an address nor a network; the error names it.
    pub fn parse<I>(networks: I) -> Result<Self, NetworkError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        networks
            .into_iter()
            .map(|text| parse_one(text.as_ref()))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether the address lies in one of the networks. An empty list contains nothing.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether the list holds no network.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The networks, in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = IpNet> + '_ {
        self.0.iter().copied()
    }
}

fn parse_one(text: &str) -> Result<IpNet, NetworkError> {
    let trimmed = text.trim();
    let network = IpNet::from_str(trimmed)
        .or_else(|_| IpAddr::from_str(trimmed).map(IpNet::from))
        .map_err(|_| NetworkError(text.to_owned()))?;
    Ok(unmapped(network))
}

/// `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
fn unmapped(network: IpNet) -> IpNet {
    if let IpNet::V6(v6) = network
        && let Some(v4) = v6.addr().to_ipv4_mapped()
        && let Some(length) = v6.prefix_len().checked_sub(96)
        && let Ok(v4) = Ipv4Net::new(v4, length)
    {
        return IpNet::V4(v4);
    }
    network
}

impl FromIterator<IpNet> for Networks {
    fn from_iter<I: IntoIterator<Item = IpNet>>(networks: I) -> Self {
        Self(networks.into_iter().map(unmapped).collect())
    }
}

impl<'de> Deserialize<'de> for Networks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Networks;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of addresses or networks such as 10.0.0.0/8")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Networks, E> {
                Networks::parse(text.split(',').filter(|part| !part.trim().is_empty()))
                    .map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Networks, A::Error> {
                let mut networks = Vec::new();
                while let Some(Network(network)) = list.next_element()? {
                    networks.push(network);
                }
                Ok(Networks(networks))
            }
        }

        deserializer.deserialize_any(List)
    }
}

/// One entry of a list, parsed where it stands so that an error has the entry's own place.
struct Network(IpNet);

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_one(&text).map(Self).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Document, Env};

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn mapped_addresses_are_ipv4_on_both_sides() {
        let v4 = Networks::parse(["10.0.0.0/8"]).unwrap();
        assert!(v4.contains(ip("::ffff:10.1.1.1")));
        let mapped = Networks::parse(["::ffff:10.0.0.0/104", "::ffff:192.0.2.1"]).unwrap();
        assert!(mapped.contains(ip("10.1.1.1")));
        assert!(mapped.contains(ip("192.0.2.1")));
        assert!(!mapped.contains(ip("192.0.2.2")));
    }

    #[test]
    fn families_do_not_mix() {
        let all_v6 = Networks::parse(["::/0"]).unwrap();
        assert!(all_v6.contains(ip("2001:db8::1")));
        assert!(!all_v6.contains(ip("10.0.0.1")));
    }

    #[test]
    fn an_empty_list_contains_nothing() {
        assert!(!Networks::default().contains(ip("127.0.0.1")));
        assert!(Networks::default().is_empty());
    }

    #[test]
    fn what_is_no_network_is_named() {
        for bad in ["", "10.0.0.0/33", "10.0.0", "localhost", "10.0.0.0/8/8"] {
            let error = Networks::parse([bad]).unwrap_err().to_string();
            assert!(error.contains(&format!("`{bad}`")), "{error}");
        }
    }

    #[test]
    fn from_configuration_a_list_or_a_text_with_commas() {
        let load = |text| {
            let env = Env::from_iter([("ALLOWED", "10.0.0.0/8, 192.0.2.1")]);
            Document::parse(text, "c.yaml", &env).unwrap().root().load::<Networks>()
        };
        let both = Networks::parse(["10.0.0.0/8", "192.0.2.1"]).unwrap();
        for text in ["[10.0.0.0/8, 192.0.2.1]", "- 10.0.0.0/8\n- 192.0.2.1\n", "${ALLOWED}"] {
            assert_eq!(load(text).unwrap(), both, "{text}");
        }
        for text in ["[10.0.0.0/33]", "x", "{a: b}", "[[10.0.0.1]]"] {
            assert!(load(text).is_err(), "{text}");
        }
    }
}
