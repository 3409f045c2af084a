//! Routing: the compiled rules, and those who read them one by one, take the same way.

use wirepath_runtime::config::Env;
use wirepath_smpp::{
    config::{RoutingConfig, Rule, SmppConfig, Step},
    routing::{Query, Router},
};

use crate::Octets;

/// What addresses are made of here: few different octets, so that much is shared.
const ALPHABET: &[u8] = b"0123+9A/:*";

/// The target: rules and questions from the octets, and the octets as the text behind `routing:`.
pub fn any_rules(data: &[u8]) {
    let mut octets = Octets::new(data);
    let mut config = RoutingConfig::default();
    let count = usize::from(octets.next_u8() % 64);
    config.rules = (0..count).map(|_| rule(&mut octets)).collect();
    let mut questions = Vec::new();
    while !octets.is_empty() && questions.len() < 64 {
        questions.push([address(&mut octets), address(&mut octets), address(&mut octets)]);
    }
    agrees(&config, &questions);
    loads(data);
}

fn address(octets: &mut Octets<'_>) -> Vec<u8> {
    let length = usize::from(octets.next_u8() % 18);
    let of = |octet: &u8| ALPHABET.get(usize::from(*octet) % ALPHABET.len()).copied();
    octets.take(length).iter().filter_map(of).collect()
}

fn rule(octets: &mut Octets<'_>) -> Rule {
    let text = |octets: &mut Octets<'_>| String::from_utf8_lossy(&address(octets)).into_owned();
    let mut rule = Rule::new(text(octets));
    let kind = octets.next_u8();
    rule.source = (kind & 1 != 0).then(|| text(octets));
    rule.esme = (kind & 2 != 0).then(|| text(octets));
    rule.chain = vec![Step::Queue];
    rule
}

fn loads(data: &[u8]) {
    let text = format!("routing: {}", String::from_utf8_lossy(data));
    let Ok(config) = SmppConfig::from_str(&text, "smpp.yaml", &Env::empty()) else { return };
    // Questions that have a chance to be answered.
    let rules = config.routing.rules.iter().take(64);
    let questions: Vec<_> = rules
        .map(|rule| {
            let mut destination = rule.prefix.clone().into_bytes();
            destination.extend(b"123");
            let source = rule.source.clone().unwrap_or_default().into_bytes();
            [destination, source, rule.esme.clone().unwrap_or_default().into_bytes()]
        })
        .collect();
    agrees(&config.routing, &questions);
}

/// # Panics
///
/// If the router takes another rule than the first one of the longest prefix whose conditions hold, tries a step twice or
/// never, or explains another way than it takes.
pub fn agrees(config: &RoutingConfig, questions: &[[Vec<u8>; 3]]) {
    let router = Router::compile(config);
    for [destination, source, esme] in questions {
        let query = Query::new(destination).source(source).esme(esme);
        let expected = scan(config, &query);
        let explained = router.explain(&query);
        assert_eq!(explained.rule(), expected, "{query:?}");
        assert!(explained.to_string().ends_with('\n'));
        let found = router.route(&query);
        let rule = expected.and_then(|place| config.rules.get(place));
        assert!(
            match (found.rule(), rule) {
                (Some(found), Some(rule)) => found == rule,
                (found, rule) => found.is_none() && rule.is_none(),
            },
            "{query:?}"
        );
        let route = found.to_route();
        assert_eq!(route.steps(), explained.steps(), "{query:?}");
        let chain = rule.map(|rule| &rule.chain).filter(|chain| !chain.is_empty());
        let chain = chain.unwrap_or(&config.default_chain);
        let sorted = |steps: &[Step]| {
            let mut steps: Vec<String> = steps.iter().map(Step::to_string).collect();
            steps.sort();
            steps
        };
        assert_eq!(sorted(route.steps()), sorted(chain), "{query:?}");
    }
}

/// The rule that a reader of the documentation would pick.
fn scan(config: &RoutingConfig, query: &Query<'_>) -> Option<usize> {
    let holds = |rule: &Rule| {
        query.destination.starts_with(rule.prefix.as_bytes())
            && rule.source.as_ref().is_none_or(|source| query.source.starts_with(source.as_bytes()))
            && rule.esme.as_ref().is_none_or(|esme| query.esme == esme.as_bytes())
    };
    let rules = config.rules.iter().enumerate().filter(|(_, rule)| holds(rule));
    let longest = rules.reduce(|best, rule| match rule.1.prefix.len() > best.1.prefix.len() {
        true => rule,
        false => best,
    });
    longest.map(|(place, _)| place)
}
