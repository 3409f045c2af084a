//! A figure against its target.

/// Says how a figure stands, and remembers whether all stood well.
#[derive(Debug)]
pub(crate) struct Verdicts {
    pub(crate) all_met: bool,
}

impl Verdicts {
    pub(crate) fn new() -> Self {
        Self { all_met: true }
    }

    /// More is better.
    pub(crate) fn at_least(&mut self, value: f64, target: f64, moonshot: f64) -> &'static str {
        self.say(value >= target, value >= moonshot)
    }

    /// Less is better.
    pub(crate) fn at_most(&mut self, value: f64, target: f64) -> &'static str {
        self.say(value <= target, false)
    }

    fn say(&mut self, is_met: bool, is_moonshot: bool) -> &'static str {
        self.all_met &= is_met;
        match (is_met, is_moonshot) {
            (true, true) => "moonshot",
            (true, false) => "met",
            (false, _) => "missed",
        }
    }
}
