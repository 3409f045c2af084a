use std::collections::HashMap;

use proptest::prelude::*;
use wirepath_runtime::config::Env;

use crate::Status;
use crate::config::{Balance, FailoverOn, RoutingConfig, Rule, SmppConfig, Step};

use super::*;

fn router(routing: &str) -> Router {
    let binds =
        ["a", "b", "c"].map(|name| format!("{{name: {name}, host: h, system_id: s, password: p}}"));
    let text = format!("binds: [{}]\nrouting: {routing}\n", binds.join(", "));
    Router::compile(&SmppConfig::from_str(&text, "smpp.yaml", &Env::empty()).unwrap().routing)
}

fn shown(route: Found<'_>) -> String {
    route.steps().map(Step::to_string).collect::<Vec<_>>().join(" ")
}

fn to<'r>(router: &'r Router, destination: &str) -> Found<'r> {
    router.route(&Query::new(destination))
}

#[test]
fn the_longest_prefix_wins_and_the_first_of_equal_ones() {
    let router = router(
        "{default_chain: [queue], rules: [\
           {prefix: 49, chain: ['bind:a'], name: de}, {prefix: 4917, chain: ['bind:b']}, \
           {prefix: 49, chain: ['bind:c']}, {prefix: 33}]}",
    );
    assert_eq!(to(&router, "4930").name(), Some("de"));
    for (destination, steps) in
        [("4930", "bind:a"), ("49171", "bind:b"), ("4", "queue"), ("331", "queue"), ("", "queue")]
    {
        assert_eq!(shown(to(&router, destination)), steps, "{destination}");
    }
    assert!(to(&router, "331").rule().is_some());
    assert!(to(&router, "1").rule().is_none());
}

#[test]
fn failover_keeps_the_order_of_the_chain() {
    let router = router(
        "{rules: [{prefix: '', chain: ['bind:b', 'bind:a', queue]}, \
                  {prefix: 1, chain: ['bind:a', 'bind:b'], failover_on: [throttled, permanent]}, \
                  {prefix: 2, chain: ['bind:a', 'bind:b'], failover_on: []}]}",
    );
    for _ in 0..3 {
        let route = to(&router, "999");
        assert_eq!(shown(route), "bind:b bind:a queue");
        assert_eq!(route.steps().len(), 3);
    }
    use FailoverOn::{Down, Permanent, Temporary, Throttled};
    for (destination, expected) in
        [("9", [true, false, true, false]), ("1", [false, true, false, true]), ("2", [false; 4])]
    {
        let route = to(&router, destination);
        let has = [Down, Throttled, Temporary, Permanent].map(|failure| route.fails_over(failure));
        assert_eq!(has, expected, "{destination}");
        let statuses = [Status::RTHROTTLED, Status::RSYSERR, Status::RINVDSTADR];
        assert_eq!(
            statuses.map(|status| route.fails_over_after(status)),
            expected[1..],
            "{destination}"
        );
        assert!(!route.fails_over_after(Status::ROK));
    }
}

#[test]
fn round_robin_is_fair_and_leaves_the_queue_in_its_place() {
    let router = router(
        "{rules: [{prefix: '', balance: round_robin, chain: ['bind:a', 'bind:b', queue, 'bind:c']}, \
                  {prefix: 1, balance: round_robin, chain: ['bind:a', queue]}]}",
    );
    let expected =
        ["bind:a bind:b queue bind:c", "bind:b bind:c queue bind:a", "bind:c bind:a queue bind:b"];
    for turn in 0..9 {
        assert_eq!(shown(to(&router, "7")), expected[turn % 3]);
        // Another rule has turns of its own.
        assert_eq!(shown(to(&router, "1")), "bind:a queue");
    }
}

#[test]
fn turns_are_shared_out_among_threads() {
    let router = router(
        "{rules: [{prefix: '', balance: round_robin, chain: ['bind:a', 'bind:b', 'bind:c']}]}",
    );
    let firsts: Vec<&Step> = std::thread::scope(|scope| {
        let take =
            || (0..300).map(|_| to(&router, "7").steps().next().unwrap()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(take)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    for step in router.config().rules[0].chain.iter() {
        assert_eq!(firsts.iter().filter(|first| **first == step).count(), 300, "{step}");
    }
}

#[test]
fn weights_are_kept_over_a_round_and_nearly_within_it() {
    let router = router(
        "{rules: [{prefix: '', balance: weighted, weight: {a: 5, c: 2}, \
                   chain: ['bind:a', 'bind:b', 'bind:c', queue]}]}",
    );
    let mut count = HashMap::new();
    for taken in 1..=8_000_u32 {
        let route = to(&router, "7");
        let steps: Vec<&Step> = route.steps().collect();
        assert_eq!(steps.len(), 4);
        assert_eq!(steps[3], &Step::Queue);
        assert!((1..4).all(|i| !steps[..i].contains(&steps[i])), "{steps:?}");
        *count.entry(steps[0].to_string()).or_insert(0_u32) += 1;
        for (name, weight) in [("bind:a", 5), ("bind:b", 1), ("bind:c", 2)] {
            let share = f64::from(taken * weight) / 8.0;
            let had = f64::from(count.get(name).copied().unwrap_or(0));
            assert!((had - share).abs() <= 1.5, "{name} after {taken}: {had}, not {share}");
        }
    }
    assert_eq!((count["bind:a"], count["bind:b"], count["bind:c"]), (5_000, 1_000, 2_000));
}

#[test]
fn conditions_are_looked_at_in_order_and_then_the_shorter_prefix() {
    let router = router(
        "{default_chain: [queue], rules: [\
           {prefix: 3, chain: ['bind:a']}, \
           {prefix: 31, source: SHOP, esme: shop, chain: ['bind:b']}, \
           {prefix: 31, source: SH, chain: ['bind:c']}, \
           {prefix: 316, esme: bank, chain: ['esme:bank']}, \
           {prefix: '', source: X, chain: ['bind:a', 'bind:b']}]}",
    );
    for (destination, source, esme, steps) in [
        ("316", "SHOP", "shop", "bind:b"),
        ("316", "SHOP", "bank", "esme:bank"),
        ("312", "SHOP", "bank", "bind:c"),
        ("316", "SHIP", "shop", "bind:c"),
        ("316", "shop", "shop", "bind:a"),
        ("316", "", "", "bind:a"),
        ("4", "XY", "", "bind:a bind:b"),
        ("4", "Y", "shop", "queue"),
    ] {
        let query = Query::new(destination).source(source).esme(esme);
        assert_eq!(shown(router.route(&query)), steps, "{query:?}");
        let explained = router.explain(&query);
        let explained: Vec<String> = explained.steps().iter().map(Step::to_string).collect();
        assert_eq!(explained.join(" "), steps, "{query:?}");
    }
}

#[test]
fn explanations() {
    let router = router(
        "{default_chain: ['bind:a', queue], rules: [\
           {prefix: 31, name: netherlands, balance: round_robin, chain: ['bind:a', 'bind:b', queue]}, \
           {prefix: 316, source: SHOP, chain: ['bind:c']}, \
           {prefix: 316, esme: bank, name: bank, chain: ['bind:c']}, \
           {prefix: 33, failover_on: []}]}",
    );
    let _ = to(&router, "31612345678");
    for _ in 0..2 {
        let query = Query::new("31612345678").source(b"\0\xFFx").esme("shop");
        let explanation = router.explain(&query);
        assert_eq!(
            (explanation.rule(), explanation.passed_over().collect()),
            (Some(0), vec![1, 2])
        );
        assert_eq!(
            explanation.to_string(),
            r"to 31612345678, from \x00\xffx, of the ESME shop
  passed over: routing.rules[1] (prefix `316`): the source does not start with `SHOP`
  passed over: routing.rules[2] `bank` (prefix `316`): the ESME is not `bank`
  taken: routing.rules[0] `netherlands` (prefix `31`): the first that is left
  round_robin: turn 2 of 2
  1. bind:b
  2. bind:a
  3. queue
  the next step is tried after: down, temporary
"
        );
    }
    assert_eq!(
        router.explain(&Query::new("331")).to_string(),
        "to 331
  taken: routing.rules[3] (prefix `33`): the longest prefix that matches, with the default chain
  1. bind:a
  2. queue
  no further step is tried after a failure
"
    );
    assert_eq!(
        Router::compile(&RoutingConfig::default()).explain(&Query::new("1")).to_string(),
        "to 1
  taken: the default chain, since no prefix matches
  no step: the chain is empty, and the message has no way
"
    );
}

#[test]
fn what_nobody_checked_is_followed_as_far_as_it_goes() {
    let mut rule = Rule::new("");
    rule.balance = Balance::Weighted;
    rule.weight = [("0".to_owned(), 0), ("1".to_owned(), u32::MAX), ("x".to_owned(), 5)].into();
    rule.chain = (0..65).map(|n| Step::Bind(n.to_string())).collect();
    let mut config = RoutingConfig::default();
    config.rules.push(rule);
    assert!(to(&Router::compile(&config), "1").steps().eq(&config.rules[0].chain));

    config.rules[0].chain.pop();
    let router = Router::compile(&config);
    for _ in 0..500 {
        let mut steps: Vec<&Step> = to(&router, "1").into_iter().collect();
        assert_eq!(steps.len(), 64);
        steps.sort_by_key(|step| step.to_string());
        steps.dedup();
        assert_eq!(steps.len(), 64);
    }
}

/// The rule that a reader of the documentation would pick.
fn naive<'c>(config: &'c RoutingConfig, query: &Query<'_>) -> Option<&'c Rule> {
    let holds = |rule: &&Rule| {
        query.destination.starts_with(rule.prefix.as_bytes())
            && rule.source.as_ref().is_none_or(|source| query.source.starts_with(source.as_bytes()))
            && rule.esme.as_ref().is_none_or(|esme| query.esme == esme.as_bytes())
    };
    let rules = config.rules.iter().filter(holds);
    rules.reduce(|best, rule| if rule.prefix.len() > best.prefix.len() { rule } else { best })
}

fn rule() -> impl Strategy<Value = Rule> {
    let source = prop::option::of("[A-B]{1,2}");
    ("[0-2+]{0,4}", source, prop::option::of("[x-y]")).prop_map(|(prefix, source, esme)| {
        let mut rule = Rule::new(prefix);
        (rule.source, rule.esme) = (source, esme);
        rule
    })
}

proptest! {
    #[test]
    fn the_router_agrees_with_a_scan(
        rules in prop::collection::vec(rule(), 0..30),
        queries in prop::collection::vec(("[0-2+]{0,6}", "[A-B]{0,3}", "[x-y]?"), 1..20),
    ) {
        let mut config = RoutingConfig { rules, ..RoutingConfig::default() };
        for (i, rule) in config.rules.iter_mut().enumerate() {
            rule.name = Some(i.to_string());
        }
        let router = Router::compile(&config);
        for (destination, source, esme) in &queries {
            let query = Query::new(destination).source(source).esme(esme);
            let expected = naive(&config, &query);
            prop_assert_eq!(router.route(&query).rule(), expected);
            prop_assert_eq!(router.explain(&query).rule().map(|i| &config.rules[i]), expected);
            if config.rules.iter().all(|rule| !rule.is_conditional()) {
                prop_assert_eq!(config.rule(destination), expected);
            }
        }
    }
}
