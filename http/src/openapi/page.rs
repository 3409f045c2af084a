//! The page for people.

use serde_json::Value;

/// All of it: markup, style and script.
const PAGE: &str = include_str!("page.html");

/// What the page may do: nothing but show itself.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; \
                                 form-action 'none'";

/// The page with a document in it.
pub(crate) fn page(document: &Value) -> String {
    let title = document.pointer("/info/title").and_then(Value::as_str).unwrap_or_default();
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    // A `<` stands in texts alone, and none may end the script.
    let text = document.to_string().replace('<', "\\u003c");
    let (head, rest) = PAGE.split_once("{{title}}").unwrap_or((PAGE, ""));
    let (middle, end) = rest.split_once("{{document}}").unwrap_or((rest, ""));
    [head, &title, middle, &text, end].concat()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_in_the_document_is_markup() {
        let name = "</script><script>alert(1)</script>";
        let document = json!({"info": {"title": name, "description": "{{title}} {{document}}"}});
        let page = page(&document);
        assert_eq!(page.matches("</script>").count(), PAGE.matches("</script>").count());
        assert!(page.contains("<title>&lt;/script>"), "{page}");
        let (_, text) = page.split_once("type=\"application/json\">").unwrap();
        let (text, _) = text.split_once("</script>").unwrap();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), document);
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for other in ["http:", "https:", "src=", "@import", "url("] {
            assert!(!PAGE.contains(other), "{other}");
        }
    }
}
