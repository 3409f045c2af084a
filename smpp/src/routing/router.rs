//! From the configuration to the way of a message.

use std::collections::HashMap;

use crate::config::{FailoverOn, RoutingConfig, Rule, Step};

use super::explain::{Explanation, PassedOver};
use super::rule::{Failures, Way, unmet};
use super::{Found, PrefixTable, Query};

/// The rules of the key `routing`, compiled.
///
/// The rule with the longest prefix that the destination starts with is the first to be looked at. Of those with one prefix the
/// first whose conditions hold is taken; if there is none, those of the next shorter prefix are looked at. What no rule takes
/// goes by the default chain.
///
/// It is asked from as many tasks as want to: `&self` everywhere, and the turns are atomic. A changed configuration is compiled
/// anew, and its turns begin with the first step. It holds a copy of the configuration and, for each rule, less than a hundred
/// octets more, with eight for each turn: at most 6,400 of them, if 64 steps have a weight of 100. Rules of one prefix are looked
/// at one by one.
///
/// # Examples
///
/// ```
/// use wirepath_smpp::config::{RoutingConfig, Rule, Step};
/// use wirepath_smpp::routing::{Query, Router};
///
/// let mut rule = Rule::new("316");
/// rule.source = Some("SHOP".into());
/// rule.chain = vec![Step::Bind("alpha".into())];
/// let mut config = RoutingConfig::default();
/// config.default_chain = vec![Step::Queue];
/// config.rules = vec![rule];
/// let router = Router::compile(&config);
///
/// let query = Query::new("31612345678");
/// assert!(router.route(&query).steps().eq([&Step::Queue]));
/// assert!(router.route(&query.source("SHOP")).steps().eq([&Step::Bind("alpha".into())]));
/// assert_eq!(
///     router.explain(&query).to_string(),
///     "to 31612345678\n\
///      \x20 passed over: routing.rules[0] (prefix `316`): the source does not start with `SHOP`\n\
///      \x20 taken: the default chain, since no rule is left\n\
///      \x20 1. queue\n\
///      \x20 the next step is tried after: down, temporary\n"
/// );
/// ```
#[derive(Debug, Default)]
pub struct Router {
    config: RoutingConfig,
    /// The different chains that there are, the default one first.
    chains: Vec<Box<[Step]>>,
    /// By prefix, those of one prefix in the order of the configuration.
    ways: Vec<Way>,
    /// The first one of a prefix.
    table: PrefixTable<u32>,
}

impl Router {
    /// Compiles rules. What loading has not checked does no harm: unknown names stay names, weights are taken as 1 to 100, and a
    /// chain that is too long to be balanced is followed as it is written.
    pub fn compile(config: &RoutingConfig) -> Self {
        let rules = &config.rules;
        // Many rules have few chains. Kept once, they are where a processor has them at hand.
        let mut chains = vec![config.default_chain.clone().into_boxed_slice()];
        let mut places = HashMap::from([(config.default_chain.as_slice(), 0)]);
        let mut ways: Vec<Way> = Vec::with_capacity(rules.len());
        for (place, rule) in rules.iter().enumerate() {
            let chain = if rule.chain.is_empty() { &*config.default_chain } else { &*rule.chain };
            let chain_place = *places.entry(chain).or_insert_with(|| {
                chains.push(chain.into());
                chains.len().saturating_sub(1)
            });
            ways.push(Way::new((place, rule), (chain_place, chain)));
        }
        let prefix = |way: &Way| rules.get(way.rule).map(|rule| rule.prefix.as_bytes());
        // Stable: those of one prefix stay in their order.
        ways.sort_by(|a, b| prefix(a).cmp(&prefix(b)));
        let mut firsts: Vec<(&[u8], u32)> = Vec::new();
        for (group, place) in
            ways.chunk_by_mut(|a, b| prefix(a) == prefix(b)).scan(0_u32, |end, group| {
                let place = *end;
                // More rules than that are in no file.
                *end = end.saturating_add(u32::try_from(group.len()).unwrap_or(u32::MAX));
                Some((group, place))
            })
        {
            if let Some(last) = group.last_mut() {
                last.is_last = true;
                firsts.extend(prefix(last).map(|prefix| (prefix, place)));
            }
        }
        let table = PrefixTable::build(firsts);
        Self { config: config.clone(), chains, ways, table }
    }

    /// The way of a message, and a turn taken where the rule has turns.
    pub fn route(&self, query: &Query<'_>) -> Found<'_> {
        let found = self.candidates(query).find(|(way, rule)| unmet(way, rule, query).is_none());
        self.by(found, Way::take)
    }

    /// Why a message would go which way now. No turn is taken.
    pub fn explain(&self, query: &Query<'_>) -> Explanation {
        let mut passed_over = Vec::new();
        let mut taken = None;
        for (way, rule) in self.candidates(query) {
            match unmet(way, rule, query) {
                Some(unmet) => passed_over.push(PassedOver::new(way.rule, rule, unmet)),
                None => {
                    taken = Some((way, rule));
                    break;
                }
            }
        }
        Explanation::new(query, passed_over, taken, self.by(taken, Way::next))
    }

    /// What it was compiled from.
    pub fn config(&self) -> &RoutingConfig {
        &self.config
    }

    /// The rules whose prefix matches, in the order in which they are looked at.
    fn candidates(&self, query: &Query<'_>) -> impl Iterator<Item = (&Way, &Rule)> {
        let groups = self.table.matches(query.destination).filter_map(|&first| {
            let ways = self.ways.get(usize::try_from(first).ok()?..)?;
            let others = ways.iter().take_while(|way| !way.is_last).count();
            ways.get(..=others)
        });
        groups.flatten().filter_map(|way| Some((way, self.config.rules.get(way.rule)?)))
    }

    fn by<'r>(
        &'r self,
        found: Option<(&'r Way, &'r Rule)>,
        turn: impl Fn(&Way) -> usize,
    ) -> Found<'r> {
        match found {
            Some((way, rule)) => Found {
                rule: Some(rule),
                chain: self.chains.get(way.chain).map_or(&[], |chain| chain),
                turns: &way.turns,
                turn: turn(way),
                failures: way.failures,
            },
            None => Found {
                rule: None,
                chain: &self.config.default_chain,
                turns: &[],
                turn: 0,
                failures: Failures::new(&FailoverOn::DEFAULT),
            },
        }
    }
}
