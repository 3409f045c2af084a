//! The page for people.

use serde_json::Value;

use super::OpenApi;

/// The markup. Style and script stand in files of their own, so that no policy has to allow them in the markup.
const PAGE: &str = include_str!("page.html");

/// Names of the script and of the style, below the page's path.
pub(crate) const SCRIPT: &str = "page.js";
pub(crate) const STYLE: &str = "page.css";

pub(crate) fn script() -> &'static str {
    include_str!("page.js")
}

pub(crate) fn style() -> &'static str {
    include_str!("page.css")
}

/// What the page may do: show itself, and try the routes where they are served.
pub(crate) fn policy(api: &OpenApi) -> String {
    let others = api.servers.iter().filter_map(|url| origin(url));
    let others = others.map(|origin| format!(" {origin}")).collect::<String>();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'{others}; img-src data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    )
}

/// The scheme and the host of an address of the web, if nothing in it could say more to the browser.
fn origin(url: &str) -> Option<&str> {
    let scheme = ["https://", "http://"].into_iter().find(|it| url.starts_with(it))?;
    let host = url.get(scheme.len()..)?.split(['/', '?', '#']).next()?;
    let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-._:[]".contains(&octet);
    let fits = !host.is_empty() && host.bytes().all(is_plain);
    fits.then(|| url.get(..scheme.len() + host.len())).flatten()
}

/// The page with a document in it, for the path that it is at.
pub(crate) fn page(path: &str, document: &Value) -> String {
    let title = document.pointer("/info/title").and_then(Value::as_str).unwrap_or_default();
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    // From the page's own path, so that it may be served below any other.
    let last = path.rsplit('/').next().unwrap_or_default();
    let below = if last.is_empty() { String::new() } else { format!("{}/", attribute(last)) };
    // A `<` stands in texts alone, and none may end the script.
    let text = document.to_string().replace('<', "\\u003c");
    let mut page = String::with_capacity(PAGE.len() + text.len());
    let mut rest = PAGE;
    while let Some((before, behind)) = rest.split_once("{{") {
        let (name, behind) = behind.split_once("}}").unwrap_or((behind, ""));
        page.push_str(before);
        page.push_str(match name {
            "title" => &title,
            "below" => &below,
            _ => &text,
        });
        rest = behind;
    }
    page.push_str(rest);
    page
}

/// A segment of a path, in an attribute of markup.
fn attribute(segment: &str) -> String {
    segment.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_in_the_document_is_markup() {
        let name = "</script><script>alert(1)</script>";
        let document = json!({"info": {"title": name, "description": "{{title}} {{document}}"}});
        let page = page("/docs", &document);
        assert_eq!(page.matches("</script>").count(), PAGE.matches("</script>").count());
        assert!(page.contains("<title>&lt;/script>"), "{page}");
        let (_, text) = page.split_once("type=\"application/json\">").unwrap();
        let (text, _) = text.split_once("</script>").unwrap();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), document);
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for part in [PAGE, script(), style()] {
            for other in ["http:", "https:", "src=\"//", "@import"] {
                assert!(!part.contains(other), "{other}");
            }
        }
        assert!(!style().contains("url("));
        // Nor is there anything for which a policy would have to allow more.
        for inline in ["<style", "style=", "onclick=", "<script>"] {
            assert!(!PAGE.contains(inline), "{inline}");
        }
        for evaluated in ["eval(", "new Function", "innerHTML", "document.write"] {
            assert!(!script().contains(evaluated), "{evaluated}");
        }
    }

    #[test]
    fn script_and_style_are_found_from_the_page_wherever_it_is() {
        for (path, found) in
            [("/docs", "\"docs/page.js\""), ("/a/docs/", "\"page.js\""), ("/", "\"page.js\"")]
        {
            assert!(page(path, &json!({})).contains(found), "{path}");
        }
    }

    #[test]
    fn the_page_may_ask_the_servers_and_nobody_else() {
        let api = OpenApi::new("Shop", "1")
            .server("https://api.example.com:8443/v1")
            .server("/v2")
            .server("http://a; script-src *")
            .server("https://{tenant}.example.com");
        let policy = policy(&api);
        assert!(policy.contains("connect-src 'self' https://api.example.com:8443; "), "{policy}");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
    }
}
