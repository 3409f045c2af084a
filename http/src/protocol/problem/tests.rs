use proptest::prelude::*;

use super::*;

fn json(problem: &Problem) -> Value {
    let mut out = BytesMut::from(&b"before"[..]);
    problem.write_json(&mut out);
    serde_json::from_slice(out.strip_prefix(b"before").unwrap()).unwrap()
}

#[test]
fn all_members() {
    let problem = Problem::new(StatusCode::FORBIDDEN)
        .kind("https://example.com/out-of-credit")
        .title("You do not have enough credit.")
        .detail("It costs 50.")
        .instance("/account/1")
        .error(FieldProblem::parameter("query", "limit", "too large"))
        .extension("balance", 30)
        .extension("accounts", vec!["/account/1"]);
    let expected = serde_json::json!({
        "type": "https://example.com/out-of-credit",
        "title": "You do not have enough credit.",
        "status": 403,
        "detail": "It costs 50.",
        "instance": "/account/1",
        "errors": [{"detail": "too large", "parameter": "limit", "in": "query"}],
        "balance": 30,
        "accounts": ["/account/1"],
    });
    assert_eq!(json(&problem), expected);
    assert_eq!(
        problem.to_text(),
        "403 You do not have enough credit.\nIt costs 50.\nquery parameter limit: too large\n"
    );
}

#[test]
fn a_status_alone() {
    let mut out = BytesMut::new();
    Problem::new(StatusCode::NOT_FOUND).write(Form::Json, &mut out);
    assert_eq!(&out[..], br#"{"title":"Not Found","status":404}"#);
    let odd = Problem::new(StatusCode::from_u16(799).unwrap());
    assert_eq!(odd.to_text(), "799 Unknown Problem\n");
}

#[test]
fn members_with_a_meaning_are_no_extensions() {
    let mut problem = Problem::new(StatusCode::NOT_FOUND);
    for name in TAKEN {
        problem = problem.extension(name, 1);
    }
    assert_eq!(problem, Problem::new(StatusCode::NOT_FOUND));
}

#[test]
fn errors_are_bounded() {
    let mut problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY);
    for number in 0..MAX_ERRORS + 7 {
        problem = problem.error(FieldProblem::new(format!("/{number}"), "bad"));
    }
    let value = json(&problem);
    assert_eq!(value["errors"].as_array().unwrap().len(), MAX_ERRORS);
    assert_eq!(value["errors_omitted"], 7);
    assert!(problem.to_text().ends_with("/99: bad\nand 7 more\n"));
}

#[test]
fn a_text_keeps_its_lines() {
    let problem = Problem::new(StatusCode::BAD_REQUEST).detail("a\r\nb\u{1b}é");
    assert_eq!(problem.to_text(), "400 Bad Request\na  b é\n");
}

#[test]
fn from_what_a_client_sent() {
    #[derive(Debug, serde::Deserialize)]
    struct Form {
        #[serde(rename = "a/b")]
        _field: u8,
    }
    let error = crate::protocol::pairs::form::<Form>(b"a/b=\"<x>\"").unwrap_err();
    let expected = serde_json::json!({
        "title": "Unprocessable Entity",
        "status": 422,
        "errors": [{
            "detail": "`\"<x>\"`: expected a whole number from 0 to 255",
            "pointer": "/a~1b",
        }],
    });
    assert_eq!(json(&(&error).into()), expected);
    let ours = FieldError::never("secret");
    assert_eq!(
        json(&(&ours).into()),
        serde_json::json!({"title": "Internal Server Error", "status": 500})
    );
}

#[test]
fn the_form_that_is_asked_for() {
    for (line, form) in [
        ("*/*", Form::Json),
        ("application/json", Form::Json),
        ("text/plain", Form::Text),
        ("text/plain, */*;q=0.5", Form::Text),
        ("image/png", Form::Json),
    ] {
        assert_eq!(super::Form::of_accept([line.as_bytes()]), form, "{line}");
    }
    assert_eq!(super::Form::of_accept([]), Form::Json);
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(text in "\\PC{0,20}[\"\\\\\u{0}-\u{1f}\u{7f}\u{2028}]{0,4}", name in "\\PC{1,8}") {
        let problem = Problem::new(StatusCode::BAD_REQUEST)
            .detail(text.clone())
            .error(FieldProblem::new(name.clone(), text.clone()))
            .extension(name.clone(), text.clone());
        let value = json(&problem);
        prop_assert_eq!(&value["detail"], &text);
        prop_assert_eq!(&value["errors"][0]["pointer"], &name);
        prop_assert!(TAKEN.contains(&&*name) || value[&name] == text);
        prop_assert_eq!(problem.to_text().lines().count(), 3);
    }
}
