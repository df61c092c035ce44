//! What a `User-Agent` says in words that people use, for places where the whole line is too long.

/// Products as they name themselves and as people call them, the more particular ones first: a browser also names those that
/// it wants to be taken for (RFC 9110, 10.1.5).
const PRODUCTS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Electron/", "Electron"),
    ("HeadlessChrome/", "Chrome without a window"),
    ("Chrome/", "Chrome"),
];

/// Systems, likewise.
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// "Firefox 140 on Windows"; the product alone, with its version, where it is no browser ("curl 8.14.1").
pub fn browser_words(agent: &str) -> String {
    let named = PRODUCTS.iter().find_map(|&(token, name)| {
        let at = agent.find(token)?;
        Some((name, major(&agent[at + token.len()..])))
    });
    // Safari names its version apart from itself.
    let safari = || {
        let at = agent.find("Version/").filter(|_| agent.contains("Safari/"))?;
        Some(("Safari", major(&agent[at + "Version/".len()..])))
    };
    let Some((name, version)) = named.or_else(safari) else {
        let first = agent.split([' ', '(']).next().unwrap_or(agent);
        return first.replacen('/', " ", 1);
    };
    match SYSTEMS.iter().find(|(token, _)| agent.contains(token)) {
        Some((_, system)) => format!("{name} {version} on {system}"),
        None => format!("{name} {version}"),
    }
}

/// The first number of a version.
fn major(text: &str) -> &str {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_called_what_people_call_it() {
        let cases = [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox 140 on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
                "Safari 18 on macOS",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
                "Edge 138 on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
                "Chrome 138 on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari 18 on iPhone",
            ),
            ("curl/8.14.1", "curl 8.14.1"),
            ("python-requests/2.32.3", "python-requests 2.32.3"),
            ("", ""),
        ];
        for (agent, words) in cases {
            assert_eq!(browser_words(agent), words, "{agent}");
        }
    }
}
