//! What an operation answers, by status.

use http::StatusCode;
use serde_json::{Map, Value, json};

/// Where problems stand.
const PROBLEMS: &str = "#/components/responses/Problem";

/// What an operation answers: a status, a range as `2XX`, or `default`, and the answer.
#[derive(Debug, Default, Clone)]
pub(super) struct Answers(Map<String, Value>);

impl Answers {
    /// Adds one, or to one of the same status another media type.
    pub(super) fn add(
        &mut self,
        status: &str,
        description: &str,
        content: Option<(&str, Value)>,
    ) -> &mut Value {
        let answer = self.0.entry(status).or_insert_with(|| json!({"description": description}));
        // A problem of that status that has a body of its own is no reference any more.
        if let Some((media_type, schema)) = content {
            if answer.get("$ref").is_some() {
                *answer = json!({"description": description});
            }
            answer["content"][media_type] = json!({"schema": schema});
        }
        answer
    }

    /// A problem.
    pub(super) fn refuse(&mut self, status: u16) {
        self.0.entry(status.to_string()).or_insert_with(|| problem(&status.to_string()));
    }

    /// Any other status is a problem.
    pub(super) fn may_refuse(&mut self) {
        self.0.insert("default".to_owned(), problem(""));
    }

    /// Gives the answer of one status to another.
    pub(super) fn restate(&mut self, from: &str, to: &str) {
        if let Some(answer) = self.0.remove(from) {
            self.0.insert(to.to_owned(), answer);
        }
    }

    /// The media types of what is answered where all goes well.
    pub(super) fn produce(&mut self, media_types: &[&str]) {
        let well = ["200", "201", "202", "2XX"];
        if !well.iter().any(|status| self.0.contains_key(*status)) {
            self.add("2XX", "Done", None);
        }
        for status in well {
            let Some(answer) = self.0.get_mut(status) else { continue };
            let before = answer["content"].take();
            answer["content"] = media_types
                .iter()
                .map(|kind| ((*kind).to_owned(), before.get(kind).cloned().unwrap_or(json!({}))))
                .collect();
        }
    }

    /// Puts these statuses, one at least, in the place of those that were not known.
    pub(super) fn list(&mut self, statuses: &[u16]) {
        let (well, mut failed): (Vec<u16>, Vec<u16>) =
            statuses.iter().partition(|status| **status < 400);
        let other = self.0.get("default").filter(|answer| !is_problem(answer)).cloned();
        if !well.is_empty() {
            let known = ["2XX", "200", "204"].iter().find_map(|status| self.0.remove(*status));
            let answer = known.or_else(|| other.clone()).unwrap_or(json!({}));
            well.into_iter().for_each(|status| self.put(status, &answer));
        }
        if !failed.is_empty() {
            failed.retain(|status| !self.0.contains_key(&status.to_string()));
            for status in failed {
                match &other {
                    Some(answer) => self.put(status, answer),
                    None => self.refuse(status),
                }
            }
            self.0.remove("default");
        } else if other.is_some() {
            self.0.remove("default");
        }
    }

    fn put(&mut self, status: u16, answer: &Value) {
        let mut answer = answer.clone();
        let code = StatusCode::from_u16(status).ok();
        answer["description"] = code.and_then(|it| it.canonical_reason()).unwrap_or("Done").into();
        // RFC 9110 §6.4.1: these have no content.
        if let (100..=199 | 204 | 304, Some(members)) = (status, answer.as_object_mut()) {
            members.remove("content");
        }
        self.0.insert(status.to_string(), answer);
    }

    /// Adds what is answered in place of these: of a type that is more than an error, what it says of failures.
    pub(super) fn or_else(&mut self, error: Self) {
        let is_failure = |status: &str| status.starts_with(['4', '5', 'd']);
        let (failures, others): (Vec<_>, Vec<_>) =
            error.0.into_iter().partition(|(status, _)| is_failure(status));
        let nothing = failures.is_empty();
        self.0.extend(failures);
        // Whatever it is, some status comes with it.
        if let Some((_, answer)) = others.into_iter().next().filter(|_| nothing) {
            self.0.insert("default".to_owned(), answer);
        }
    }

    pub(super) fn into_json(mut self) -> Value {
        if self.0.is_empty() {
            self.add("default", "An answer", None);
        }
        self.0.into()
    }
}

/// A reference to a problem of a status, or of any.
fn problem(status: &str) -> Value {
    json!({"$ref": format!("{PROBLEMS}{status}")})
}

fn is_problem(answer: &Value) -> bool {
    answer.get("$ref").and_then(Value::as_str).is_some_and(|to| to.starts_with(PROBLEMS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(statuses: &[&str]) -> Answers {
        let mut answers = Answers::default();
        for status in statuses {
            answers.add(status, "Done", Some(("text/plain", json!({"type": "string"}))));
        }
        answers
    }

    fn statuses(answers: &Answers) -> Vec<&str> {
        answers.0.keys().map(String::as_str).collect()
    }

    #[test]
    fn statuses_that_are_listed_stand_for_those_that_are_not_known() {
        let mut answers = of(&["2XX"]);
        answers.may_refuse();
        answers.refuse(422);
        answers.list(&[201, 204]);
        assert_eq!(statuses(&answers), ["201", "204", "422", "default"]);
        assert!(answers.0["201"]["content"]["text/plain"].is_object());
        assert_eq!(answers.0["204"], json!({"description": "No Content"}));
        answers.list(&[409]);
        assert_eq!(statuses(&answers), ["201", "204", "409", "422"]);
        assert_eq!(answers.0["409"], problem("409"));
    }

    #[test]
    fn what_is_no_problem_is_not_listed_as_one() {
        let mut answers = of(&["default"]);
        answers.list(&[200, 404]);
        assert_eq!(statuses(&answers), ["200", "404"]);
        assert_eq!(answers.0["404"]["description"], "Not Found");
        assert!(answers.0["404"]["content"]["text/plain"].is_object());
        let mut answers = of(&["default"]);
        answers.list(&[202]);
        assert_eq!(statuses(&answers), ["202"]);
    }

    #[test]
    fn of_an_error_only_failures_are_said() {
        let mut answers = of(&["200"]);
        answers.or_else(of(&["2XX", "404", "default"]));
        assert_eq!(statuses(&answers), ["200", "404", "default"]);
        let mut answers = of(&["200"]);
        answers.or_else(of(&["2XX"]));
        assert_eq!(statuses(&answers), ["200", "default"]);
    }
}
